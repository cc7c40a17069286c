import { simplify } from "../../../lib/engine/trace/passes.ts";
import {
  newRecording,
  record,
  recordConstant,
  recordInput,
} from "../../../lib/engine/trace/recording.ts";
import { assert, assertEquals, assertNotEquals, assertStrictEquals } from "../../assert.ts";

const scalar = { dataType: 1, shape: [] };

Deno.test("simplify() merges equal operations and drops unused ones", () => {
  const recording = newRecording();
  const x = recordInput(recording, scalar);
  const [first] = record(recording, "Exp", [], [x]);
  const [second] = record(recording, "Exp", [], [x]);
  const [sum] = record(recording, "Add", [], [first!, second!]);
  record(recording, "Log", [], [sum!]);
  const { operations, outputs } = simplify(recording, [sum!]);
  assertEquals(operations.map(({ name }) => name), ["Input", "Exp", "Add"]);
  const [left, right] = outputs[0]!.operation.inputs;
  assertStrictEquals(left, right);
});

Deno.test("simplify() tells attributes and constants apart, also the two zeros", () => {
  const recording = newRecording();
  const x = recordInput(recording, scalar);
  const axis = { name: "axis", type: 1 };
  const [first] = record(recording, "Pack", [{ ...axis, value: 0 }], [x]);
  const [second] = record(recording, "Pack", [{ ...axis, value: -1 }], [x]);
  const zero = recordConstant(recording, scalar, [0]);
  const negative = recordConstant(recording, scalar, [-0]);
  const again = recordConstant(recording, scalar, [0]);
  const { outputs } = simplify(recording, [first!, second!, zero, negative, again]);
  assertNotEquals(outputs[0]!.operation, outputs[1]!.operation);
  assert(outputs[2]!.operation !== outputs[3]!.operation);
  assertStrictEquals(outputs[2]!.operation, outputs[4]!.operation);
});

Deno.test("simplify() keeps unused inputs and never merges them", () => {
  const recording = newRecording();
  const [x] = [recordInput(recording, scalar), recordInput(recording, scalar)];
  const { operations } = simplify(recording, [x!]);
  assertEquals(operations.length, 2);
});

Deno.test("simplify() keeps exchanges that nobody reads, with what they need, and merges none", () => {
  const recording = newRecording();
  const x = recordInput(recording, scalar);
  const [negative] = record(recording, "Neg", [], [x]);
  record(recording, "CollectiveReduceV2", [], [negative!]);
  record(recording, "CollectiveReduceV2", [], [negative!]);
  const { operations } = simplify(recording, [x]);
  assertEquals(operations.map(({ name }) => name), [
    "Input",
    "Neg",
    "CollectiveReduceV2",
    "CollectiveReduceV2",
  ]);
});
