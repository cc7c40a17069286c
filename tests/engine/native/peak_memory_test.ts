import { peakMemory } from "../../../lib/engine/native/peak_memory.ts";
import { assert } from "../../assert.ts";

Deno.test("peakMemory() never falls and sees a large allocation", () => {
  const before = peakMemory();
  assert(before > 10e6, `${before} bytes`);
  const large = new Uint8Array(64e6).fill(1);
  const during = peakMemory();
  assert(during >= before && during >= large.length, `${during} bytes`);
});
