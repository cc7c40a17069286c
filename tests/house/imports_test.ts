import { fromFileUrl } from "../../lib/util/path.ts";
import { fileCycles, folderCycles, forbiddenArrows, pastDoors } from "./rooms.ts";
import { readSources, sourceTree } from "./source_tree.ts";
import { assertEquals } from "../assert.ts";

const tree = sourceTree(await readSources(fromFileUrl(new URL("../..", import.meta.url))));

Deno.test("rooms import only from the rooms below them, and only the engine TensorFlow.js", () => {
  assertEquals(forbiddenArrows(tree), []);
});

Deno.test("no source file imports itself through others", () => {
  assertEquals(fileCycles(tree), []);
});

Deno.test("no folder needs itself through others", () => {
  assertEquals(folderCycles(tree), []);
});

Deno.test("a room is entered through its door only", () => {
  assertEquals(pastDoors(tree), []);
});
