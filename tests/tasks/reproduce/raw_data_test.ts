import { findRawData, howToGet, rawFilesDigest } from "../../../tasks/reproduce/raw_data.ts";
import { assert, assertEquals, assertNotEquals } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";
import { dataset } from "./plans.ts";

const files = [{ path: "data.zip", url: "https://example.org/data.zip" }, {
  path: "labels.txt",
  how: "Ask its authors",
  alternatives: ["labels.csv"],
}];

async function folderWith(...paths: readonly string[]): Promise<string> {
  const folder = await makeTempDir();
  for (const path of paths) {
    const parts = path.split("/");
    await Deno.mkdir(`${folder}/${parts.slice(0, -1).join("/")}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/${path}`, path);
  }
  return folder;
}

Deno.test("findRawData() looks in the folder of the data set, then of its family", async () => {
  const raw = await folderWith("glue/data.zip", "glue-cola/data.zip");
  assertEquals((await findRawData(dataset("glue-cola", files), raw))!.folder, `${raw}/glue-cola`);
  assertEquals((await findRawData(dataset("glue-mnli-mm", files), raw))!.folder, `${raw}/glue`);
  assertEquals(await findRawData(dataset("other", files), raw), undefined);
  assertEquals(await findRawData(dataset("glue", files), `${raw}/nowhere`), undefined);
});

Deno.test("findRawData() takes declared files from a folder that holds those of all", async () => {
  const raw = await folderWith("data.zip", "labels.csv", "of-another.zip");
  assertEquals(await findRawData(dataset("alpha", files), raw), {
    folder: raw,
    paths: ["data.zip", "labels.csv"],
  });
});

Deno.test("rawDigest() depends on names and contents, not on times or hidden files", async () => {
  const folder = await folderWith("a/one", "a/two");
  const of = (paths?: readonly string[]) => rawFilesDigest({ folder, paths });
  const before = await of();
  await Deno.utime(`${folder}/a/one`, 0, 0);
  await Deno.writeTextFile(`${folder}/.hidden`, "x");
  assertEquals(await of(), before);
  assertNotEquals(await of(["a/one"]), before);
  await Deno.writeTextFile(`${folder}/a/one`, "a/onf");
  assertNotEquals(await of(), before, "same size, other contents");
  await Deno.writeTextFile(`${folder}/a/one`, "a/one");
  await Deno.rename(`${folder}/a/two`, `${folder}/a/three`);
  assertNotEquals(await of(), before, "another name");
});

Deno.test("howToGet() names file, place, source and where the rest is listed", () => {
  const text = howToGet(dataset("alpha", files), "/data");
  assert(text.includes('"/data/alpha/data.zip": download https://example.org/data.zip'), text);
  assert(text.includes("1 more") && text.includes("metamae datasets alpha"), text);
  assert(howToGet(dataset("alpha", [files[1]!]), undefined).includes("Ask its authors"));
});
