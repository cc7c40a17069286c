/**
 * Turns stored elements into model input: layout (N, ...sample shape), normalised float32, or int32
 * ids.
 *
 * @module
 */

import { type InputSpec, sampleShape } from "../spec/mod.ts";
import { elementCount, float32, int32, type NdArray, type TypedArrays } from "../util/mod.ts";
import { channelCount } from "./row_checks.ts";
import type { StoreColumn, StoreManifest } from "../documents/mod.ts";

/** Makes model input of the stored elements of a number of samples. */
export type ToModelLayout = (
  elements: TypedArrays[StoreColumn["dtype"]],
  samples: number,
) => NdArray<"float32" | "int32">;

/**
 * Prepares the conversion of one column.
 *
 * Every step of the normalisation is rounded to float32 and its constants are float32, as
 * frameworks that compute in single precision do.
 */
export function modelLayout(
  input: InputSpec,
  column: StoreColumn,
  layout: StoreManifest["layout"],
): ToModelLayout {
  const shape = sampleShape(input);
  if (input.kind === "tokens") {
    return (elements, samples) => int32([samples, ...shape], Int32Array.from(elements));
  }
  const size = elementCount(shape);
  const channels = channelCount(input);
  const plane = size / channels;
  // In the windows layout a sample lies (length, channels) on disk.
  const stride = layout === "windows" ? channels : 1;
  const channelStep = layout === "windows" ? 1 : plane;
  const write = normaliser(column);
  return (elements, samples) => {
    const out = new Float32Array(samples * size);
    for (let sample = 0; sample < samples; sample++) {
      for (let channel = 0; channel < channels; channel++) {
        const to = sample * size + channel * plane;
        write(elements, sample * size + channel * channelStep, stride, out, to, plane, channel);
      }
    }
    return float32([samples, ...shape], out);
  };
}

/** Normalises `count` elements of one channel, `stride` apart, into consecutive ones. */
type WriteChannel = (
  elements: TypedArrays[StoreColumn["dtype"]],
  from: number,
  stride: number,
  out: Float32Array,
  to: number,
  count: number,
  channel: number,
) => void;

function normaliser(column: StoreColumn): WriteChannel {
  const { scale, divisor, mean, deviation } = column;
  if (scale === undefined && divisor === undefined && !mean && !deviation) {
    return (elements, from, stride, out, to, count) => {
      for (let i = 0; i < count; i++) out[to + i] = elements[from + i * stride]!;
    };
  }
  const normalise = valueNormaliser(column);
  if (column.dtype === "uint8") {
    // 256 possible values: computed once a channel.
    const tables = Array.from(
      { length: Math.max(mean?.length ?? 1, deviation?.length ?? 1) },
      (_, channel) => Float32Array.from({ length: 256 }, (_, value) => normalise(value, channel)),
    );
    return (elements, from, stride, out, to, count, channel) => {
      const table = tables[channel] ?? tables[0]!;
      for (let i = 0; i < count; i++) out[to + i] = table[elements[from + i * stride]!]!;
    };
  }
  return (elements, from, stride, out, to, count, channel) => {
    for (let i = 0; i < count; i++) {
      out[to + i] = normalise(elements[from + i * stride]!, channel);
    }
  };
}

/**
 * Doubles hold products and quotients of float32 numbers so exactly that rounding them is right.
 */
function valueNormaliser(column: StoreColumn): (value: number, channel: number) => number {
  const round = Math.fround;
  const scale = round(column.scale ?? 1);
  const divisor = round(column.divisor ?? 1);
  const means = Float32Array.from(column.mean ?? [0]);
  const deviations = Float32Array.from(column.deviation ?? [1]);
  return (value, channel) => {
    const scaled = round(round(round(value) * scale) / divisor);
    const mean = means.length === 1 ? means[0]! : means[channel]!;
    const deviation = deviations.length === 1 ? deviations[0]! : deviations[channel]!;
    return round(round(scaled - mean) / deviation);
  };
}
