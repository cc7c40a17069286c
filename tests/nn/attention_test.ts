import { type Tensor, tf } from "../../lib/engine/backend/tf.ts";
import { selfAttention } from "../../lib/nn/attention.ts";
import { project } from "../../lib/nn/linear.ts";
import { drawKey, normals } from "../../lib/util/random.ts";
import { assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

const [samples, tokens, width, heads] = [2, 3, 4, 2];

/** Attention in plain numbers; every head owns a slice of the rows of q, k and v. */
function naive(x: Float32Array, qkv: Float32Array, headWidth: number): number[] {
  const inner = heads * headWidth;
  const row = (n: number, t: number) => x.subarray((n * tokens + t) * width).subarray(0, width);
  const project = (n: number, t: number, output: number) =>
    row(n, t).reduce((sum, value, d) => sum + value * qkv[output * width + d]!, 0);
  const out: number[] = [];
  for (let n = 0; n < samples; n++) {
    for (let t = 0; t < tokens; t++) {
      for (let i = 0; i < inner; i++) {
        const first = Math.floor(i / headWidth) * headWidth;
        const weights = Array.from({ length: tokens }, (_, s) => {
          let dot = 0;
          for (let c = first; c < first + headWidth; c++) {
            dot += project(n, t, c) * project(n, s, inner + c);
          }
          return Math.exp(dot / Math.sqrt(headWidth));
        });
        const total = weights.reduce((a, b) => a + b);
        out.push(
          weights.reduce((sum, w, s) => sum + w / total * project(n, s, 2 * inner + i), 0),
        );
      }
    }
  }
  return out;
}

for (const headWidth of [2, 3]) {
  testOnBackends(`selfAttention() with heads of width ${headWidth} equals plain sums`, () => {
    const x = normals(drawKey(0, "x"), samples * tokens * width);
    const qkv = normals(drawKey(0, "qkv"), 3 * heads * headWidth * width);
    const out = tf.tidy(() =>
      selfAttention(
        project(
          tf.tensor3d(x, [samples, tokens, width]),
          tf.tensor2d(qkv, [3 * heads * headWidth, width]),
        ),
        heads,
      ).dataSync()
    );
    const wanted = naive(x, qkv, headWidth);
    assertEquals(out.length, wanted.length);
    wanted.forEach((value, i) => assertAlmostEquals(out[i]!, value, 2e-5));
  });
}

testOnBackends("selfAttention() answers the tokens that ask as it would all of them", () => {
  const joint = tf.tensor3d(normals(drawKey(1, "joint"), samples * tokens * 12), [
    samples,
    tokens,
    12,
  ]);
  const take = (x: Tensor) => tf.slice(x, [0, 1, 0], [samples, 2, x.shape[2]!]);
  const [all, asked] = tf.tidy(() => [
    take(selfAttention(joint, heads)).dataSync(),
    selfAttention(joint, heads, take).dataSync(),
  ]);
  joint.dispose();
  assertEquals(asked!.length, samples * 2 * 4);
  asked!.forEach((value, i) => assertAlmostEquals(value, all![i]!, 1e-6));
});
