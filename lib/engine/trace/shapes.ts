/**
 * Shapes and element types of results, from the inputs alone, for every operation that is traced.
 *
 * @module
 */

import type { OpAttribute } from "../native/attributes.ts";
import { dataTypes } from "../native/c_api.ts";
import type { Value, ValueType } from "./value.ts";

type Rule = (inputs: readonly Value[], attribute: AttributeReader) => readonly ValueType[];

interface AttributeReader {
  number(name: string, fallback?: number): number;
  flag(name: string): boolean;
}

/**
 * Types of the outputs of one operation.
 *
 * @throws {TypeError} If the operation is unknown here, or a shape depends on values that are not
 * constant.
 */
export function inferShapes(
  name: string,
  attributes: readonly OpAttribute[],
  inputs: readonly Value[],
): readonly ValueType[] {
  const rule = rules.get(name);
  if (rule === undefined) {
    throw new TypeError(
      `Cannot trace the operation "${name}": the shape of its result is not known before it runs`,
    );
  }
  return rule(inputs, reader(name, attributes));
}

function reader(operation: string, attributes: readonly OpAttribute[]): AttributeReader {
  const find = (name: string) => attributes.find((attribute) => attribute.name === name)?.value;
  return {
    number(name, fallback) {
      const value = find(name) ?? fallback;
      if (typeof value === "number") return value;
      throw new TypeError(
        `Cannot trace the operation "${operation}": it lacks attribute "${name}"`,
      );
    },
    flag: (name) => find(name) === true,
  };
}

/** The numbers of a constant input. */
function constant(value: Value, what: string): number[] {
  const { name, values, inputs } = value.operation;
  if (name === "Const" && values !== undefined) {
    return Array.from(values as ArrayLike<number>, Number);
  }
  if (name === "Fill") {
    const [shape, fill] = inputs;
    const count = constant(shape!, what).reduce((a, b) => a * b, 1);
    return new Array<number>(count).fill(constant(fill!, what)[0]!);
  }
  throw new TypeError(
    `Cannot trace: the ${what} is computed by "${name}", but must be constant while tracing`,
  );
}

/** The shape that two shapes broadcast to. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new RangeError(`Cannot broadcast shapes [${a}] and [${b}]: axis ${i} differs`);
    }
    return x === 1 ? y : x;
  });
}

const axis = (index: number, rank: number): number => index < 0 ? index + rank : index;

/** A single result of the element type of an input. */
const like = (x: Value, shape: readonly number[]): readonly ValueType[] => [
  { dataType: x.dataType, shape },
];

const same: Rule = ([x]) => [x!];
const likeButBool: Rule = ([x]) => [{ dataType: dataTypes.bool, shape: x!.shape }];
const binary: Rule = ([a, b]) => like(a!, broadcast(a!.shape, b!.shape));
const compare: Rule = ([a, b]) => [
  { dataType: dataTypes.bool, shape: broadcast(a!.shape, b!.shape) },
];
const select: Rule = ([condition, a, b]) =>
  like(a!, broadcast(condition!.shape, broadcast(a!.shape, b!.shape)));

const reduce: Rule = ([x, axes], attribute) => {
  const rank = x!.shape.length;
  const reduced = new Set(constant(axes!, "reduction axis").map((index) => axis(index, rank)));
  const kept = attribute.flag("keep_dims") ? [1] : [];
  return like(x!, x!.shape.flatMap((size, i) => reduced.has(i) ? kept : [size]));
};

const argReduce: Rule = ([x, dimension], attribute) => {
  const reduced = axis(constant(dimension!, "reduction axis")[0]!, x!.shape.length);
  const dataType = attribute.number("output_type", dataTypes.int64);
  return [{ dataType, shape: x!.shape.filter((_, i) => i !== reduced) }];
};

const matMul = (left: string, right: string): Rule => ([a, b], attribute) => {
  const rows = a!.shape.at(attribute.flag(left) ? -1 : -2)!;
  const columns = b!.shape.at(attribute.flag(right) ? -2 : -1)!;
  const batch = broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
  return like(a!, [...batch, rows, columns]);
};

const reshape: Rule = ([x, target]) => {
  const wanted = constant(target!, "target shape");
  const count = x!.shape.reduce((p, size) => p * size, 1);
  const known = wanted.reduce((p, size) => size === -1 ? p : p * size, 1);
  return like(x!, wanted.map((size) => size === -1 ? count / known : size));
};

const concat: Rule = (inputs) => {
  const parts = inputs.slice(0, -1);
  const [first] = parts;
  const joined = axis(constant(inputs.at(-1)!, "concatenation axis")[0]!, first!.shape.length);
  const total = parts.reduce((sum, part) => sum + part.shape[joined]!, 0);
  return like(first!, first!.shape.with(joined, total));
};

