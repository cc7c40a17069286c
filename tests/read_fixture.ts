/**
 * Reads a recorded case of `tests/fixtures`: numbers of the published implementations.
 *
 * The reader is independent of `lib/formats`, so that a mistake there cannot hide itself.
 *
 * @module
 */

const decoders: Readonly<Record<string, (bytes: ArrayBuffer) => ArrayLike<number>>> = {
  F64: (bytes) => new Float64Array(bytes),
  F32: (bytes) => new Float32Array(bytes),
  I64: (bytes) => Array.from(new BigInt64Array(bytes), Number),
  I32: (bytes) => new Int32Array(bytes),
  U16: (bytes) => new Uint16Array(bytes),
  U8: (bytes) => new Uint8Array(bytes),
};

/** One recorded tensor. */
export interface FixtureTensor {
  readonly shape: readonly number[];
  readonly values: number[];
}

/** A recorded case. */
export interface Fixture {
  /** The JSON file of the case. */
  // deno-lint-ignore no-explicit-any -- every case has its own fields
  readonly json: any;
  /** A tensor of the case by name. */
  tensor(name: string): FixtureTensor;
}

/**
 * Reads `<name>.json` and `<name>.safetensors` below `tests/fixtures`.
 *
 * Needs permission to read that folder.
 */

export function readFixture(name: string): Fixture {
  const base = new URL(`fixtures/${name}`, import.meta.url);
  const json = JSON.parse(Deno.readTextFileSync(new URL(`${base}.json`)));
  const bytes = Deno.readFileSync(new URL(`${base}.safetensors`));
  const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  return {
    json,
    tensor(tensorName) {
      const entry = header[tensorName];
      if (entry === undefined) throw new RangeError(`No tensor "${tensorName}" in "${name}"`);
      const [start, end] = entry.data_offsets;
      const data = bytes.slice(8 + headerLength + start, 8 + headerLength + end);
      return { shape: entry.shape, values: Array.from(decoders[entry.dtype]!(data.buffer)) };
    },
  };
}
