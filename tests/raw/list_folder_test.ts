import { assertEquals } from "../assert.ts";
import { listFolder } from "../../lib/raw/list_folder.ts";
import { inFolder } from "../datasets/unpack.ts";

Deno.test("listFolder() gives sorted names, and none where there is no folder", async () => {
  await inFolder(async (folder) => {
    for (const name of ["b", "a.txt", "B", "10", "9"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    await Deno.mkdir(`${folder}/c`);
    assertEquals(await listFolder(folder), ["10", "9", "B", "a.txt", "b", "c"]);
    assertEquals(await listFolder(`${folder}/nothing`), []);
    assertEquals(await listFolder(`${folder}/b`), []);
    assertEquals(await listFolder(`${folder}/b/below`), []);
  });
});
