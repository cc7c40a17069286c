import {
  cutStages,
  type ProgramStage,
  type Simplified,
  simplify,
} from "../../../lib/engine/trace/passes.ts";
import {
  record,
  recordConstant,
  recordInput,
  type Trace,
} from "../../../lib/engine/trace/trace.ts";
import { assert, assertEquals, assertNotEquals, assertStrictEquals } from "../../assert.ts";
import type { Operation, Value } from "../../../lib/engine/trace/value.ts";
import { drawKey, integer } from "../../../lib/util/random.ts";

const scalar = { dataType: 1, shape: [] };

Deno.test("simplify() merges equal operations and drops unused ones", () => {
  const trace: Trace = { operations: [] };
  const x = recordInput(trace, scalar);
  const [first] = record(trace, "Exp", [], [x]);
  const [second] = record(trace, "Exp", [], [x]);
  const [sum] = record(trace, "Add", [], [first!, second!]);
  record(trace, "Log", [], [sum!]);
  const { operations, outputs } = simplify(trace, [sum!]);
  assertEquals(operations.map(({ name }) => name), ["Input", "Exp", "Add"]);
  const [left, right] = outputs[0]!.operation.inputs;
  assertStrictEquals(left, right);
});

Deno.test("simplify() tells attributes and constants apart, also the two zeros", () => {
  const trace: Trace = { operations: [] };
  const x = recordInput(trace, scalar);
  const axis = { name: "axis", type: 1 };
  const [first] = record(trace, "Pack", [{ ...axis, value: 0 }], [x]);
  const [second] = record(trace, "Pack", [{ ...axis, value: -1 }], [x]);
  const zero = recordConstant(trace, scalar, [0]);
  const negative = recordConstant(trace, scalar, [-0]);
  const again = recordConstant(trace, scalar, [0]);
  const { outputs } = simplify(trace, [first!, second!, zero, negative, again]);
  assertNotEquals(outputs[0]!.operation, outputs[1]!.operation);
  assert(outputs[2]!.operation !== outputs[3]!.operation);
  assertStrictEquals(outputs[2]!.operation, outputs[4]!.operation);
});

Deno.test("simplify() keeps unused inputs and never merges them", () => {
  const trace: Trace = { operations: [] };
  const [x] = [recordInput(trace, scalar), recordInput(trace, scalar)];
  const { operations } = simplify(trace, [x!]);
  assertEquals(operations.length, 2);
});

Deno.test("simplify() keeps exchanges that nobody reads, with what they need, and merges none", () => {
  const trace: Trace = { operations: [] };
  const x = recordInput(trace, scalar);
  const [negative] = record(trace, "Neg", [], [x]);
  record(trace, "CollectiveReduceV2", [], [negative!]);
  record(trace, "CollectiveReduceV2", [], [negative!]);
  const { operations } = simplify(trace, [x]);
  assertEquals(operations.map(({ name }) => name), [
    "Input",
    "Neg",
    "CollectiveReduceV2",
    "CollectiveReduceV2",
  ]);
});

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
function runStages(stages: readonly ProgramStage[], whole: Simplified, given: readonly number[]) {
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

Deno.test("cutStages() leaves a trace without exchanges in one piece", () => {
  const trace: Trace = { operations: [] };
  const [x, y] = [recordInput(trace, scalar), recordInput(trace, scalar)];
  const [sum] = record(trace, "Add", [], [x, y]);
  const constant = recordConstant(trace, scalar, [7]);
  const program = simplify(trace, [sum!, constant]);
  const stages = cutStages(program);
  assertEquals(stages.map(({ kind }) => kind), ["function"]);
  assertEquals(runStages(stages, program, [2, 3]), [5, 7]);
});

Deno.test("cutStages() runs what needs no exchange before it, and the rest after it", () => {
  const trace: Trace = { operations: [] };
  const x = recordInput(trace, scalar);
  const group = recordConstant(trace, scalar, [2]);
  const [square] = record(trace, "Mul", [], [x, x]);
  const [shared] = record(trace, "CollectiveReduceV2", [], [square!, group]);
  const [local] = record(trace, "Neg", [], [x]);
  const [sum] = record(trace, "Add", [], [shared!, local!]);
  const program = simplify(trace, [sum!]);
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
  const trace: Trace = { operations: [] };
  const x = recordInput(trace, scalar);
  const [shared] = record(trace, "CollectiveReduceV2", [], [x, x]);
  const [again] = record(trace, "CollectiveReduceV2", [], [shared!, x]);
  const program = simplify(trace, [again!, shared!]);
  const stages = cutStages(program);
  assertEquals(stages.map(({ kind }) => kind), ["outside", "outside"]);
  assertEquals(runStages(stages, program, [1]), [111, 11]);
});

Deno.test("cutStages() gives what the whole trace gives, for random ones", () => {
  let exchanges = 0;
  for (let seed = 0; seed < 60; seed++) {
    const key = drawKey(seed, "stages");
    let position = 0;
    const draw = (bound: number) => integer(key, position++, bound);
    const trace: Trace = { operations: [] };
    const values = [recordInput(trace, scalar), recordInput(trace, scalar)];
    for (let i = 0; i < 25; i++) {
      const [a, b] = [values[draw(values.length)]!, values[draw(values.length)]!];
      const name = ["Neg", "Add", "Add", "Mul", "Const", "CollectiveReduceV2"][draw(6)]!;
      values.push(
        name === "Const"
          ? recordConstant(trace, scalar, [draw(3)])
          : record(trace, name, [], name === "Neg" ? [a] : [a, b])[0]!,
      );
    }
    const outputs = [...new Set([0, 1, 2].map(() => values[2 + draw(25)]!))];
    const program = simplify(trace, outputs);
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
