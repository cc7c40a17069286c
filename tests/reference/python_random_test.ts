import { assertEquals, assertThrows } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import { pythonRandom } from "../../lib/reference/python_random.ts";

const fixture = readFixture("rng");
const recorded = (name: string) => fixture.tensor(name).values;

Deno.test("random() gives Python's doubles", () => {
  const generator = pythonRandom(42);
  const expected = recorded("python_random");
  assertEquals(expected.map(() => generator.random()), expected);
  const zero = pythonRandom(0);
  assertEquals([zero.random(), zero.random()], [0.8444218515250481, 0.7579544029403025]);
});

Deno.test("getrandbits() gives Python's bits", () => {
  const bit = pythonRandom(42);
  const expected = recorded("python_getrandbits1");
  assertEquals(expected.map(() => bit.getrandbits(1)), expected);
  const word = pythonRandom(42);
  assertEquals(
    [word.getrandbits(32), word.getrandbits(32), word.getrandbits(32), word.getrandbits(32)],
    [2746317213, 478163327, 107420369, 3184935163],
  );
});

Deno.test("randint() includes both ends and gives Python's integers", () => {
  const generator = pythonRandom(42);
  const expected = recorded("python_randint");
  assertEquals([5, 10, 100, 1000, 33].map((last) => generator.randint(1, last)), expected);
  const signed = pythonRandom(0);
  assertEquals(
    Array.from({ length: 12 }, () => signed.randint(-5, 5)),
    [1, 1, -5, -1, 3, 2, 1, -1, 2, 0, 4, -2],
  );
});

Deno.test("pythonRandom() seeds with both words of a large seed and drops the sign", () => {
  const large = pythonRandom(2 ** 53 - 1);
  assertEquals([large.random(), large.random(), large.random()], [
    0.09425040007102303,
    0.22287455761867403,
    0.19135148760372034,
  ]);
  assertEquals(
    Array.from({ length: 8 }, () => large.choice([..."abcdefghijklm"])).join(""),
    "cbbahhae",
  );
  assertEquals(pythonRandom(-7).random(), 0.32383276483316237);
});

Deno.test("choice() follows the recorded answers of VQA's generator", () => {
  // Seed 0, 17 wrong choices: `random()` below 0.5 swaps the answer for a drawn one.
  const generator = pythonRandom(0);
  const wrong = Array.from({ length: 17 }, (_, i) => i);
  const decide = () => generator.random() < 0.5 ? generator.choice(wrong) : null;
  assertEquals(
    Array.from({ length: 12 }, decide),
    [null, null, 8, null, 9, null, 6, null, 3, null, 4, 2],
  );
});

Deno.test("pythonRandom() refuses what it cannot draw", () => {
  assertThrows(() => pythonRandom(0.5), RangeError, "Cannot seed");
  assertThrows(() => pythonRandom(0).getrandbits(33), RangeError, "wanted 1..32");
  assertThrows(() => pythonRandom(0).choice([]), RangeError, "the bound is 0");
  assertThrows(() => pythonRandom(0).randint(3, 2), RangeError, "the bound is 0");
});
