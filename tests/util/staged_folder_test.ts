import { stageFolder, writeFolder } from "../../lib/util/staged_folder.ts";
import { LockedError, StorageError, UsageError } from "../../lib/util/errors.ts";
import { lockFolder } from "../../lib/util/file_lock.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { namesIn } from "../store/sample_stores.ts";
import { failingFileSystem } from "../faults/failing_file_system.ts";
import { makeTempDir } from "../temporary.ts";

const action = "Cannot write the features";
const writeOne = (folder: string) => Deno.writeTextFile(join(folder, "a.txt"), "a");

Deno.test("writeFolder() makes the folder, also over an empty one, and removes leftovers", async () => {
  const parent = await makeTempDir();
  const target = join(parent, "out");
  await Deno.mkdir(target);
  await Deno.mkdir(join(parent, ".out.tmp-12345678"));
  await writeFolder(target, { action }, writeOne);
  assertEquals(await namesIn(target), ["a.txt"]);
  assertEquals(await namesIn(parent), ["out"]);
});

Deno.test("writeFolder() lets its caller refuse what is there", async () => {
  const parent = await makeTempDir();
  await Deno.writeTextFile(join(parent, "mine"), "");
  const check = (_target: string, names: readonly string[] | undefined) => {
    assertEquals(names, ["mine"]);
    throw new UsageError("it is full");
  };
  await assertRejects(() => writeFolder(parent, { action, check }, writeOne), UsageError, "full");
  assertEquals(await namesIn(parent), ["mine"]);
});

Deno.test("writeFolder() replaces a folder, or keeps it whichever operation fails", async () => {
  for (let failing = 1;; failing++) {
    const parent = await makeTempDir();
    const out = join(parent, "out");
    await Deno.mkdir(out);
    await Deno.writeTextFile(join(out, "old.txt"), "");
    const { fileSystem, operations } = failingFileSystem(failing);
    const failed = await writeFolder(out, { action, fileSystem }, writeOne)
      .then(() => false, (error) => error instanceof StorageError);
    const [name, ...others] = await namesIn(out);
    assertEquals(others, []);
    if (!failed) assertEquals(name, "a.txt");
    if (operations() < failing) {
      assertEquals([failed, await namesIn(parent)], [false, ["out"]]);
      assert(failing > 6, "every operation was made to fail once");
      break;
    }
  }
});

Deno.test("stageFolder() goes on in the leftover that is adopted and removes the others", async () => {
  const parent = await makeTempDir();
  const [first, second, third] = ["0", "1", "2"].map((n) => `.out.tmp-0000000${n}`);
  for (const name of [first!, second!, third!]) await Deno.mkdir(join(parent, name));
  const adopt = (leftover: string) => Promise.resolve(!leftover.endsWith(first!));
  const staged = await stageFolder(join(parent, "out"), { action, adopt });
  assertEquals(await namesIn(parent), [".out.lock", second]);
  assertEquals(staged.folder, join(await Deno.realPath(parent), second!));
  await staged.leave({ keep: true });
  assertEquals(await namesIn(parent), [second]);
});

Deno.test("writeFolder() refuses a folder that another run is writing", async () => {
  const target = join(await makeTempDir(), "out");
  const lock = await lockFolder(target, "Cannot test");
  await assertRejects(() => writeFolder(target, { action }, writeOne), LockedError);
  await lock.release();
});

Deno.test("writeFolder() leaves nothing whichever operation fails", async () => {
  for (let failing = 1;; failing++) {
    const parent = await makeTempDir();
    const { fileSystem, operations } = failingFileSystem(failing);
    const publish = writeFolder(join(parent, "out"), { action, fileSystem }, writeOne);
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
