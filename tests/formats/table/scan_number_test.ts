import { assertEquals } from "../../assert.ts";
import { scanNumber } from "../../../lib/formats/table/float_rows.ts";

/** Reads the number at the start of a text. */
function scan(text: string, from = 0) {
  const bytes = new TextEncoder().encode(text);
  const target = new Float64Array(3);
  const end = scanNumber(new DataView(bytes.buffer), from, target, 1);
  assertEquals([target[0], target[2]], [0, 0]);
  return { value: target[1]!, end };
}

/** Asserts that the whole text is read, as the runtime reads it: it rounds as IEEE 754 demands. */
function assertNearest(text: string) {
  // What follows decides whether the fast way for `%.18e` may be taken.
  for (const after of ["", ",", ",1.5e+00,1.500000000000000000e+00\n"]) {
    const { value, end } = scan(text + after);
    assertEquals(end, text.length, text);
    assertEquals(value, Number(text), text);
    assertEquals(1 / value, 1 / Number(text), text);
  }
}

/** A linear congruential sequence of 64-bit numbers. */
function* randomWords(count: number) {
  for (let i = 0, state = 1n; i < count; i++) {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    yield state;
  }
}

/** As C prints with `%.18e`. */
const scientific = (value: number) =>
  value.toExponential(18).replace(/e([+-])(\d)$/, (_, sign, digit) => `e${sign}0${digit}`);

Deno.test("scanNumber() reads every notation", () => {
  const texts = [
    "0",
    "-0",
    "-0.0",
    "7",
    "+.5",
    "3.",
    "1e5",
    "1E-7",
    "-2.5e+03",
    "0.000000000000000000e+00",
    "-1.000000000000000000e+00",
    "9.999999999999999999e+00",
    "1.500000000000000000e-05",
    "1.500000000000000000e+99",
    "8.692932128906250000e-01",
    "1e22",
    "1e23",
    "1.7976931348623157e308",
    "2.2250738585072011e-308",
    "5e-324",
    "123456789012345678901234567890",
    "0.1000000000000000055511151231257827",
  ];
  texts.forEach(assertNearest);
});

Deno.test("scanNumber() gives the nearest double for random digits", () => {
  let i = 0;
  for (const word of randomWords(3000)) {
    const digits = word.toString().slice(0, 1 + i % 19);
    const point = i % (digits.length + 1);
    assertNearest(`${digits.slice(0, point)}.${digits.slice(point) || "0"}e${i % 31 - 20}`);
    assertNearest(scientific(Number(word) / 2 ** (40 + i % 40)));
    assertNearest(scientific(Math.fround(Number(word) / 2 ** 64)));
    i++;
  }
});

Deno.test("scanNumber() gives the nearest double beside the middle of two", () => {
  for (const word of randomWords(2000)) {
    // The middle between two doubles in 0.5..1, cut off after 19 digits: it lies very close.
    const middle = ((word >> 11n) | 2n ** 52n) * 2n + 1n;
    const digits = (middle * 10n ** 19n / 2n ** 54n).toString().padStart(19, "0");
    for (const last of [-1n, 0n, 1n]) {
      const near = (BigInt(digits) + last).toString();
      assertNearest(`0.${near}`);
      assertNearest(`-${near[0]}.${near.slice(1)}e-01`);
      assertNearest(`${near[0]}.${near.slice(1)}e+00`);
    }
  }
  // Exactly in the middle: to the even one.
  assertNearest("9007199254740993");
  assertNearest("4503599627370497.5");
  assertNearest("4503599627370498.5");
});

Deno.test("scanNumber() stops where the number ends", () => {
  assertEquals(scan("x=2.5e3;", 2), { value: 2500, end: 7 });
  assertEquals(scan("1.2.3"), { value: 1.2, end: 3 });
  assertEquals(scan("1e"), { value: 1, end: 1 });
  assertEquals(scan("1e+"), { value: 1, end: 1 });
  assertEquals(scan("12abc"), { value: 12, end: 2 });
  // One digit more than `%.18e` writes, and one in the exponent.
  assertEquals(scan("1.0000000000000000000e+00,9").end, 25);
  assertEquals(scan("1.500000000000000000e-011,9"), { value: 1.5e-11, end: 25 });
});

Deno.test("scanNumber() reads nothing where no number starts", () => {
  for (const text of ["", "-", "+", ".", "-.", "e5", "x", "NaN", "--1", "inf"]) {
    assertEquals(scan(text), { value: NaN, end: 0 }, text);
  }
});

Deno.test("scanNumber() gives NaN for what is not finite or longer than 400 bytes", () => {
  assertEquals(scan("1e999"), { value: NaN, end: 5 });
  assertEquals(scan("9".repeat(401)), { value: NaN, end: 401 });
  assertEquals(scan(`1.${"0".repeat(390)}`).value, 1);
});

Deno.test("scanNumber() reads inside a part of a buffer", () => {
  const bytes = new TextEncoder().encode("99 1.250000000000000000e+00 77");
  const target = new Float64Array(1);
  const view = new DataView(bytes.buffer, 3, 24);
  assertEquals(scanNumber(view, 0, target, 0), 24);
  assertEquals(target[0], 1.25);
  assertEquals(scanNumber(new DataView(bytes.buffer, 3, 3), 0, target, 0), 3);
  assertEquals(target[0], 1.2);
});
