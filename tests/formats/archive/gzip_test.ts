import { gzipSync } from "node:zlib";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { DataError, MissingError } from "../../../lib/util/errors.ts";
import { readAll } from "../../../lib/formats/bytes/byte_source.ts";
import {
  gunzipChunks,
  gunzipFile,
  isGzip,
  unpackedChunks,
} from "../../../lib/formats/archive/gzip.ts";
import { createHash } from "node:crypto";
import { inFolder } from "../../datasets/unpack.ts";

const plain = new TextEncoder().encode("line of text\n".repeat(400));
const packed = new Uint8Array(gzipSync(plain));

async function* pieces(bytes: Uint8Array<ArrayBuffer>, size = 7) {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.slice(at, at + size);
  }
}

const unpack = (bytes: Uint8Array<ArrayBuffer>) =>
  readAll(gunzipChunks(pieces(bytes), { name: "a.gz" }), { name: "a.gz", limit: 1e6 });
const join = (...parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));

Deno.test("gunzipChunks() unpacks one member, several members and trailing zeros", async () => {
  assertEquals(await unpack(packed), plain);
  assertEquals(await unpack(join(packed, packed)), join(plain, plain));
  assertEquals(await unpack(join(packed, new Uint8Array(512))), plain);
});

Deno.test("gunzipChunks() says that a file is cut off, wherever the cut is", async () => {
  for (const length of [0, 5, 12, packed.length - 8, packed.length - 1]) {
    await assertRejects(
      () => unpack(packed.slice(0, length)),
      DataError,
      'Cannot unpack "a.gz": it is cut off after',
    );
  }
  await assertRejects(() => unpack(join(packed, packed.slice(0, 20))), DataError, "cut off");
});

Deno.test("gunzipChunks() notices a wrong checksum, a wrong length and trailing rubbish", async () => {
  for (const at of [packed.length - 6, packed.length - 2]) {
    const bytes = packed.slice();
    bytes[at]! ^= 1;
    await assertRejects(() => unpack(bytes), DataError, "it is damaged (incorrect");
  }
  await assertRejects(() => unpack(join(packed, plain)), DataError, "it is damaged");
});

Deno.test("gunzipChunks() passes on an error of its source", async () => {
  const failing = async function* () {
    yield packed.slice(0, 10);
    await Promise.resolve();
    throw new TypeError("the source failed");
  };
  await assertRejects(
    async () => {
      for await (const _ of gunzipChunks(failing(), { name: "a.gz" }));
    },
    TypeError,
    "the source failed",
  );
});

Deno.test("gunzipChunks() ends its source when the reader leaves early", async () => {
  const big = new Uint8Array(gzipSync(new Uint8Array(4_000_000)));
  let ended = false;
  const source = async function* () {
    try {
      yield* pieces(big, 500);
    } finally {
      ended = true;
    }
  };
  for await (const _ of gunzipChunks(source(), { name: "a.gz" })) break;
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert(ended);
});

Deno.test("isGzip() looks at the first two bytes", () => {
  assert(isGzip(packed));
  assertEquals(isGzip(plain), false);
  assertEquals(isGzip(new Uint8Array(0)), false);
});

Deno.test("unpackedChunks() unpacks a gzip file and hands on any other", async () => {
  for (const bytes of [plain, packed, new Uint8Array(0), new Uint8Array(1)]) {
    for (const size of [1, 2, 1000]) {
      const chunks = unpackedChunks(pieces(bytes, size), { name: "a" });
      const found = await readAll(chunks, { name: "a", limit: 1e6 });
      assertEquals(found, bytes === packed ? plain : bytes);
    }
  }
});

Deno.test("unpackedChunks() ends its source when it is left early", async () => {
  let ended = false;
  const source = async function* () {
    try {
      for (;;) yield await Promise.resolve(new Uint8Array(1000));
    } finally {
      ended = true;
    }
  };
  for await (const _ of unpackedChunks(source(), { name: "a" })) break;
  assert(ended);
});

// Rows that differ, 15 MB of them: more pieces than may be under way.
const large = new TextEncoder().encode(
  Array.from({ length: 1_000_000 }, (_, i) => `${i * 7919 % 1_000_003},${i}\n`).join(""),
);
const packedLarge = new Uint8Array([
  ...gzipSync(large.subarray(0, 5_000_000), { level: 1 }),
  ...gzipSync(large.subarray(5_000_000), { level: 1 }),
]);
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

for (const worker of [true, false]) {
  const where = worker ? "in a worker" : "in this thread";

  Deno.test(`gunzipFile() unpacks all members of a file ${where}`, async () => {
    await inFolder(async (folder) => {
      await Deno.writeFile(`${folder}/a.gz`, packedLarge);
      const hash = createHash("sha256");
      let length = 0;
      for await (const piece of gunzipFile(`${folder}/a.gz`, { name: "a.gz", worker })) {
        hash.update(piece);
        length += piece.length;
        // A slow reader is not overrun.
        if (length % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      assertEquals(length, large.length);
      assertEquals(hash.digest("hex"), digest(large));
    });
  });

  Deno.test(`gunzipFile() refuses a damaged file ${where}`, async () => {
    await inFolder(async (folder) => {
      const changed = packedLarge.slice();
      changed[packedLarge.length >> 1]! ^= 8;
      for (const bytes of [packedLarge.slice(0, -5), changed, packedLarge.slice(100)]) {
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
      await Deno.writeFile(`${folder}/a.gz`, packedLarge);
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
