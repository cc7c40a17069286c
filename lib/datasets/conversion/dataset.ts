/**
 * The contract of a data set: a record of what it is, which raw files the official site hands out,
 * in which variants it comes, and how it becomes a token store.
 *
 * One file a data set (or a family of them) in the folder above and one line in the registry. Most
 * are made by a function of their family, which asks for no more than names, lists and a plan of
 * the splits.
 *
 * @module
 */

import { checkOfficial, findRaw, type FoundRaw, type RawFile } from "../../raw/mod.ts";
import type { SplitProtocol } from "../../reference/mod.ts";
import type { InputSpec, MetricName, TaskSpec, ValueSchema } from "../../spec/mod.ts";
import type { ColumnOptions, StoreWriter } from "../../store/mod.ts";
import { lookUp } from "../../util/mod.ts";

/** What the samples of a variant look like. */
export interface DatasetShape {
  /** Modalities of a sample, in the order of the store's columns. */
  readonly inputs: readonly InputSpec[];
  /** What the labels are; absent where the data set has none. */
  readonly task?: TaskSpec;
  /** Samples a step where a run names no number. */
  readonly defaults: { readonly batchSize: number };
}

/** A variant of a data set, with all by which it differs from the others. */
export interface Variant {
  /** Name on the command line, unique in the data set. */
  readonly name: string;
  /** What is different, in a line. */
  readonly difference: string;
  /** Left out for own data, whose shape shows only when they are read. */
  readonly shape?: DatasetShape;
}

/** A data set; its variants may carry more than their shapes. */
export interface Dataset<V extends Variant = Variant> {
  /** Name on the command line, such as `pamap2`. */
  readonly id: string;
  /** Name for people, as tables and listings print it. */
  readonly title: string;
  /** Domain of the benchmark, such as `sensors`. */
  readonly domain: string;
  /** What the benchmark uses it for. */
  readonly role: "pretrain" | "transfer" | "both" | "generic";
  /** One sentence on what the samples are. */
  readonly summary: string;
  /** Licence or terms of use, as the official site states them. */
  readonly licence: string;
  /** Address of the official site. */
  readonly homepage: string;
  /** Citation of the data set. */
  readonly citation: string;
  /** Files of the official distribution; empty for packaged data sets and own data. */
  readonly files: readonly RawFile[];
  /** The default first. */
  readonly variants: readonly V[];
  /** Options of own data, with defaults; makes flags, help and validation. */
  readonly options?: ValueSchema;

  /**
   * Converts the raw files: declares the store, appends rows in the order of the files and names
   * the splits in reference order.
   *
   * @throws {MissingError} If a raw file is absent; the message says which file to put where.
   * @throws {DataError} If a raw file is damaged or not in the official layout.
   */
  convert(conversion: Conversion<V>): Promise<void>;
}

/** What a data set says about itself, without the way in which it is converted. */
export type DatasetFacts<V extends Variant> = Omit<Dataset<V>, "convert">;

/** What is asked of a conversion, and who is told about it. */
export interface ConversionOptions {
  /** Folder of the raw files; undefined for packaged data sets. */
  readonly raw: string | undefined;
  /** Upper bound on the samples of each split, for trials. */
  readonly limit: number | undefined;
  /** Options of own data, by camelCase name: `labelPattern` is `--label-pattern`. */
  readonly options: Readonly<Record<string, string | number | boolean>>;
  /** Workers; as many as are useful if left out. */
  readonly workers?: number | undefined;
  /** Reports progress: units done, units in all where known. */
  progress(done: number, total: number | undefined, what: string): void;
  /** Tells the user about something unusual that does not stop the conversion. */
  warn(message: string): void;
  /** Aborted when the user stops the program. */
  readonly signal: AbortSignal;
}

/** What is special about a store. */
export interface DeclareOptions {
  /** Shape of the samples; the variant's own by default. */
  readonly shape?: DatasetShape | undefined;
  /** `windows` where a sample is several consecutive rows; `rows` by default. */
  readonly layout?: "rows" | "windows";
}

