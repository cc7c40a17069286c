import { startEngine } from "../../../lib/engine/backend/backend.ts";
import { compile, type CompileMode } from "../../../lib/engine/backend/compile.ts";
import { activeNativeBackend } from "../../../lib/engine/backend/native_backend.ts";
import { NativeError } from "../../../lib/engine/native/library.ts";
import { exp } from "../../../lib/engine/ops/functions.ts";
import { dropout, gatherRows, softmax } from "../../../lib/engine/ops/mod.ts";
import { disposeTree, upload } from "../../../lib/engine/backend/tensors.ts";
import { type Tensor, tf } from "../../../lib/engine/backend/tf.ts";
import { float32, int32 } from "../../../lib/util/ndarray.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { tensorflowAvailable } from "../../engine_available.ts";

/** Registers a test on the native engine that must leave no tensor behind. */
function nativeTest(name: string, body: () => Promise<void>): void {
  Deno.test({
    name,
    ignore: !tensorflowAvailable,
    sanitizeResources: false,
    sanitizeOps: false,
    async fn() {
      await startEngine({ backend: "tensorflow" });
      const native = activeNativeBackend()!;
      const before = [tf.memory().numTensors, native.binding.getNumOfTensors()];
      await body();
      const after = [tf.memory().numTensors, native.binding.getNumOfTensors()];
      assertEquals(after, before, "tensors in TF.js and in the binding");
    },
  });
}

/** Named tensors. */
type Named = Readonly<Record<string, Tensor>>;
type TensorFunction = (inputs: Named) => Named;

async function values(f: TensorFunction, inputs: Named, mode: CompileMode) {
  const run = compile(f, { name: "test", mode });
  const outputs = await run(inputs);
  const host = await Promise.all(
    Object.values(outputs).map(async (tensor) => [...await tensor.data()]),
  );
  disposeTree(outputs);
  run.dispose();
  return host;
}

const secondOrder: TensorFunction = ({ x, w }) => {
  const loss = (w: Tensor) => tf.mean(tf.square(softmax(tf.matMul(x!, w as tf.Tensor2D))));
  const adapted = (w: Tensor) => tf.sub(w, tf.grad(loss)(w));
  return { gradient: tf.grad((w) => loss(adapted(w)))(w!) };
};

nativeTest("compile() gives the same numbers in every mode, second order included", async () => {
  const x = upload(float32([3, 2], [1, -2, 0.5, 3, -1, 0.25]));
  const w = upload(float32([2, 4], [0.1, 0.2, -0.3, 0.4, 1, -1, 0.5, 0.7]));
  const [eager] = await values(secondOrder, { x, w }, "off");
  for (const mode of ["graph", "xla"] as const) {
    const [compiled] = await values(secondOrder, { x, w }, mode);
    compiled!.forEach((value, i) => assert(Math.abs(value - eager![i]!) < 1e-6, `${mode} ${i}`));
  }
  disposeTree({ x, w });
});

nativeTest("compile() traces once for every set of shapes", async () => {
  let traced = 0;
  const run = compile(({ x }: Named) => {
    traced++;
    return { y: tf.mul(x!, 2) };
  }, { name: "count", mode: "graph" });
  for (const length of [2, 3, 2, 3]) {
    const x = tf.ones([length]);
    const { y } = await run({ x });
    assertEquals([...await y!.data()], new Array(length).fill(2));
    disposeTree({ x, y: y! });
  }
  assertEquals(traced, 2);
  run.dispose();
});

nativeTest("compile() hands out inputs and repeated outputs as tensors of their own", async () => {
  const x = upload(float32([2], [1, 2]));
  const f: TensorFunction = ({ x }) => {
    const y = tf.square(x!);
    return { x: x!, y, again: y, constant: tf.scalar(7) };
  };
  for (const mode of ["off", "graph", "xla"] as const) {
    assertEquals(await values(f, { x }, mode), [[1, 2], [1, 4], [1, 4], [7]]);
  }
  x.dispose();
});

nativeTest("compile() takes tensors from outside as they are at the first call", async () => {
  const outside = upload(float32([2], [10, 20]));
  const x = upload(float32([2], [1, 2]));
  const run = compile(({ x }: Named) => ({ y: tf.add(x!, outside) }), {
    name: "capture",
    mode: "graph",
  });
  const first = await run({ x });
  outside.dispose();
  const second = await run({ x });
  assertEquals([...await second.y!.data()], [11, 22]);
  disposeTree(first, second, { x });
  run.dispose();
});

nativeTest("compile() refuses to read a value and names operation and line", async () => {
  const x = upload(float32([2], [1, 2]));
  const run = compile(
    ({ x }: Named) => ({ y: tf.scalar(tf.square(x!).dataSync()[0]!) }),
    { name: "reads", mode: "graph" },
  );
  const error = await assertRejects(() => run({ x }), TypeError, 'the result of "Square"');
  assert(/compile_test\.ts:\d+/.test((error as Error).message), (error as Error).message);
  x.dispose();
});

