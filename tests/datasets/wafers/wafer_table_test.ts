import { findRaw } from "../../../lib/raw/raw_files.ts";
import { openWaferTable, type WaferMap } from "../../../lib/datasets/wafer_map.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { rawFolder, withUnpacked } from "../expected_images.ts";

const archive = `${rawFolder("wafer-map")}/MIR-WM811K.zip`;

/** All maps and failure types of a file, and what was told on the way. */
async function readTable(path: string) {
  const steps: string[] = [];
  const found = await findRaw("wafer-map", path, { path: path.split("/").at(-1)! });
  const table = await openWaferTable(found, (what) => void steps.push(what));
  const maps: WaferMap[] = [];
  await table.eachMap(async (map, wafer) => {
    assertEquals(wafer, maps.length);
    // Whoever takes a map may take its time.
    await Promise.resolve();
    maps.push(map);
  });
  return { failures: table.failures, maps, steps };
}

Deno.test("openWaferTable() gives the same wafers from all forms, in order", async () => {
  await withUnpacked(archive, async (folder) => {
    const zip = await readTable(archive);
    const matlab = await readTable(`${folder}/MIR-WM811K/MATLAB/WM811K.mat`);
    const pickle = await readTable(`${folder}/MIR-WM811K/Python/WM811K.pkl`);
    assertEquals(zip.maps.length, 44);
    assertEquals(zip.failures.slice(0, 4), ["none", "Random", undefined, undefined]);
    assertEquals(matlab.failures, zip.failures);
    assertEquals(matlab.maps, zip.maps);
    assertEquals(pickle.failures, zip.failures);
    assertEquals(pickle.maps, zip.maps);
    assertEquals(zip.steps, ["pickle, first pass", "pickle, second pass"]);
  });
});

Deno.test("openWaferTable() gives maps whose rows and columns are not mixed up", async () => {
  const { maps } = await readTable(archive);
  for (const { rows, columns, values } of maps) {
    assertEquals(values.length, rows * columns);
    // The fixture has a gap in the upper left corner, and dies in the middle.
    const corner = (row: number, column: number) => values[row * columns + column]!;
    for (let row = 0; row < Math.floor(rows / 4); row++) {
      for (let column = 0; column < Math.floor(columns / 3); column++) {
        assertEquals(corner(row, column), 0);
      }
    }
    assert(corner(rows >> 1, columns >> 1) > 0);
    assert(corner(2, columns >> 1) > 0 || corner(3, columns >> 1) > 0);
  }
  assert(maps.some(({ rows, columns }) => rows !== columns));
});

Deno.test("openWaferTable() passes on what the receiver of maps throws", async () => {
  const found = await findRaw("wafer-map", archive, { path: "MIR-WM811K.zip" });
  const table = await openWaferTable(found, () => {});
  const stop = new DOMException("stopped", "AbortError");
  await assertRejects(() => table.eachMap(() => Promise.reject(stop)), DOMException, "stopped");
});

Deno.test("openWaferTable() refuses an archive without the pickle", async () => {
  const path = `${rawFolder("traffic-sign")}/GTSRB_Final_Training_Images.zip`;
  await assertRejects(() => readTable(path), DataError, 'it lacks "WM811K.pkl"');
});