/** One conversion of a data set. */
export interface Conversion<V extends Variant = Variant> extends ConversionOptions {
  /** Id of the data set. */
  readonly id: string;
  /** Variant that is converted. */
  readonly variant: V;
  /** Takes the declaration, the rows and the splits. */
  readonly writer: StoreWriter;
  /**
   * Finds a raw file in one of its forms.
   *
   * @throws {MissingError} If there is none; the message says which file to put where.
   */
  locate(file: RawFile): Promise<FoundRaw>;
  /**
   * Compares what was found with the digest of the official file, once.
   *
   * @returns Whether it is known to be the official one.
   * @throws {DataError} If it is damaged.
   */
  check(found: FoundRaw): Promise<boolean>;
  /** Finds a raw file and checks it. */
  find(file: RawFile): Promise<FoundRaw>;
  /**
   * Declares the store.
   *
   * @param columns One an input.
   * @param options The shape, where it is not that of the variant, and the layout, where it is not
   * rows.
   */
  declare(columns: readonly ColumnOptions[], options?: DeclareOptions): void;
  /** Tells the user something, and those who use the store as well. */
  remark(text: string): void;
  /** Remarks that a number is not that of the official data. */
  expect(found: number, official: number | undefined, text: string): void;
}

/** Starts a conversion into a store. */
export function createConversion<V extends Variant>(
  { id }: Pick<Dataset, "id">,
  variant: V,
  options: ConversionOptions,
  writer: StoreWriter,
): Conversion<V> {
  const checked = new Map<string, Promise<boolean>>();
  const locate = (file: RawFile) => findRaw(id, options.raw, file);
  const check = (found: FoundRaw) => {
    const known = checked.get(found.path) ?? checkOfficial(found, options);
    checked.set(found.path, known);
    return known;
  };
  const remark = (text: string) => {
    options.warn(text);
    writer.note(text);
  };
  return {
    ...options,
    id,
    variant,
    writer,
    locate,
    check,
    async find(file) {
      const found = await locate(file);
      await check(found);
      return found;
    },
    declare: (columns, { shape = shapeOf(id, variant), layout = "rows" } = {}) =>
      writer.declare({ ...shape, layout, columns }),
    remark,
    expect(found, official, text) {
      if (found !== official) remark(text);
    },
  };
}

/** Shape of a variant that has one. */
function shapeOf(id: string, { name, shape }: Variant): DatasetShape {
  if (shape !== undefined) return shape;
  throw new TypeError(`The shape of "${id}", variant "${name}", is known from the data alone`);
}

/**
 * A variant by its name; the default without one.
 *
 * @throws {UsageError} If there is none; the message lists those that there are.
 */
export function variantOf<V extends Variant>(
  { id, variants }: Pick<Dataset<V>, "id" | "variants">,
  name: string = variants[0]!.name,
): V {
  const byName = new Map(variants.map((variant) => [variant.name, variant]));
  return lookUp(`variant of "${id}"`, name, byName);
}

/** A task of one class a sample; the classes are numbered, or named in the order of the labels. */
export function singleLabel(
  classes: number | readonly string[],
  metric: MetricName = "accuracy",
): TaskSpec {
  if (typeof classes === "number") return { kind: "single-label", classes, metric };
  return { kind: "single-label", classes: classes.length, metric, classNames: [...classes] };
}

/** A variant by the way in which a part is cut 90/10. */
export interface CutVariant extends Variant {
  readonly protocol: SplitProtocol;
}

/** A data set whose variants differ so. */
export type CutDataset = Dataset<CutVariant>;

/** The variants of both references where they differ by the rounding of a cut alone. */
export function cutVariants(
  shape: DatasetShape,
  differences: Readonly<Record<SplitProtocol, string>>,
): readonly CutVariant[] {
  const protocols: readonly SplitProtocol[] = ["metamae", "dabs"];
  return protocols.map((protocol) => ({
    name: protocol,
    difference: differences[protocol],
    shape,
    protocol,
  }));
}
