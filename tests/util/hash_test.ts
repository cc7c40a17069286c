import { assertEquals, assertRejects } from "../assert.ts";
import { MissingError } from "../../lib/util/errors.ts";
import { createHasher, feedFile, hashFile, sha256 } from "../../lib/util/hash.ts";
import { makeTempFile } from "../temporary.ts";

// The vectors of FIPS 180-2 and RFC 1321.
const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("sha256() gives the digests of the standard", () => {
  assertEquals(sha256("abc"), abc);
  assertEquals(
    sha256(new Uint8Array()),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

Deno.test("createHasher() does not depend on how the bytes are cut", () => {
  const hasher = createHasher();
  for (const letter of "abc") hasher.update(new TextEncoder().encode(letter));
  assertEquals(hasher.hex(), abc);
});

Deno.test("hashFile() digests a file longer than its buffer", async () => {
  const path = await makeTempFile();
  const bytes = Uint8Array.from({ length: (1 << 20) + 17 }, (_, i) => i % 251);
  await Deno.writeFile(path, bytes);
  assertEquals(await hashFile(path), sha256(bytes));
  await Deno.writeTextFile(path, "abc");
  assertEquals(await hashFile(path, "md5"), "900150983cd24fb0d6963f7d28e17f72");
  await assertRejects(() => hashFile(path + ".absent"), MissingError, "there is no such file");
});

Deno.test("feedFile() adds the first bytes of a file, and peek() tells the digest so far", async () => {
  const path = await makeTempFile();
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
  await Deno.writeFile(path, bytes);
  for (const length of [0, 1, 2 ** 20, 2 ** 20 + 1, 3_000_000]) {
    const hasher = createHasher();
    assertEquals(await feedFile(hasher, path, length), length);
    assertEquals(hasher.peek(), sha256(bytes.subarray(0, length)));
    hasher.update(Uint8Array.of(1, 2));
    assertEquals(hasher.hex(), sha256(Uint8Array.from([...bytes.subarray(0, length), 1, 2])));
  }
  assertEquals(await feedFile(createHasher(), path, 2 ** 30), 3_000_000);
});
