import { frameColumn, pandasGlobals } from "../../../lib/formats/pickle/pandas_frame.ts";
import { readPickle } from "../../../lib/formats/pickle/pickle.ts";
import { memorySource, readAll } from "../../../lib/formats/bytes/byte_source.ts";
import { readZip } from "../../../lib/formats/archive/zip.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const fixtures = new URL("../../fixtures/raw/", import.meta.url);
const read = (bytes: Uint8Array) => readPickle(bytes, { name: "a.pkl", globals: pandasGlobals });

/** The frame of `make_wafer_map.py` as pandas 1.5 wrote it, and as versions before 1.3 did. */
async function frames(): Promise<readonly unknown[]> {
  const zip = await Deno.readFile(new URL("wafer-map/MIR-WM811K.zip", fixtures));
  const entries = await readZip(memorySource("a.zip", zip));
  const old = entries.find(({ name }) => name.endsWith(".pkl"))!;
  return [
    await readAll(old.chunks(), { name: "old", limit: 1 << 20 }),
    await Deno.readFile(new URL("wafers/protocol_2.pkl", fixtures)),
    await Deno.readFile(new URL("wafers/protocol_5.pkl", fixtures)),
  ].map(read);
}

Deno.test("frameColumn() gives columns of objects and numbers, of old and new pandas", async () => {
  for (const frame of await frames()) {
    const column = (name: string) => {
      const { length, at } = frameColumn(frame, name, "a.pkl");
      return Array.from({ length }, (_, row) => at(row));
    };
    assertEquals(column("failureType").slice(0, 5), ["none", "Random", 0, 0, "Center"]);
    assertEquals(column("lotName").slice(23, 27), ["lot1", "lot1", "lot2", "lot2"]);
    assertEquals(column("waferIndex").slice(23, 27), [24, 25, 1, 2]);
    const sizes = column("dieSize");
    const maps = column("waferMap") as { shape: number[] }[];
    assertEquals(maps.map(({ shape: [rows, columns] }) => rows! * columns!), sizes);
  }
});

Deno.test("frameColumn() says what is not there", async () => {
  const [frame] = await frames();
  assertThrows(
    () => frameColumn(frame, "colour", "a.pkl"),
    DataError,
    'Cannot read "a.pkl": it has no column "colour", but "dieSize", "failureType"',
  );
  for (const other of [[1, 2], new Map(), null, 5]) {
    assertThrows(
      () => frameColumn(other, "colour", "a.pkl"),
      DataError,
      'Cannot read "a.pkl": it holds no data frame of pandas',
    );
  }
});
