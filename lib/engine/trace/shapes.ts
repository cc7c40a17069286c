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

const same: Rule = ([x]) => [x!];
const likeButBool: Rule = ([x]) => [{ dataType: dataTypes.bool, shape: x!.shape }];
const binary: Rule = ([a, b]) => [{ dataType: a!.dataType, shape: broadcast(a!.shape, b!.shape) }];
const compare: Rule = ([a, b]) => [{
  dataType: dataTypes.bool,
  shape: broadcast(a!.shape, b!.shape),
}];
const select: Rule = ([condition, a, b]) => [{
  dataType: a!.dataType,
  shape: broadcast(condition!.shape, broadcast(a!.shape, b!.shape)),
}];

const reduce: Rule = ([x, axes], attribute) => {
  const rank = x!.shape.length;
  const reduced = new Set(constant(axes!, "reduction axis").map((index) => axis(index, rank)));
  const keep = attribute.flag("keep_dims");
  const shape = x!.shape.flatMap((size, i) => reduced.has(i) ? (keep ? [1] : []) : [size]);
  return [{ dataType: x!.dataType, shape }];
};

const argReduce: Rule = ([x, dimension], attribute) => {
  const reduced = axis(constant(dimension!, "reduction axis")[0]!, x!.shape.length);
  return [{
    dataType: attribute.number("output_type", dataTypes.int64),
    shape: x!.shape.filter((_, i) => i !== reduced),
  }];
};

