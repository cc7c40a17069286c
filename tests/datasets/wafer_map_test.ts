import { readZip } from "../../lib/formats/archive/zip.ts";
import { memorySource, readAll } from "../../lib/formats/bytes/byte_source.ts";
import { waferMap } from "../../lib/datasets/wafer_map.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { assertImages, assertVariant, rawFolder, readExpected } from "./expected_images.ts";
import { tokenizeToMemory } from "./memory_store.ts";
import { inFolder, unpack } from "./unpack.ts";

const zip = `${rawFolder("wafer-map")}/MIR-WM811K.zip`;
const expected = readExpected("wafer-map");

for (const variant of ["metamae", "dabs"]) {
  Deno.test(`wafer-map equals Python's reading of the pickle in the archive: ${variant}`, async () => {
    const { notes, labels, lists } = await assertVariant(waferMap, variant);
    assert(notes.some((note) => note.startsWith("Read from the pickled data frame; ")));
    assert(lists.pretrain!.every((row) => labels[row] === undefined));
  });

  Deno.test(`wafer-map reads the same from the MATLAB file: ${variant}`, async () => {
    await inFolder(async (folder) => {
      await unpack(zip, folder);
      for (const place of ["", "MIR-WM811K", "MIR-WM811K/MATLAB", "MIR-WM811K/MATLAB/WM811K.mat"]) {
        const { notes } = await assertVariant(waferMap, variant, { raw: join(folder, place) });
        assert(notes.some((note) => note.startsWith("Read from the MATLAB file; ")), place);
      }
    });
  });
}

Deno.test("wafer-map reads pickles of newer pandas, of all protocols", async () => {
  for (const protocol of [2, 5]) {
    await inFolder(async (folder) => {
      await Deno.copyFile(
        `${rawFolder("wafers")}/protocol_${protocol}.pkl`,
        `${folder}/WM811K.pkl`,
      );
      assertImages(await tokenizeToMemory(waferMap, { raw: folder }), expected["metamae"]!);
    });
  }
});

Deno.test("wafer-map reads the first wafers of each split alone with a limit", async () => {
  const { rows, lists, labels } = await tokenizeToMemory(waferMap, {
    raw: rawFolder("wafer-map"),
    limit: 2,
  });
  assertEquals(rows.length, 6);
  for (const split of ["pretrain", "train", "test"] as const) {
    const wanted = expected["metamae"]![split]!.labels.slice(0, 2);
    assertEquals(lists[split]!.map((row) => labels[row] ?? null), [...wanted]);
  }
});

Deno.test("wafer-map says so when the file is not the official one", async () => {
  const { warnings } = await tokenizeToMemory(waferMap, { raw: rawFolder("wafer-map") });
  assertEquals(warnings, [
    "The file holds 44 wafers, the official one 811457",
    "The file holds 30 wafers with a failure type, the official one 172950",
  ]);
});

/** The bytes of a file in the archive. */
async function fileOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const entries = await readZip(memorySource("a.zip", await Deno.readFile(zip)));
  const entry = entries.find((entry) => entry.name.endsWith(name))!;
  return await readAll(entry.chunks(), { name, limit: 1 << 24 });
}

/** Tokenizes a single changed file. */
async function tokenizeFile(name: string, bytes: Uint8Array) {
  await inFolder(async (folder) => {
    await Deno.writeFile(`${folder}/${name}`, bytes);
    await tokenizeToMemory(waferMap, { raw: folder });
  });
}

/** Replaces all places of a text. */
function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return Uint8Array.from(text.replaceAll(from, to), (character) => character.charCodeAt(0));
}

Deno.test("wafer-map refuses cut files, unknown failure types and foreign values", async () => {
  const pickle = await fileOf("WM811K.pkl");
  const matlab = await fileOf("WM811K.mat");
  for (let i = 0; i < 12; i++) {
    const cut = (bytes: Uint8Array) => bytes.subarray(0, Math.floor(bytes.length * i / 12));
    await assertRejects(() => tokenizeFile("WM811K.pkl", cut(pickle)), DataError, "WM811K.pkl");
    await assertRejects(() => tokenizeFile("WM811K.mat", cut(matlab)), DataError, "WM811K.mat");
  }
  await assertRejects(
    () => tokenizeFile("WM811K.pkl", replaced(pickle, "Scratch", "Scritch")),
    DataError,
    'has the failure type "Scritch", the valid ones are none, random',
  );
  await assertRejects(
    () => tokenizeFile("WM811K.pkl", replaced(pickle, "\x00\x01\x01\x01", "\x00\x01\x03\x01")),
    DataError,
    "holds a 3, wanted 0, 1 or 2",
  );
  await assertRejects(
    () => tokenizeFile("WM811K.pkl", replaced(pickle, "failureType", "failureTipe")),
    DataError,
    'it has no column "failureType", but "dieSize", "failureTipe"',
  );
  await assertRejects(
    () =>
      tokenizeFile("WM811K.pkl", replaced(pickle, "pandas.core.frame\nDataFrame", "os\nsystem")),
    DataError,
    'it names "os.system", which is not allowed',
  );
  await assertRejects(
    () => tokenizeFile("WM811K.mat", replaced(matlab, "failureType", "failureTipe")),
    DataError,
    'it holds no "data/failureType"',
  );
});

Deno.test("wafer-map says which file to put where", async () => {
  await inFolder(async (folder) => {
    const error = await assertRejects(
      () => tokenizeToMemory(waferMap, { raw: folder }),
      MissingError,
      `"${folder}/MIR-WM811K.zip" is missing ("MIR-WM811K/MATLAB/WM811K.mat", `,
    );
    assertEquals(
      error.hint,
      "Download http://mirlab.org/dataSet/public/MIR-WM811K.zip and put it at " +
        `"${folder}/MIR-WM811K.zip"`,
    );
  });
});
