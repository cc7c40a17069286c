import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { decodePpm, isPpm } from "../../../lib/formats/image/images.ts";
import { DataError } from "../../../lib/util/errors.ts";

const file = (header: string, ...values: number[]) =>
  Uint8Array.from([...new TextEncoder().encode(header), ...values]);
const decode = (header: string, ...values: number[]) => decodePpm(file(header, ...values), "a.ppm");

Deno.test("isPpm() knows binary pixmaps and greymaps", () => {
  assert(isPpm(file("P6\n1 1")));
  assert(isPpm(file("P5 1 1")));
  assert(!isPpm(file("P3\n1 1")));
  assert(!isPpm(file("P65")));
});

Deno.test("decodePpm() starts the pixels behind one blank, even if they look like blanks", () => {
  const { width, height, data } = decode("P6 1 2 255\n", 10, 32, 13, 35, 9, 0);
  assertEquals([width, height, [...data]], [1, 2, [10, 32, 13, 35, 9, 0]]);
});

Deno.test("decodePpm() passes over comments and takes the first image alone", () => {
  const header = "P6 # kind\n# size 9 9\n2 # width\r1\n#\n255\n";
  assertEquals([...decode(header, 1, 2, 3, 4, 5, 6, 7, 8).data], [1, 2, 3, 4, 5, 6]);
});

Deno.test("decodePpm() repeats grey", () => {
  assertEquals([...decode("P5\n2 1\n255\n", 7, 9).data], [7, 7, 7, 9, 9, 9]);
});

Deno.test("decodePpm() refuses damaged headers, other depths and missing pixels", () => {
  const cases: [string, string][] = [
    ["P6\n1 x\n255\n", "its header is damaged at byte 5, a number is wanted"],
    ["P6\n1 -1\n255\n", "its header is damaged at byte 5"],
    ["P6\n1111111111 1\n255\n", "its header is damaged at byte 12"],
    ["P6\n1 1", "its header is damaged at byte 6"],
    ["P6\n1 1\n65535\n", "its greatest value is 65535, wanted 255"],
    ["P6\n1 1\n255\n", "it is cut off, 2 of 3 bytes of pixels are there"],
    ["P6\n0 1\n255\n", "it is 0 pixels wide and 1 high"],
  ];
  for (const [header, message] of cases) {
    const values = message.startsWith("it is cut off") ? [1, 2] : [];
    assertThrows(() => decode(header, ...values), DataError, `Cannot decode "a.ppm": ${message}`);
  }
});
