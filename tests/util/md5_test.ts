import { createHash } from "node:crypto";
import { assertEquals } from "../assert.ts";
import { createMd5 } from "../../lib/util/md5.ts";

const hex = (words: Uint32Array) =>
  Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");

Deno.test("createMd5() equals the runtime's digest at every length around the block size", () => {
  const md5 = createMd5();
  for (let length = 0; length <= 200; length++) {
    const text = "River_River_15.tif".repeat(12).slice(0, length);
    assertEquals(hex(md5.words(text)), createHash("md5").update(text).digest("hex"), text);
  }
});

Deno.test("createMd5() digests the UTF-8 bytes of a text", () => {
  const md5 = createMd5();
  for (const text of ["café", "蝴蝶".repeat(40), "😀"]) {
    assertEquals(hex(md5.words(text)), createHash("md5").update(text, "utf8").digest("hex"));
  }
});

Deno.test("createMd5() equals the digests of TFDS keys", () => {
  const md5 = createMd5();
  assertEquals(hex(md5.words("train0")), "9318f9213195ac5c50b1ddb3c7d5aacd");
  assertEquals(hex(md5.words("trainRiver_River_15.tif")), "000084b5fc3e9110b3195ea8d1f04da8");
});
