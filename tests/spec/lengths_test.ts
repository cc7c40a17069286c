import { assertEquals } from "../assert.ts";
import { readFixture } from "../read_fixture.ts";
import { corruptedCount, keptCount } from "../../lib/spec/lengths.ts";

const { json } = readFixture("lengths");

Deno.test("keptCount() equals the published implementation for every recorded length and ratio", () => {
  assertEquals(json.keep_len.length, 150);
  for (const { L, mask_ratio, keep } of json.keep_len) {
    assertEquals(keptCount(L, mask_ratio), keep, `L = ${L}, mask ratio ${mask_ratio}`);
  }
});

Deno.test("keptCount() truncates the double product, so 20 tokens at 0.8 keep 3", () => {
  assertEquals(keptCount(20, 0.8), 3);
});

Deno.test("corruptedCount() equals the published implementation for every recorded length and rate", () => {
  assertEquals(json.dabs_corrupt_len.length, 105);
  for (const { L, corruption_rate, corrupted } of json.dabs_corrupt_len) {
    assertEquals(
      corruptedCount(L, corruption_rate),
      corrupted,
      `L = ${L}, rate ${corruption_rate}`,
    );
  }
});
