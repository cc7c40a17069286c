import {
  probeGradient,
  probeLearningRate,
  type ProbeLoss,
  probeOptimizer,
  type ProbeState,
  probeStep,
  probeWeightDecay,
} from "../../lib/evaluate/linear_probe.ts";
import { disposeTree, upload, uploadTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import { float32, int32, type NdArray } from "../../lib/util/ndarray.ts";
import { drawKey, normals } from "../../lib/util/random.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { tidied } from "../methods/run_objective.ts";

const [rows, width, outputs] = [5, 4, 3];
const features = float32([rows, width], normals(drawKey(0, "x"), rows * width));
const head = float32([width, outputs], normals(drawKey(0, "w"), width * outputs));
const targets: Readonly<Record<ProbeLoss, NdArray<"float32" | "int32">>> = {
  softmax: int32([rows], [0, 2, 1, 1, 0]),
  sigmoid: float32([rows, outputs], Array.from({ length: rows * outputs }, (_, i) => i % 2)),
  squared: float32([rows, outputs], normals(drawKey(0, "y"), rows * outputs)),
};

/** Mean loss in double precision, written from its definition. */
function plainLoss(weights: ArrayLike<number>, loss: ProbeLoss): number {
  let sum = 0;
  const labels = targets[loss].data;
  for (let i = 0; i < rows; i++) {
    const scores = Array.from({ length: outputs }, (_, o) => {
      let score = 0;
      for (let d = 0; d < width; d++) {
        score += features.data[i * width + d]! * weights[d * outputs + o]!;
      }
      return score;
    });
    if (loss === "softmax") {
      const total = scores.reduce((all, score) => all + Math.exp(score), 0);
      sum += (Math.log(total) - scores[labels[i]!]!) / rows;
      continue;
    }
    scores.forEach((score, o) => {
      const label = labels[i * outputs + o]!;
      const p = 1 / (1 + Math.exp(-score));
      const entropy = -label * Math.log(p) - (1 - label) * Math.log(1 - p);
      sum += (loss === "sigmoid" ? entropy : (score - label) ** 2) / (rows * outputs);
    });
  }
  return sum;
}

async function numbers(compute: () => tf.Tensor): Promise<number[]> {
  const tensor = tf.tidy(compute);
  const data = Array.from(await tensor.data());
  tensor.dispose();
  return data;
}

for (const loss of ["softmax", "sigmoid", "squared"] as const) {
  testOnBackends(`probeGradient() of the ${loss} loss equals finite differences`, async () => {
    const gradient = await numbers(() =>
      probeGradient(upload(head), upload(features), upload(targets[loss]), loss)
    );
    gradient.forEach((value, k) => {
      const shifted = (by: number) => Float64Array.from(head.data, (w, i) => i === k ? w + by : w);
      const slope = (plainLoss(shifted(1e-4), loss) - plainLoss(shifted(-1e-4), loss)) / 2e-4;
      assertAlmostEquals(value, slope, 1e-5);
    });
  });
}

testOnBackends(
  "probeGradient() vanishes where a probability is exactly 0 or 1, as the reference's",
  async () => {
    const gradient = await numbers(() =>
      probeGradient(
        tf.tensor2d([[1]]),
        tf.tensor2d([[200], [-200]]),
        tf.tensor2d([[0], [1]]),
        "sigmoid",
      )
    );
    assertEquals(gradient.map(Math.abs), [0]);
  },
);

testOnBackends("probeStep() is Adam with the decay inside the gradient", async () => {
  // A large head, so that the decay is as large as the gradient of the loss.
  const large = Float64Array.from(head.data, (w) => 3000 * w);
  const slope = (weights: Float64Array, k: number) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      const [d, o] = [Math.floor(k / outputs), k % outputs];
      let score = 0;
      for (let e = 0; e < width; e++) {
        score += features.data[i * width + e]! * weights[e * outputs + o]!;
      }
      const residual = 1e-5 * score - targets.squared.data[i * outputs + o]!;
      sum += 2 * residual * 1e-5 * features.data[i * width + d]! / (rows * outputs);
    }
    return sum;
  };
  // The same data with features scaled down keeps the loss gradient small beside the decay.
  const scaled = float32([rows, width], features.data.map((x) => 1e-5 * x));
  const plain = { w: large.slice(), m: new Float64Array(12), v: new Float64Array(12) };
  let state: ProbeState = uploadTree({
    head: float32(head.shape, large),
    moments: probeOptimizer.init(head),
  });
  for (let t = 1; t <= 5; t++) {
    const gradient = plain.w.map((w, k) => slope(plain.w, k) + probeWeightDecay * w);
    gradient.forEach((g, k) => {
      plain.m[k] = 0.9 * plain.m[k]! + 0.1 * g;
      plain.v[k] = 0.999 * plain.v[k]! + 0.001 * g * g;
      const deviation = Math.sqrt(plain.v[k]! / (1 - 0.999 ** t)) + 1e-8;
      plain.w[k]! -= probeLearningRate * (plain.m[k]! / (1 - 0.9 ** t)) / deviation;
    });
    const next = tidied(() =>
      probeStep(
        state,
        upload(scaled),
        upload(targets.squared),
        uploadTree(probeOptimizer.scalars(t, probeLearningRate)),
        "squared",
      )
    );
    disposeTree(state);
    state = next;
  }
  const first = await state.moments.first.data();
  plain.m.forEach((m, k) => assertAlmostEquals(first[k]!, m, 1e-5 * Math.abs(m) + 1e-9));
  const moments = plain.m.some((m, k) => Math.abs(m - 0.4095 * slope(plain.w, k)) > 0.01);
  assert(moments, "without the decay the first moments would be much smaller");
  disposeTree(state);
});
