import { type Simplified, simplify } from "../../../lib/engine/trace/passes.ts";
import {
  newRecording,
  record,
  recordConstant,
  recordInput,
} from "../../../lib/engine/trace/recording.ts";
import { cutStages, type Stage } from "../../../lib/engine/trace/stages.ts";
import type { Operation, Value } from "../../../lib/engine/trace/value.ts";
import { drawKey, integer } from "../../../lib/util/random.ts";
import { assert, assertEquals } from "../../assert.ts";

const scalar = { dataType: 1, shape: [] };

/** What an operation on scalars gives; an exchange multiplies by ten. */
function evaluate({ name, values }: Operation, [a = 0, b = 0]: readonly number[]): number {
  switch (name) {
    case "Const":
      return Number((values as ArrayLike<number>)[0]);
    case "Neg":
      return -a;
    case "Add":
      return a + b;
    case "Mul":
      return a * b;
    case "CollectiveReduceV2":
      return 10 * a + b;
    default:
      throw new Error(`The test knows no ${name}`);
  }
}

/** Runs operations; every input must be known before it is read. */
function runAll(operations: readonly Operation[], known: Map<Value, number>): void {
  for (const operation of operations) {
    if (operation.name === "Input") continue;
    const inputs = operation.inputs.map((input) => {
      assert(known.has(input), `the input of ${operation.name} is known`);
      return known.get(input)!;
    });
    known.set(operation.outputs[0]!, evaluate(operation, inputs));
  }
}

const inputsOf = (operations: readonly Operation[]): Value[] =>
  operations.filter(({ name }) => name === "Input").map(({ outputs }) => outputs[0]!);

/** Runs stages one after the other, each with nothing but what it is given. */
function runStages(stages: readonly Stage[], whole: Simplified, given: readonly number[]) {
  const known = new Map<Value, number>();
  inputsOf(whole.operations).forEach((input, i) => known.set(input, given[i]!));
  for (const stage of stages) {
    if (stage.kind === "outside") {
      const constants = stage.operation.inputs.map(({ operation }) => operation);
      runAll(constants.filter(({ name }) => name === "Const"), known);
      runAll([stage.operation], known);
      continue;
    }
    const own = new Map<Value, number>();
    const inputs = inputsOf(stage.program.operations);
    assertEquals(inputs.length, stage.inputs.length);
    stage.inputs.forEach((value, i) => {
      assert(known.has(value), "a stage is given values that are known");
      own.set(inputs[i]!, known.get(value)!);
    });
    runAll(stage.program.operations, own);
    stage.program.outputs.forEach((value, i) => known.set(stage.outputs[i]!, own.get(value)!));
  }
  return whole.outputs.map((output) => known.get(output));
}

Deno.test("cutStages() leaves a recording without exchanges in one piece", () => {
  const recording = newRecording();
  const [x, y] = [recordInput(recording, scalar), recordInput(recording, scalar)];
  const [sum] = record(recording, "Add", [], [x, y]);
  const constant = recordConstant(recording, scalar, [7]);
  const program = simplify(recording, [sum!, constant]);
  const stages = cutStages(program);
  assertEquals(stages.map(({ kind }) => kind), ["function"]);
  assertEquals(runStages(stages, program, [2, 3]), [5, 7]);
});

Deno.test("cutStages() runs what needs no exchange before it, and the rest after it", () => {
  const recording = newRecording();
  const x = recordInput(recording, scalar);
  const group = recordConstant(recording, scalar, [2]);
  const [square] = record(recording, "Mul", [], [x, x]);
  const [shared] = record(recording, "CollectiveReduceV2", [], [square!, group]);
  const [local] = record(recording, "Neg", [], [x]);
  const [sum] = record(recording, "Add", [], [shared!, local!]);
  const program = simplify(recording, [sum!]);
  const stages = cutStages(program);
  const names = stages.map((stage) =>
    stage.kind === "outside"
      ? stage.operation.name
      : stage.program.operations.map(({ name }) => name)
  );
  assertEquals(names, [
    ["Input", "Mul", "Neg"],
    "CollectiveReduceV2",
    ["Input", "Input", "Add"],
  ]);
  assertEquals(runStages(stages, program, [3]), [10 * 9 + 2 - 3]);
});

Deno.test("cutStages() hands exchanged values and inputs of the function on as they are", () => {
  const recording = newRecording();
  const x = recordInput(recording, scalar);
  const [shared] = record(recording, "CollectiveReduceV2", [], [x, x]);
  const [again] = record(recording, "CollectiveReduceV2", [], [shared!, x]);
  const program = simplify(recording, [again!, shared!]);
  const stages = cutStages(program);
  assertEquals(stages.map(({ kind }) => kind), ["outside", "outside"]);
  assertEquals(runStages(stages, program, [1]), [111, 11]);
});

Deno.test("cutStages() gives what the whole recording gives, for random ones", () => {
  let exchanges = 0;
  for (let seed = 0; seed < 60; seed++) {
    const key = drawKey(seed, "stages");
    let position = 0;
    const draw = (bound: number) => integer(key, position++, bound);
    const recording = newRecording();
    const values = [recordInput(recording, scalar), recordInput(recording, scalar)];
    for (let i = 0; i < 25; i++) {
      const [a, b] = [values[draw(values.length)]!, values[draw(values.length)]!];
      const name = ["Neg", "Add", "Add", "Mul", "Const", "CollectiveReduceV2"][draw(6)]!;
      values.push(
        name === "Const"
          ? recordConstant(recording, scalar, [draw(3)])
          : record(recording, name, [], name === "Neg" ? [a] : [a, b])[0]!,
      );
    }
    const outputs = [...new Set([0, 1, 2].map(() => values[2 + draw(25)]!))];
    const program = simplify(recording, outputs);
    const known = new Map<Value, number>();
    inputsOf(program.operations).forEach((input, i) => known.set(input, [2, -3][i]!));
    runAll(program.operations, known);
    const stages = cutStages(program);
    exchanges += stages.filter(({ kind }) => kind === "outside").length;
    const expected = program.outputs.map((output) => known.get(output));
    assertEquals(runStages(stages, program, [2, -3]), expected, `seed ${seed}`);
  }
  assert(exchanges > 60, `${exchanges} exchanges`);
});
