/**
 * What schemas say to the types: the values that they accept, whatever library they are made with.
 *
 * @module
 */

/** The type of the values that a schema gives; the schemas of zod fit. */
export type ValueOf<Schema extends { readonly _zod: { readonly output: unknown } }> =
  Schema["_zod"]["output"];

/** What is wrong with a part of a value. */
export interface SchemaIssue {
  /** Kind of the problem, such as `unrecognized_keys`. */
  readonly code?: string | undefined;
  /** Keys and indices that lead to the part; empty for the value itself. */
  readonly path: readonly PropertyKey[];
  /** What is wrong, and what was wanted. */
  readonly message: string;
}

/** What checks values and fills in defaults; the schemas of zod fit. */
export interface ValueSchema<Value = unknown> {
  /**
   * Checks a value and fills in defaults.
   *
   * @throws {Error} If the value does not fit.
   */
  parse(value: unknown): Value;
  /** The same, with the problems in the result instead of an error. */
  safeParse(value: unknown):
    | { readonly success: true; readonly data: Value }
    | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } };
  /** JSON Schema of the values as they are given, or as they are once defaults are filled in. */
  toJSONSchema(options?: { readonly io?: "input" | "output" }): {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
  };
}
