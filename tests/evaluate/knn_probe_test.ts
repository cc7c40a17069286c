import { findNeighbours, knnProbe } from "../../lib/evaluate/knn_probe.ts";
import { score } from "../../lib/evaluate/scores.ts";
import { float32, int32 } from "../../lib/util/ndarray.ts";
import { drawKey, normals } from "../../lib/util/random.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";
import { blobs, permuteLabels, tasks } from "./blobs.ts";

testOnBackends("findNeighbours() equals a plain search over several blocks", async () => {
  const [trainRows, testRows, width, count] = [4100, 260, 6, 7];
  const train = float32([trainRows, width], normals(drawKey(1, "train"), trainRows * width));
  const test = float32([testRows, width], normals(drawKey(2, "test"), testRows * width));
  const { indices, similarities } = await findNeighbours(train, test, count);
  const unit = (data: Float32Array, row: number) => {
    const values = [...data.subarray(row * width, (row + 1) * width)];
    return values.map((value) => value / Math.hypot(...values));
  };
  const units = Array.from({ length: trainRows }, (_, i) => unit(train.data, i));
  for (const row of [0, 131, 259]) {
    const query = unit(test.data, row);
    const plain = units
      .map((other, i) => ({ i, similarity: other.reduce((sum, x, d) => sum + x * query[d]!, 0) }))
      .sort((a, b) => b.similarity - a.similarity)
      .slice(0, count);
    assertEquals([...indices.slice(row * count, (row + 1) * count)], plain.map(({ i }) => i));
    plain.forEach(({ similarity }, k) =>
      assertAlmostEquals(similarities[row * count + k]!, similarity, 1e-5)
    );
  }
});

testOnBackends("findNeighbours() prefers the lower index among equals", async () => {
  const train = float32([4, 2], [1, 0, 2, 0, 3, 0, 0, 1]);
  const { indices } = await findNeighbours(train, float32([1, 2], [5, 0]), 2);
  assertEquals([...indices], [0, 1]);
});

testOnBackends(
  "knnProbe() weighs votes by the exponential of similarity over temperature",
  async () => {
    const angle = (degrees: number) => {
      const radians = degrees * Math.PI / 180;
      return [Math.cos(radians), Math.sin(radians)];
    };
    const train = {
      features: float32([3, 2], [...angle(0), ...angle(30), ...angle(35)]),
      labels: int32([3], [0, 1, 1]),
    };
    const test = { features: float32([1, 2], angle(-5)), labels: int32([1], [0]) };
    const task = tasks["single-label"];
    const { scores, neighbours } = await knnProbe(train, test, { task });
    assertEquals(neighbours, 3, "there are no more than three");
    const weights = [5, 35, 40].map((d) => Math.exp(Math.cos(d * Math.PI / 180) / 0.07));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    assertAlmostEquals(scores.values[0]!, weights[0]! / total, 1e-5);
    assertAlmostEquals(scores.values[1]!, (weights[1]! + weights[2]!) / total, 1e-5);
    assertEquals(scores.values[2], 0);
    const warm = await knnProbe(train, test, { task, temperature: 10 });
    assert(warm.scores.values[1]! > 0.6, "at a high temperature the majority wins");
  },
);

for (const task of Object.values(tasks).filter(({ kind }) => kind !== "per-token")) {
  testOnBackends(
    `knnProbe() learns a ${task.kind} task, and permuted labels bring it to chance`,
    async () => {
      const [train, test] = [blobs(task, 400, 1), blobs(task, 300, 2)];
      const metric = async (a: typeof train, b: typeof train) => {
        const { scores } = await knnProbe(a, b, { task });
        return score(scores, task).statistics[task.metric]!().value!;
      };
      const chance = task.kind === "regression"
        ? 0
        : task.metric === "auroc"
        ? 0.5
        : 1 / task.classes;
      const learned = await metric(train, test);
      assert(learned > chance + 0.3, `the metric is ${learned}`);
      const permuted = await metric(permuteLabels(train, 3), permuteLabels(test, 4));
      assertAlmostEquals(permuted, chance, 0.12, `permuted labels give ${permuted}`);
    },
  );
}

testOnBackends("knnProbe() survives rows of zeros", async () => {
  const task = tasks["single-label"];
  const data = { features: float32([2, 2], [0, 0, 1, 0]), labels: int32([2], [0, 1]) };
  const { scores } = await knnProbe(data, data, { task });
  assert(scores.values.every(Number.isFinite));
});