nativeTest("compile() refuses an operation whose shape depends on values", async () => {
  const x = upload(float32([2], [1, 0]));
  const run = compile(
    ({ x }: Named) => ({ y: tf.topk(x!, 1).values }),
    { name: "shapes", mode: "graph" },
  );
  await assertRejects(() => run({ x }), TypeError, '"TopKV2"');
  x.dispose();
});

nativeTest("compile() keeps large equal constants as a fill", async () => {
  const f: TensorFunction = ({ x }) => ({ y: tf.add(x!, tf.zeros([100, 100])) });
  const run = compile(f, { name: "fill", mode: "graph" });
  const x = tf.ones([100, 100]);
  const outputs = await run({ x });
  // Input, shape, value, fill, sum.
  assertEquals(run.sizes(), [5]);
  disposeTree(outputs, { x });
  run.dispose();
});

nativeTest("compile() gathers without reading indices on the host", async () => {
  const x = upload(float32([1, 3], [5, 6, 7]));
  const ids = upload(int32([1, 2], [2, 0]));
  const gathered = await values(({ x, ids }) => ({ y: gatherRows(x!, ids!) }), { x, ids }, "graph");
  assertEquals(gathered, [[7, 5]]);
  disposeTree({ x, ids });
});

nativeTest("compiled functions run side by side with results of their own", async () => {
  const square = compile(({ x }: Named) => ({ y: tf.square(x!) }), {
    name: "square",
    mode: "graph",
  });
  const x = [1, 2, 3, 4].map((value) => tf.fill([50_000], value));
  const outputs = await Promise.all(x.map((x) => square({ x })));
  const found = await Promise.all(outputs.map(async ({ y }) => (await y!.data())[49_999]));
  assertEquals(found, [1, 4, 9, 16]);
  disposeTree(...outputs);
  tf.dispose(x);
  square.dispose();
});

nativeTest("compiled functions leave the event loop free while they run", async () => {
  const x = tf.randomNormal([1200, 1200]) as tf.Tensor2D;
  const run = compile(({ x }: Named) => {
    let y = x as tf.Tensor2D;
    for (let i = 0; i < 12; i++) y = tf.mul(tf.matMul(y, x as tf.Tensor2D), 1e-2);
    return { y: tf.mean(y) };
  }, { name: "long", mode: "graph" });
  disposeTree(await run({ x }));
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const outputs = await run({ x });
  clearInterval(timer);
  assert(turns > 2, `${turns} turns`);
  disposeTree(outputs, { x });
  run.dispose();
});

nativeTest("a failed operation says which one, and the engine goes on", async () => {
  const x = upload(float32([2, 3]));
  const error = await assertRejects(
    async () => {
      await values(({ x }) => ({ y: tf.gather(x!, tf.tensor1d([5], "int32")) }), { x }, "graph");
    },
    NativeError,
  );
  assert((error as Error).message.includes('Cannot run "test" (graph)'), String(error));
  assertEquals((await values(({ x }) => ({ y: exp(x!) }), { x }, "graph"))[0], [1, 1, 1, 1, 1, 1]);
  x.dispose();
});

nativeTest("dropout() drops the same elements in every mode and on wasm", async () => {
  const key = int32([3], Int32Array.of(123456789, -987654321, 5));
  const shape = [4, 7, 33];
  const f: TensorFunction = ({ key }) => ({
    y: dropout(tf.ones(shape), { key: key!, layer: 3, rate: 0.1 }),
  });
  const native = upload(key);
  const masks = [];
  for (const mode of ["off", "graph", "xla"] as const) {
    masks.push(await values(f, { key: native }, mode));
  }
  native.dispose();
  await startEngine({ backend: "wasm" });
  const embedded = upload(key);
  masks.push(await values(f, { key: embedded }, "off"));
  embedded.dispose();
  await startEngine({ backend: "tensorflow" });
  for (const mask of masks.slice(1)) assertEquals(mask, masks[0]!);
  const dropped = masks[0]![0]!.filter((value) => value === 0).length / (4 * 7 * 33);
  assert(dropped > 0.07 && dropped < 0.13, `${dropped} dropped`);
});

nativeTest("dropout() of a part of a batch equals that part of the whole batch's", async () => {
  const whole = upload(int32([3], Int32Array.of(1, 2, 0)));
  const part = upload(int32([3], Int32Array.of(1, 2, 2)));
  const mask = (samples: number): TensorFunction => ({ key }) => ({
    y: dropout(tf.ones([samples, 50]), { key: key!, layer: 0, rate: 0.5 }),
  });
  const [all] = await values(mask(4), { key: whole }, "graph");
  const [rest] = await values(mask(2), { key: part }, "graph");
  assertEquals(rest, all!.slice(100));
  disposeTree({ whole, part });
});