const matMul = (left: string, right: string): Rule => ([a, b], attribute) => {
  const rows = a!.shape.at(attribute.flag(left) ? -1 : -2)!;
  const columns = b!.shape.at(attribute.flag(right) ? -2 : -1)!;
  const batch = broadcast(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
  return [{ dataType: a!.dataType, shape: [...batch, rows, columns] }];
};

const reshape: Rule = ([x, target]) => {
  const wanted = constant(target!, "target shape");
  const count = x!.shape.reduce((p, size) => p * size, 1);
  const known = wanted.reduce((p, size) => size === -1 ? p : p * size, 1);
  return [{
    dataType: x!.dataType,
    shape: wanted.map((size) => size === -1 ? count / known : size),
  }];
};

const concat: Rule = (inputs) => {
  const parts = inputs.slice(0, -1);
  const [first] = parts;
  const joined = axis(constant(inputs.at(-1)!, "concatenation axis")[0]!, first!.shape.length);
  const total = parts.reduce((sum, part) => sum + part.shape[joined]!, 0);
  return [{
    dataType: first!.dataType,
    shape: first!.shape.map((size, i) => i === joined ? total : size),
  }];
};

const slice: Rule = ([x, begin, size]) => {
  const from = constant(begin!, "start of a slice");
  const wanted = constant(size!, "size of a slice");
  return [{
    dataType: x!.dataType,
    shape: wanted.map((n, i) => n === -1 ? x!.shape[i]! - from[i]! : n),
  }];
};

const pack: Rule = (inputs, attribute) => {
  const shape = [...inputs[0]!.shape];
  shape.splice(axis(attribute.number("axis", 0), shape.length + 1), 0, inputs.length);
  return [{ dataType: inputs[0]!.dataType, shape }];
};

const unpack: Rule = ([x], attribute) => {
  const split = axis(attribute.number("axis", 0), x!.shape.length);
  const shape = x!.shape.filter((_, i) => i !== split);
  return Array.from({ length: x!.shape[split]! }, () => ({ dataType: x!.dataType, shape }));
};

const splitSizes: Rule = ([x, sizes, along]) => {
  const at = axis(constant(along!, "split axis")[0]!, x!.shape.length);
  return constant(sizes!, "sizes of a split").map((part) => ({
    dataType: x!.dataType,
    shape: x!.shape.map((size, i) => i === at ? part : size),
  }));
};

const gather: Rule = ([x, indices, along], attribute) => {
  const at = axis(constant(along!, "gather axis")[0]!, x!.shape.length);
  const batch = attribute.number("batch_dims", 0);
  return [{
    dataType: x!.dataType,
    shape: [...x!.shape.slice(0, at), ...indices!.shape.slice(batch), ...x!.shape.slice(at + 1)],
  }];
};

const pad: Rule = ([x, paddings]) => {
  const amounts = constant(paddings!, "padding");
  return [{
    dataType: x!.dataType,
    shape: x!.shape.map((size, i) => size + amounts[2 * i]! + amounts[2 * i + 1]!),
  }];
};

const expand: Rule = ([x, dimension]) => {
  const shape = [...x!.shape];
  shape.splice(axis(constant(dimension!, "new axis")[0]!, shape.length + 1), 0, 1);
  return [{ dataType: x!.dataType, shape }];
};

const rules: ReadonlyMap<string, Rule> = new Map([
  ...([
    ..."Abs Neg Square Sqrt Rsqrt Exp Expm1 Log Log1p Erf Relu Sign Sin Cos Tanh Sigmoid".split(
      " ",
    ),
    ..."Floor Ceil Round Reciprocal Identity ZerosLike OnesLike Softmax Softplus".split(" "),
    ..."LogicalNot StopGradient CollectiveReduceV2 Cumsum".split(" "),
  ].map((name): [string, Rule] => [name, same])),
  ..."IsFinite IsInf IsNan".split(" ").map((name): [string, Rule] => [name, likeButBool]),
  ...([
    ..."Add AddV2 Sub Mul Div RealDiv DivNoNan FloorDiv Mod FloorMod Pow".split(" "),
    ..."Maximum Minimum SquaredDifference".split(" "),
    ..."BitwiseXor BitwiseAnd BitwiseOr LeftShift RightShift".split(" "),
  ].map((name): [string, Rule] => [name, binary])),
  ..."Equal NotEqual Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr"
    .split(" ").map((name): [string, Rule] => [name, compare]),
  ..."Sum Mean Prod Max Min All Any".split(" ").map((name): [string, Rule] => [name, reduce]),
  ["ArgMax", argReduce],
  ["ArgMin", argReduce],
  ["Select", select],
  ["SelectV2", select],
  ["MatMul", matMul("transpose_a", "transpose_b")],
  ["BatchMatMulV2", matMul("adj_x", "adj_y")],
  ["Reshape", reshape],
  ["ExpandDims", expand],
  ["ConcatV2", concat],
  ["Slice", slice],
  ["CollectiveGatherV2", ([x, size]) => [{
    dataType: x!.dataType,
    shape: [x!.shape[0]! * constant(size!, "size of a group")[0]!, ...x!.shape.slice(1)],
  }]],
  ["Pack", pack],
  ["Unpack", unpack],
  ["SplitV", splitSizes],
  ["GatherV2", gather],
  ["PadV2", pad],
  ["Transpose", ([x, order]) => [{
    dataType: x!.dataType,
    shape: constant(order!, "order of axes").map((from) => x!.shape[from]!),
  }]],
  ["Cast", ([x], attribute) => [{ dataType: attribute.number("DstT"), shape: x!.shape }]],
  ["Fill", ([shape, value]) => [{
    dataType: value!.dataType,
    shape: constant(shape!, "shape to fill"),
  }]],
  ["Tile", ([x, multiples]) => {
    const times = constant(multiples!, "multiples");
    return [{ dataType: x!.dataType, shape: x!.shape.map((size, i) => size * times[i]!) }];
  }],
  ["OneHot", ([indices, depth, on]) => [{
    dataType: on!.dataType,
    shape: [...indices!.shape, constant(depth!, "depth")[0]!],
  }]],
  ["AddN", ([first]) => [first!]],
  ["UnsortedSegmentSum", ([data, ids, segments]) => [{
    dataType: data!.dataType,
    shape: [
      constant(segments!, "number of segments")[0]!,
      ...data!.shape.slice(ids!.shape.length),
    ],
  }]],
]);

/** Operations whose inputs form one list (all of them, or all but the last). */
export const listInputs: ReadonlyMap<string, "all" | "all but the last"> = new Map([
  ["Pack", "all"],
  ["AddN", "all"],
  ["ConcatV2", "all but the last"],
]);