const slice: Rule = ([x, begin, size]) => {
  const from = constant(begin!, "start of a slice");
  const wanted = constant(size!, "size of a slice");
  return like(x!, wanted.map((n, i) => n === -1 ? x!.shape[i]! - from[i]! : n));
};

const pack: Rule = (inputs, attribute) => {
  const [first] = inputs;
  const at = axis(attribute.number("axis", 0), first!.shape.length + 1);
  return like(first!, first!.shape.toSpliced(at, 0, inputs.length));
};

const unpack: Rule = ([x], attribute) => {
  const split = axis(attribute.number("axis", 0), x!.shape.length);
  const shape = x!.shape.toSpliced(split, 1);
  return Array.from({ length: x!.shape[split]! }, () => ({ dataType: x!.dataType, shape }));
};

const splitSizes: Rule = ([x, sizes, along]) => {
  const at = axis(constant(along!, "split axis")[0]!, x!.shape.length);
  return constant(sizes!, "sizes of a split").flatMap((part) => like(x!, x!.shape.with(at, part)));
};

const gather: Rule = ([x, indices, along], attribute) => {
  const at = axis(constant(along!, "gather axis")[0]!, x!.shape.length);
  const batch = attribute.number("batch_dims", 0);
  return like(x!, x!.shape.toSpliced(at, 1, ...indices!.shape.slice(batch)));
};

const pad: Rule = ([x, paddings]) => {
  const amounts = constant(paddings!, "padding");
  return like(x!, x!.shape.map((size, i) => size + amounts[2 * i]! + amounts[2 * i + 1]!));
};

const expand: Rule = ([x, dimension]) => {
  const at = axis(constant(dimension!, "new axis")[0]!, x!.shape.length + 1);
  return like(x!, x!.shape.toSpliced(at, 0, 1));
};

const tile: Rule = ([x, multiples]) => {
  const times = constant(multiples!, "multiples");
  return like(x!, x!.shape.map((size, i) => size * times[i]!));
};

const gatherFromAll: Rule = ([x, size]) =>
  like(x!, [x!.shape[0]! * constant(size!, "size of a group")[0]!, ...x!.shape.slice(1)]);

const segmentSum: Rule = ([data, ids, segments]) => {
  const count = constant(segments!, "number of segments")[0]!;
  return like(data!, [count, ...data!.shape.slice(ids!.shape.length)]);
};

/** One rule for many operations. */
const each = (names: string, rule: Rule): [string, Rule][] =>
  names.split(" ").map((name) => [name, rule]);

const rules: ReadonlyMap<string, Rule> = new Map([
  ...each("Abs Neg Square Sqrt Rsqrt Exp Expm1 Log Log1p Erf Relu Sign Sin Cos Tanh Sigmoid", same),
  ...each("Floor Ceil Round Reciprocal Identity ZerosLike OnesLike Softmax Softplus", same),
  ...each("LogicalNot StopGradient CollectiveReduceV2 Cumsum AddN", same),
  ...each("IsFinite IsInf IsNan", likeButBool),
  ...each("Add AddV2 Sub Mul Div RealDiv DivNoNan FloorDiv Mod FloorMod Pow", binary),
  ...each("Maximum Minimum SquaredDifference", binary),
  ...each("BitwiseXor BitwiseAnd BitwiseOr LeftShift RightShift", binary),
  ...each("Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr", compare),
  ...each("Sum Mean Prod Max Min All Any", reduce),
  ...each("ArgMax ArgMin", argReduce),
  ...each("Select SelectV2", select),
  ["MatMul", matMul("transpose_a", "transpose_b")],
  ["BatchMatMulV2", matMul("adj_x", "adj_y")],
  ["Reshape", reshape],
  ["ExpandDims", expand],
  ["ConcatV2", concat],
  ["Slice", slice],
  ["CollectiveGatherV2", gatherFromAll],
  ["Pack", pack],
  ["Unpack", unpack],
  ["SplitV", splitSizes],
  ["GatherV2", gather],
  ["PadV2", pad],
  [
    "Transpose",
    ([x, order]) => like(x!, constant(order!, "order of axes").map((from) => x!.shape[from]!)),
  ],
  ["Cast", ([x], attribute) => [{ dataType: attribute.number("DstT"), shape: x!.shape }]],
  ["Fill", ([shape, value]) => like(value!, constant(shape!, "shape to fill"))],
  ["Tile", tile],
  [
    "OneHot",
    ([indices, depth, on]) => like(on!, [...indices!.shape, constant(depth!, "depth")[0]!]),
  ],
  ["UnsortedSegmentSum", segmentSum],
]);

/** Operations whose inputs form one list (all of them, or all but the last). */
export const listInputs: ReadonlyMap<string, "all" | "all but the last"> = new Map([
  ["Pack", "all"],
  ["AddN", "all"],
  ["ConcatV2", "all but the last"],
]);
