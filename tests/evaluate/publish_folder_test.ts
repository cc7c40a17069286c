import { publishFolder } from "../../lib/evaluate/publish_folder.ts";
import { createTensorSpool } from "../../lib/evaluate/tensor_spool.ts";
import { readSafetensors, writeSafetensors } from "../../lib/formats/tensor/safetensors.ts";
import { LockedError, StorageError, UsageError } from "../../lib/util/errors.ts";
import { lockFolder } from "../../lib/util/file_lock.ts";
import { disk } from "../../lib/util/file_system.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { namesIn } from "../store/sample_stores.ts";
import { failingFileSystem } from "../faults/failing_file_system.ts";
import { makeTempDir } from "../temporary.ts";

const action = "Cannot write the features";
const writeOne = (folder: string) => Deno.writeTextFile(join(folder, "a.txt"), "a");

Deno.test("publishFolder() makes the folder, also over an empty one, and removes leftovers", async () => {
  const parent = await makeTempDir();
  const target = join(parent, "out");
  await Deno.mkdir(target);
  await Deno.mkdir(join(parent, ".out.tmp-12345678"));
  await publishFolder(target, action, writeOne);
  assertEquals(await namesIn(target), ["a.txt"]);
  assertEquals(await namesIn(parent), ["out"]);
});

Deno.test("publishFolder() refuses a folder that holds something", async () => {
  const parent = await makeTempDir();
  await Deno.writeTextFile(join(parent, "mine"), "");
  const publish = () => publishFolder(parent, action, writeOne);
  await assertRejects(publish, UsageError, `${action}: the folder is not empty`);
});

Deno.test("publishFolder() refuses a folder that another run is writing", async () => {
  const target = join(await makeTempDir(), "out");
  const lock = await lockFolder(target, "Cannot test");
  await assertRejects(() => publishFolder(target, action, writeOne), LockedError);
  await lock.release();
});

Deno.test("publishFolder() leaves nothing whichever operation fails", async () => {
  for (let failing = 1;; failing++) {
    const parent = await makeTempDir();
    const { fileSystem, operations } = failingFileSystem(failing);
    const publish = publishFolder(join(parent, "out"), action, writeOne, { fileSystem });
    const failed = await publish.then(() => false, (error) => error instanceof StorageError);
    const names = await namesIn(parent);
    if (operations() < failing) {
      assertEquals([failed, names], [false, ["out"]]);
      assert(failing > 5, "every operation was made to fail once");
      break;
    }
    // Removing the hidden folder in the end may fail: it is not there any more then. A failure after
    // the renaming leaves the complete folder.
    const isComplete = names.includes("out");
    assertEquals(names, isComplete ? ["out"] : []);
    if (isComplete) assertEquals(await namesIn(join(parent, "out")), ["a.txt"]);
    else assert(failed, "an error must be told");
  }
});

Deno.test("createTensorSpool() gives back what was appended, in pieces", async () => {
  const folder = await makeTempDir();
  const spool = await createTensorSpool(join(folder, "z.rows"), "float32", [3], disk);
  const rows = Float32Array.from({ length: 3 * 100_000 }, (_, i) => i / 7);
  await spool.append(rows.subarray(0, 9));
  await spool.append(rows.subarray(9));
  const path = join(folder, "z.safetensors");
  await writeSafetensors(path, [["z", spool.source()]]);
  await spool.remove();
  const z = (await readSafetensors(path)).tensors.get("z")!;
  assertEquals(z.shape, [100_000, 3]);
  assertEquals(z.data, rows);
  assertEquals(await namesIn(folder), ["z.safetensors"]);
});
