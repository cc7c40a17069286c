import { assert, assertEquals } from "../assert.ts";
import { sequentialBatches } from "../../lib/store/batches.ts";
import { rowWidth } from "../../lib/store/row_checks.ts";
import { batchAt } from "../../lib/store/sampler.ts";
import type { StoreDtype } from "../../lib/documents/store_manifest.ts";
import type { RowElements, StoreDeclaration } from "../../lib/store/store_writer.ts";
import type { InputSpec } from "../../lib/spec/input.ts";
import { typedArrays } from "../../lib/util/ndarray.ts";
import { drawKey, integer } from "../../lib/util/random.ts";
import { makeStore } from "./sample_stores.ts";

/** Draws of one trial: each call gives the next number in 0..bound-1. */
function dice(trial: number): (bound: number) => number {
  const key = drawKey(trial, "round trip");
  let position = 0;
  return (bound) => integer(key, position++, bound);
}

const dtypes: readonly StoreDtype[] = ["uint8", "uint16", "int16", "int32", "float32"];

function randomInput(roll: (bound: number) => number): InputSpec {
  const small = () => 1 + roll(4);
  switch (roll(4)) {
    case 0:
      return { kind: "tokens", vocabulary: 100, length: small() };
    case 1:
      return { kind: "tabular", features: small() };
    case 2:
      return { kind: "series", channels: small(), length: 2 * small(), patch: 2 };
    default:
      return { kind: "image", channels: small(), height: 2 * small(), width: 2, patch: 2 };
  }
}

function randomDeclaration(roll: (bound: number) => number): StoreDeclaration {
  const windows = roll(3) === 0;
  const inputs: InputSpec[] = windows
    ? [{ kind: "series", channels: 1 + roll(3), length: 2 + 2 * roll(3), patch: 2 }]
    : Array.from({ length: 1 + roll(3) }, () => randomInput(roll));
  return {
    inputs,
    task: { kind: "single-label", classes: 7, metric: "accuracy" },
    layout: windows ? "windows" : "rows",
    columns: inputs.map(({ kind }) => ({ dtype: dtypes[roll(kind === "tokens" ? 4 : 5)]! })),
    defaults: { batchSize: 4 },
  };
}

/** Element `i` of row `row`: small enough for every element type and every vocabulary. */
function element(row: number, i: number): number {
  return (13 * row + 5 * i) % 97;
}

/** What sample `id` should look like, computed without any code of the store. */
function expectedSample(
  input: InputSpec,
  layout: StoreDeclaration["layout"],
  id: number,
): number[] {
  if (layout === "windows") {
    assert(input.kind === "series");
    return Array.from(
      { length: input.channels * input.length },
      (_, k) => element(id + k % input.length, Math.floor(k / input.length)),
    );
  }
  return Array.from({ length: rowWidth(input, layout) }, (_, i) => element(id, i));
}

Deno.test("a store gives back what was written, for random shapes, types, shards and ids", async () => {
  for (let trial = 0; trial < 40; trial++) {
    const roll = dice(trial);
    const declaration = randomDeclaration(roll);
    const { inputs, columns, layout } = declaration;
    const rows = 20 + roll(60);
    const [input] = inputs;
    const length = layout === "windows" && input?.kind === "series" ? input.length : 1;
    const ids = Array.from({ length: 4 + roll(30) }, () => roll(rows - length + 1));
    const options = { shardBytes: 16 + roll(400), cacheBytes: trial % 2 === 0 ? 0 : 2 ** 20 };
    await using store = await makeStore(async (writer) => {
      writer.declare(declaration);
      for (let row = 0; row < rows; row++) {
        const elements = inputs.map((input, k): RowElements =>
          typedArrays[columns[k]!.dtype].from(
            Array.from({ length: rowWidth(input, layout) }, (_, i) => element(row, i)),
          )
        );
        await writer.append(elements, row % 7);
      }
      writer.list("train", ids);
    }, options);
    const train = await store.split("train");
    const seen: number[] = [];
    for await (const { batch, count } of sequentialBatches(train, { batchSize: 1 + roll(6) })) {
      for (let i = 0; i < count; i++) {
        const id = batch.ids[i]!;
        seen.push(id);
        assertEquals(batch.labels!.data[i], id % 7);
        inputs.forEach((input, k) => {
          const { data, dtype } = batch.inputs[k]!;
          const size = data.length / batch.ids.length;
          assertEquals(dtype, input.kind === "tokens" ? "int32" : "float32");
          assertEquals(
            [...data.subarray(i * size, (i + 1) * size)],
            expectedSample(input, layout, id),
          );
        });
      }
    }
    assertEquals(seen, ids, `trial ${trial}`);
    const shuffled = [...batchAt(train, { seed: trial, step: 0, batchSize: ids.length })];
    assertEquals(shuffled.sort((a, b) => a - b), ids.toSorted((a, b) => a - b));
  }
});
