import { assertEquals, assertThrows } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import { randomState, sampleOrder } from "../../lib/reference/numpy_random.ts";

const fixture = readFixture("rng");
const recorded = (name: string) => fixture.tensor(name).values;

Deno.test("randomState() gives NumPy's raw words", () => {
  const generator = randomState(42);
  const expected = recorded("raw_uint32");
  assertEquals(expected.map(() => generator.word()), expected);
});

Deno.test("randomState() gives NumPy's doubles", () => {
  const generator = randomState(42);
  const expected = recorded("random_sample");
  assertEquals(expected.map(() => generator.random()), expected);
});

Deno.test("randomState() gives NumPy's bounded integers", () => {
  const generator = randomState(42);
  const bounds = [3, 10, 100, 1000, 7, 7, 2 ** 20, 50];
  assertEquals(bounds.map((bound) => generator.randint(bound)), recorded("randint"));
  const hundreds = randomState(42);
  assertEquals(
    Array.from({ length: 10 }, () => hundreds.randint(100)),
    [51, 92, 14, 71, 60, 20, 82, 86, 74, 74],
  );
});

Deno.test("randomState() passes the 624 words of its state and goes on like NumPy", () => {
  // RandomState(2**32 - 1): words 0, 623, 624 and 1999 as NumPy 2.4 gives them.
  const generator = randomState(0xffffffff);
  const words = Array.from({ length: 2000 }, () => generator.word());
  assertEquals([words[0], words[623], words[624], words[1999]], [
    419326371,
    1027084080,
    3860652269,
    1762272365,
  ]);
});

Deno.test("randint() takes whole words for the bound 2^32 and draws nothing for the bound 1", () => {
  const generator = randomState(42);
  assertEquals(generator.randint(1), 0);
  assertEquals(generator.randint(2 ** 32), 1608637542);
});

Deno.test("randint() refuses bounds that are no positive 32-bit integers", () => {
  for (const bound of [0, -1, 2.5, NaN, 2 ** 32 + 1]) {
    assertThrows(() => randomState(0).randint(bound), RangeError, "Cannot draw an integer");
  }
});

Deno.test("permutation() and shuffle() equal NumPy's", () => {
  for (const size of [10, 1000]) {
    const expected = recorded(`permutation/${size}`);
    assertEquals(Array.from(randomState(42).permutation(size)), expected);
    const items = Array.from({ length: size }, (_, i) => i);
    randomState(42).shuffle(items);
    assertEquals(items, recorded(`shuffle/${size}`));
  }
});

Deno.test("permutation() reaches the published order of 600,000 rows", () => {
  const order = randomState(42).permutation(600_000);
  assertEquals(Array.from(order.subarray(0, 4)), [4242, 60608, 392832, 41643]);
  assertEquals(Array.from(order.subarray(-3)), [365838, 131932, 121958]);
});

Deno.test("shuffle() continues one stream over consecutive arrays, and one item draws nothing", () => {
  const generator = randomState(42);
  const shuffled = (size: number) => {
    const items = Int32Array.from({ length: size }, (_, i) => i);
    generator.shuffle(items);
    return Array.from(items);
  };
  assertEquals([5, 12, 3, 8].flatMap(shuffled), recorded("shuffle_sequence"));

  const golden = [[0, 1, 5, 2, 4, 3, 6], [9, 7, 0, 3, 5, 8, 2, 1, 6, 4], [0, 1, 2, 3], [0], [1, 0]];
  const other = randomState(42);
  for (const expected of golden) {
    const items = expected.map((_, i) => i);
    other.shuffle(items);
    assertEquals(items, expected);
  }
});

Deno.test("sampleOrder() equals the row order of pandas", () => {
  for (const size of [10, 1000]) {
    assertEquals(Array.from(sampleOrder(size)), recorded(`dataframe_sample/${size}`));
  }
});

Deno.test("randomState() refuses seeds that NumPy refuses", () => {
  for (const seed of [-1, 2 ** 32, 0.5]) {
    assertThrows(() => randomState(seed), RangeError, "Cannot seed RandomState");
  }
});
