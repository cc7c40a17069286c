import { startEngine } from "../../../lib/engine/backend/backend.ts";
import { download, downloadTree, upload, uploadTree } from "../../../lib/engine/backend/tensors.ts";
import { tf } from "../../../lib/engine/backend/tf.ts";
import { MissingError } from "../../../lib/util/errors.ts";
import { float32, int32 } from "../../../lib/util/ndarray.ts";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "../../assert.ts";
import { tensorflowAvailable } from "../../engine_available.ts";
import { testOnBackends } from "../backends.ts";

testOnBackends("upload() and download() keep values, shapes and element types", async () => {
  const arrays = { x: float32([2, 2], [1, -2.5, 3, 0]), ids: int32([3], [7, 0, -1]) };
  const tensors = uploadTree(arrays);
  assertEquals(await downloadTree(tensors), arrays);
  tf.dispose({ ...tensors });
  const scalar = upload(float32([], [4]));
  assertEquals((await download(scalar)).shape, []);
  scalar.dispose();
});

testOnBackends("matMul() of transposed factors equals the plain product", () => {
  tf.tidy(() => {
    const a = tf.reshape(tf.range(0, 6), [2, 3]) as tf.Tensor2D;
    const b = tf.reshape(tf.range(0, 12), [3, 4]) as tf.Tensor2D;
    const wanted = [...tf.matMul(a, b).dataSync()];
    const [at, bt] = [tf.transpose(a), tf.transpose(b)];
    assertEquals([...tf.matMul(at, b, true, false).dataSync()], wanted);
    assertEquals([...tf.matMul(a, bt, false, true).dataSync()], wanted);
    assertEquals([...tf.matMul(at, bt, true, true).dataSync()], wanted);
    const stacked = tf.stack([a, tf.mul(a, 2)]);
    const both = tf.matMul(stacked, tf.stack([bt, bt]), false, true).dataSync();
    assertEquals([...both], [...wanted, ...wanted.map((value) => 2 * value)]);
  });
});

testOnBackends("a gradient through a gradient runs on the engine", () => {
  tf.tidy(() => {
    const cube = (x: tf.Tensor) => tf.mul(x, tf.square(x));
    const second = tf.grad((x: tf.Tensor) => tf.grad(cube)(x));
    assertAlmostEquals(second(tf.scalar(2)).dataSync()[0]!, 12, 1e-5);
  });
});

Deno.test({
  name: "startEngine() starts what auto stands for and says its version",
  ignore: !tensorflowAvailable,
  sanitizeResources: false,
  sanitizeOps: false,
  async fn() {
    const short = await startEngine();
    assertEquals([short.backend, short.compile, short.reason], ["tensorflow", "graph", undefined]);
    assert(/^\d+\.\d+/.test(short.version));
    assertEquals((await startEngine({ purpose: "training" })).compile, "xla");
    assertEquals((await startEngine({ compile: "off" })).compile, "off");
  },
});

Deno.test({
  name: "startEngine() takes wasm where no library is found and says why",
  sanitizeResources: false,
  async fn() {
    const kept = Deno.env.get("METAMAE_LIBTENSORFLOW");
    Deno.env.set("METAMAE_LIBTENSORFLOW", "/nowhere/to/be/found");
    try {
      const engine = await startEngine();
      assertEquals([engine.backend, engine.compile], ["wasm", "off"]);
      assert(engine.reason?.includes("METAMAE_LIBTENSORFLOW"));
      await assertRejects(() => startEngine({ backend: "tensorflow" }), MissingError, "/nowhere");
    } finally {
      if (kept === undefined) Deno.env.delete("METAMAE_LIBTENSORFLOW");
      else Deno.env.set("METAMAE_LIBTENSORFLOW", kept);
    }
  },
});

Deno.test("the runtime still lacks what the packaged kernel layer calls", () => {
  // Once this fails, `restoreNodeUtil` in lib/engine/native_backend.ts is no longer needed.
  const script = "import util from 'node:util'; console.log(typeof util.isNullOrUndefined)";
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["eval", script] }).outputSync();
  assertEquals(new TextDecoder().decode(stdout).trim(), "undefined");
});
