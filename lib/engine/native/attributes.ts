/**
 * Attributes of operations, for both of the C API's builders.
 *
 * @module
 */

import type { CApi } from "./c_api.ts";
import { cString } from "./library.ts";

/** Kinds of attributes, numbered as TF.js's kernel layer numbers them. */
export const attributeKinds = {
  string: 0,
  int: 1,
  float: 2,
  bool: 3,
  type: 4,
  shape: 5,
  resource: 6,
} as const;

/** One attribute as TF.js's kernel layer gives it. */
export interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** Sets attributes of an eager operation (`TFE_Op`) or of a graph operation under construction. */
export function setAttributes(
  c: CApi,
  target: "eager" | "graph",
  operation: Deno.PointerValue,
  attributes: readonly OpAttribute[],
  status: Deno.PointerValue,
): void {
  const eager = target === "eager";
  for (const { name, type, value } of attributes) {
    const key = cString(name);
    switch (type) {
      case attributeKinds.string: {
        const bytes = new TextEncoder().encode(String(value));
        const set = eager ? c.TFE_OpSetAttrString : c.TF_SetAttrString;
        set(operation, key, bytes, BigInt(bytes.length));
        break;
      }
      case attributeKinds.int:
        if (Array.isArray(value)) {
          const list = BigInt64Array.from(value, BigInt);
          (eager ? c.TFE_OpSetAttrIntList : c.TF_SetAttrIntList)(operation, key, list, list.length);
        } else {
          (eager ? c.TFE_OpSetAttrInt : c.TF_SetAttrInt)(operation, key, BigInt(Number(value)));
        }
        break;
      case attributeKinds.float:
        (eager ? c.TFE_OpSetAttrFloat : c.TF_SetAttrFloat)(operation, key, Number(value));
        break;
      case attributeKinds.bool:
        (eager ? c.TFE_OpSetAttrBool : c.TF_SetAttrBool)(operation, key, value ? 1 : 0);
        break;
      case attributeKinds.type:
        (eager ? c.TFE_OpSetAttrType : c.TF_SetAttrType)(operation, key, Number(value));
        break;
      case attributeKinds.shape: {
        const sizes = BigInt64Array.from(value as readonly number[], BigInt);
        if (eager) c.TFE_OpSetAttrShape(operation, key, sizes, sizes.length, status);
        else c.TF_SetAttrShape(operation, key, sizes, sizes.length);
        break;
      }
      default:
        throw new TypeError(
          `Cannot set attribute "${name}": kind ${type} is none of the known ones`,
        );
    }
  }
}
