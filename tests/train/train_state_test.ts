import { startEngine } from "../../lib/engine/backend/backend.ts";
import { disposeTree } from "../../lib/engine/backend/tensors.ts";
import { tf } from "../../lib/engine/backend/tf.ts";
import type { ParameterSpec } from "../../lib/methods/method.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { downloadState, uploadState } from "../../lib/train/train_state.ts";
import { assert, assertEquals } from "../assert.ts";

await startEngine({ backend: "cpu" });

const specs: ParameterSpec[] = [
  { name: "a", shape: [2, 3], trainable: true, initializer: { kind: "normal", deviation: 1 } },
  { name: "count", shape: [], trainable: false, initializer: { kind: "constant", value: 3 } },
  { name: "b", shape: [4], trainable: true, initializer: { kind: "normal", deviation: 1 } },
];
const parameters = initialParameters(specs, 1);
const moments = { first: initialParameters(specs, 2), second: initialParameters(specs, 3) };

Deno.test("uploadState and downloadState keep every value and the order of the state dict", async () => {
  const before = tf.memory().numTensors;
  const state = uploadState(specs, 5, parameters, moments);
  assertEquals(Object.keys(state.tensors), ["weights", "moments", "buffers"]);
  assertEquals(Object.keys(state.tensors.buffers), ["count"]);
  const host = await downloadState(specs, state);
  assertEquals(host.parameters, parameters);
  assertEquals(Object.keys(host.parameters), ["a", "count", "b"]);
  for (const name of ["a", "b"]) {
    assertEquals(host.moments.first[name], moments.first[name]);
    assertEquals(host.moments.second[name], moments.second[name]);
  }
  disposeTree(state.tensors);
  assertEquals(tf.memory().numTensors, before);
});

Deno.test("uploadState starts with moments of zero", async () => {
  const state = uploadState(specs, 0, parameters);
  const { first, second } = (await downloadState(specs, state)).moments;
  for (const { data } of [...Object.values(first), ...Object.values(second)]) {
    assert(data.every((value) => value === 0));
  }
  disposeTree(state.tensors);
});
