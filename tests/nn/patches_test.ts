import { tf } from "../../lib/engine/backend/tf.ts";
import { embedPatches, patchEmbeddingSpecs, patchify } from "../../lib/nn/patches.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import { assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

const series: InputSpec = { kind: "series", channels: 2, length: 4, patch: 2 };
const image: InputSpec = { kind: "image", channels: 2, height: 4, width: 6, patch: 2 };

testOnBackends("patchify() orders series by step, the channel fastest", () => {
  const patches = tf.tidy(() =>
    patchify(tf.tensor3d([[[1, 2, 3, 4], [10, 20, 30, 40]]]), series).arraySync()
  );
  assertEquals(patches, [[[1, 10, 2, 20], [3, 30, 4, 40]]]);
});

testOnBackends("patchify() orders images by row, column and channel, patches row by row", () => {
  const patches = tf.tidy(() => {
    // The value of a pixel is 100 * channel + 10 * row + column.
    const pixels = [0, 1].map((channel) =>
      [0, 1, 2, 3].map((row) =>
        [0, 1, 2, 3, 4, 5].map((column) => 100 * channel + 10 * row + column)
      )
    );
    return patchify(tf.tensor4d([pixels]), image).arraySync() as number[][][];
  });
  assertEquals(patches[0]!.length, 6);
  assertEquals(patches[0]![0], [0, 100, 1, 101, 10, 110, 11, 111]);
  assertEquals(patches[0]![2], [4, 104, 5, 105, 14, 114, 15, 115]);
  assertEquals(patches[0]![3], [20, 120, 21, 121, 30, 130, 31, 131]);
});

testOnBackends("patchify() makes a patch of every column and leaves ids as they are", () => {
  const [columns, ids] = tf.tidy(() => [
    patchify(tf.tensor2d([[1, 2, 3]]), { kind: "tabular", features: 3 }).arraySync(),
    patchify(tf.tensor2d([[4, 0]], [1, 2], "int32"), { kind: "tokens", vocabulary: 5, length: 2 })
      .arraySync(),
  ]);
  assertEquals(columns, [[[1], [2], [3]]]);
  assertEquals(ids, [[4, 0]]);
});

testOnBackends("embedPatches() applies a convolution's weight to the patches of its order", () => {
  const embedded = tf.tidy(() => {
    const x = tf.range(0, 48).reshape([1, 2, 4, 6]);
    // One output that picks channel 1, row 0, column 1 of the kernel.
    const weight = tf.tensor4d([[[[0, 0], [0, 0]], [[0, 1], [0, 0]]]]);
    const parameters = { "e.proj.weight": weight, "e.proj.bias": tf.tensor1d([0.5]) };
    return embedPatches(parameters, "e", image, patchify(x, image)).arraySync();
  });
  const picked = [25, 27, 29, 37, 39, 41].map((value) => [value + 0.5]);
  assertEquals(embedded, [picked]);
});

testOnBackends("embedPatches() looks ids up", () => {
  const input: InputSpec = { kind: "tokens", vocabulary: 3, length: 2 };
  const embedded = tf.tidy(() => {
    const parameters = { "e.proj.weight": tf.tensor2d([[1, 2], [3, 4], [5, 6]]) };
    return embedPatches(parameters, "e", input, tf.tensor2d([[2, 0]], [1, 2], "int32")).arraySync();
  });
  assertEquals(embedded, [[[5, 6], [1, 2]]]);
});

Deno.test("patchEmbeddingSpecs() keeps the layout of the published checkpoints", () => {
  const shapes = (input: InputSpec) =>
    patchEmbeddingSpecs("patch_embed", input, 8).map(({ name, shape }) => [name, shape]);
  assertEquals(shapes(series), [["patch_embed.proj.weight", [8, 2, 2]], [
    "patch_embed.proj.bias",
    [8],
  ]]);
  assertEquals(shapes(image)[0], ["patch_embed.proj.weight", [8, 2, 2, 2]]);
  assertEquals(shapes({ kind: "tabular", features: 9 })[0], ["patch_embed.proj.weight", [8, 1, 1]]);
  assertEquals(shapes({ kind: "tokens", vocabulary: 5, length: 9 }), [
    ["patch_embed.proj.weight", [5, 8]],
  ]);
});
