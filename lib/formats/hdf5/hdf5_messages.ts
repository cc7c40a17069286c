/**
 * The messages of HDF5's object headers: shape, element type, layout and attributes of a data set.
 *
 * Source: "HDF5 File Format Specification", version 3.0, section IV.A.
 *
 * @module
 */

import { elementCount } from "../../util/mod.ts";
import { type Hdf5Context, type Hdf5Fields, hdf5Fields } from "./hdf5_fields.ts";

/** Element type of a data set. */
export interface Hdf5Type {
  readonly kind: "integer" | "float" | "text" | "reference" | "other";
  /** Bytes of an element. */
  readonly bytes: number;
  readonly signed: boolean;
  readonly bigEndian: boolean;
}

/** Where the elements of a data set are. */
export type Hdf5Layout =
  | { readonly kind: "compact"; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly kind: "contiguous"; readonly address: number | undefined }
  | {
    readonly kind: "chunked";
    /** Root of the tree of chunks. */
    readonly address: number | undefined;
    /** Shape of a chunk. */
    readonly chunk: readonly number[];
  };

/** A small value that belongs to an object. */
export interface Hdf5Attribute {
  readonly name: string;
  readonly type: Hdf5Type;
  readonly count: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Numbers of the messages that are read. */
export const hdf5Message = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  link: 0x06,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
} as const;

/** Shape of a data set; a single value has none of the axes. */
export function readDataspace(fields: Hdf5Fields): readonly number[] {
  const version = fields.integer(1);
  const rank = fields.integer(1);
  fields.skip(1);
  if (version === 1) fields.skip(5);
  else if (version === 2) fields.skip(1);
  else throw fields.error(`a shape has the version ${version}`);
  return Array.from({ length: rank }, () => fields.length());
}

/** Element type; only its class, width and byte order are looked at. */
export function readDatatype(fields: Hdf5Fields): Hdf5Type {
  const kinds = { 0: "integer", 1: "float", 3: "text", 7: "reference" } as const;
  const type = fields.integer(1) & 15;
  const bits = fields.integer(3);
  return {
    kind: kinds[type as keyof typeof kinds] ?? "other",
    bytes: fields.integer(4),
    signed: (bits & 8) !== 0,
    bigEndian: (bits & 1) !== 0,
  };
}

/** Where the elements are. */
export function readLayout(fields: Hdf5Fields): Hdf5Layout {
  const version = fields.integer(1);
  if (version < 1 || version > 4) throw fields.error(`a layout has the version ${version}`);
  if (version < 3) return readOldLayout(fields);
  const kind = fields.integer(1);
  if (kind === 0) return { kind: "compact", data: fields.bytes(fields.integer(2)) };
  if (kind === 1) return { kind: "contiguous", address: fields.address() };
  if (kind !== 2 || version === 4) {
    throw fields.error("it has chunks of a newer kind, wanted those of MATLAB (HDF5 1.8)");
  }
  const rank = fields.integer(1) - 1;
  const address = fields.address();
  return { kind: "chunked", address, chunk: Array.from({ length: rank }, () => fields.integer(4)) };
}

function readOldLayout(fields: Hdf5Fields): Hdf5Layout {
  const rank = fields.integer(1);
  const kind = fields.integer(1);
  fields.skip(5);
  const address = kind === 0 ? undefined : fields.address();
  const sizes = Array.from({ length: rank }, () => fields.integer(4));
  if (kind === 0) return { kind: "compact", data: fields.bytes(fields.integer(4)) };
  if (kind === 1) return { kind: "contiguous", address };
  return { kind: "chunked", address, chunk: sizes.slice(0, -1) };
}

/** Numbers of the filters that chunks have passed, in order. */
export function readFilters(fields: Hdf5Fields): readonly number[] {
  const version = fields.integer(1);
  const count = fields.integer(1);
  if (version === 1) fields.skip(6);
  else if (version !== 2) throw fields.error(`a list of filters has the version ${version}`);
  return Array.from({ length: count }, () => {
    const filter = fields.integer(2);
    const nameBytes = version === 1 || filter >= 256 ? fields.integer(2) : 0;
    fields.skip(2);
    const values = fields.integer(2);
    fields.skip(version === 1 ? Math.ceil(nameBytes / 8) * 8 : nameBytes);
    fields.skip(4 * values + (version === 1 && values % 2 === 1 ? 4 : 0));
    return filter;
  });
}

/** An attribute with its raw value. */
export function readAttribute(fields: Hdf5Fields, context: Hdf5Context): Hdf5Attribute {
  const version = fields.integer(1);
  if (version < 1 || version > 3) throw fields.error(`an attribute has the version ${version}`);
  const flags = fields.integer(1);
  if (version > 1 && flags !== 0) throw fields.error("an attribute has a shared type");
  const sizes = [fields.integer(2), fields.integer(2), fields.integer(2)];
  if (version === 3) fields.skip(1);
  const [name, type, space] = sizes.map((size) =>
    fields.bytes(version === 1 ? Math.ceil(size / 8) * 8 : size)
  );
  const parsed = readDatatype(hdf5Fields(type!, context));
  const count = elementCount(readDataspace(hdf5Fields(space!, context)));
  return {
    name: hdf5Text(name!),
    type: parsed,
    count,
    data: fields.bytes(count * parsed.bytes),
  };
}

/** Text up to the first zero. */
export function hdf5Text(bytes: Uint8Array<ArrayBuffer>): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
