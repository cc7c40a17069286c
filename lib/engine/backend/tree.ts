/**
 * Typed trees: nested records and arrays with tensors, or with arrays of the host, as their leaves.
 *
 * What a function takes and gives (draws, parameters, state, results) is one tree of a type of its
 * own, so that a name that does not exist is an error of the compiler. Only where the engine wants
 * a list, the leaves stand in a row, in the order of the properties.
 *
 * @module
 */

import type { NdArray } from "../../util/mod.ts";
import type { Tensor } from "./tf.ts";

/** A tensor, or a record or an array of trees; what is `undefined` is not there. */
export type TensorTree =
  | Tensor
  | readonly TensorTree[]
  | { readonly [name: string]: TensorTree | undefined };

/** An array of the host as it goes to the engine and comes back: float32, or int32 for ids. */
export type HostArray = NdArray<"float32" | "int32">;

/** The same as {@linkcode TensorTree}, on the host. */
export type HostArrays =
  | HostArray
  | readonly HostArrays[]
  | { readonly [name: string]: HostArrays | undefined };

/** A tree of tensors as it stands on the host. */
export type HostTree<T> = [TensorTree] extends [T] ? HostArrays
  : T extends Tensor ? HostArray
  : { readonly [K in keyof T]: HostTree<T[K]> };

/** A tree of the host as it stands on the engine. */
export type DeviceTree<H> = [HostArrays] extends [H] ? TensorTree
  : H extends HostArray ? Tensor
  : { readonly [K in keyof H]: DeviceTree<H[K]> };

/**
 * A state dict: the parameters of a model, a gradient or running statistics, in order, by their
 * names in the published checkpoints, such as `encoder.0.attn.qkv.weight`.
 */
export type StateDict = Readonly<Record<string, Tensor>>;

/** What trees of both kinds have as leaves. */
type Leaf = Tensor | HostArray;

/** A tree as its walkers see it. */
type AnyTree = Leaf | readonly AnyTree[] | { readonly [name: string]: AnyTree | undefined };

/** The leaves of a tree with their paths, such as `masks.0.keep`. */
export function entriesOf(tree: TensorTree): [path: string, leaf: Tensor][];
export function entriesOf(tree: HostArrays): [path: string, leaf: HostArray][];
export function entriesOf(tree: AnyTree): [path: string, leaf: Leaf][] {
  const entries: [string, Leaf][] = [];
  convertTree(tree, (leaf, path) => {
    entries.push([path, leaf]);
    return leaf;
  });
  return entries;
}

/** The leaves of a tree in the order of {@linkcode entriesOf}. */
export function leavesOf(tree: TensorTree): Tensor[] {
  return entriesOf(tree).map(([, leaf]) => leaf);
}

/** The same tree with another leaf in the place of each. */
export function mapTree<T extends TensorTree>(tree: T, change: (leaf: Tensor) => Tensor): T {
  return convertTree(tree, (leaf) => change(leaf as Tensor)) as T;
}

/** A tree with other leaves, given in the order of {@linkcode leavesOf}. */
export function withLeaves<T extends TensorTree>(tree: T, leaves: readonly Tensor[]): T {
  let next = 0;
  return mapTree(tree, () => leaves[next++]!);
}

/** A tree of the host or the engine, made from one of the other. */
export function convertTree(
  tree: AnyTree,
  convert: (leaf: Leaf, path: string) => Leaf,
  path = "",
): AnyTree {
  if (isLeaf(tree)) return convert(tree, path);
  const below = (name: string | number) => path === "" ? String(name) : `${path}.${name}`;
  if (Array.isArray(tree)) return tree.map((part, i) => convertTree(part, convert, below(i)));
  const out: Record<string, AnyTree> = {};
  for (const [name, part] of Object.entries(tree)) {
    if (part !== undefined) out[name] = convertTree(part as AnyTree, convert, below(name));
  }
  return out;
}

function isLeaf(tree: AnyTree): tree is Leaf {
  return "dtype" in tree && "shape" in tree;
}
