import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { gunzipFile } from "../../../lib/formats/archive/gzip.ts";
import { DataError, MissingError } from "../../../lib/util/errors.ts";
import { inFolder } from "../../datasets/unpack.ts";

// Rows that differ, 15 MB of them: more pieces than may be under way.
const plain = new TextEncoder().encode(
  Array.from({ length: 1_000_000 }, (_, i) => `${i * 7919 % 1_000_003},${i}\n`).join(""),
);
const packed = new Uint8Array([
  ...gzipSync(plain.subarray(0, 5_000_000), { level: 1 }),
  ...gzipSync(plain.subarray(5_000_000), { level: 1 }),
]);
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

for (const worker of [true, false]) {
  const where = worker ? "in a worker" : "in this thread";

  Deno.test(`gunzipFile() unpacks all members of a file ${where}`, async () => {
    await inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/a.gz`, packed);
      const hash = createHash("sha256");
      let length = 0;
      for await (const piece of gunzipFile(`${folder}/a.gz`, { name: "a.gz", worker })) {
        hash.update(piece);
        length += piece.length;
        // A slow reader is not overrun.
        if (length % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      assertEquals(length, plain.length);
      assertEquals(hash.digest("hex"), digest(plain));
    });
  });

  Deno.test(`gunzipFile() refuses a damaged file ${where}`, async () => {
    await inFolder(async (folder) => {
      const changed = packed.slice();
      changed[packed.length >> 1]! ^= 8;
      for (const bytes of [packed.slice(0, -5), changed, packed.slice(100)]) {
        await Deno.writeFile(`${folder}/a.gz`, bytes);
        await assertRejects(
          async () => {
            for await (const _ of gunzipFile(`${folder}/a.gz`, { name: "the name", worker }));
          },
          DataError,
          'Cannot unpack "the name": it is',
        );
      }
    });
  });

  Deno.test(`gunzipFile() can be left early ${where}, and says that a file is missing`, async () => {
    await inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/a.gz`, packed);
      let pieces = 0;
      for await (const piece of gunzipFile(`${folder}/a.gz`, { name: "a.gz", worker })) {
        assert(piece.length > 0);
        if (++pieces === 2) break;
      }
      await assertRejects(
        () => Array.fromAsync(gunzipFile(`${folder}/b.gz`, { name: "b.gz", worker })),
        MissingError,
      );
    });
  });
}
