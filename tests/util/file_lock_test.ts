import { assert, assertEquals, assertRejects } from "../assert.ts";
import { LockedError, MissingError } from "../../lib/util/errors.ts";
import { lockFileOf, lockFolder } from "../../lib/util/file_lock.ts";
import { join } from "../../lib/util/path.ts";
import { makeTempDir } from "../temporary.ts";

Deno.test("lockFolder() is refused while it is held and given after the release", async () => {
  const folder = join(await makeTempDir(), "store");
  const lock = await lockFolder(folder, "Cannot use the store");
  const error = await assertRejects(() => lockFolder(folder, "Cannot use the store"), LockedError);
  assertEquals(error.exitCode, 6);
  await lock.release();
  await lock.release();
  const again = await lockFolder(folder, "Cannot use the store");
  await again.release();
  assertEquals([...Deno.readDirSync(join(folder, ".."))], []);
});

Deno.test("lockFolder() lets exactly one of many callers in at a time", async () => {
  const folder = join(await makeTempDir(), "store");
  let inside = 0;
  let entered = 0;
  const contender = async () => {
    for (let i = 0; i < 50; i++) {
      try {
        const lock = await lockFolder(folder, "Cannot use the store");
        assertEquals(++inside, 1);
        entered++;
        await new Promise((resolve) => setTimeout(resolve, 0));
        inside--;
        await lock.release();
      } catch (error) {
        assert(error instanceof LockedError, String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, contender));
  assert(entered > 0);
});

Deno.test("lockFolder() is free again when its holder was killed", async () => {
  const folder = join(await makeTempDir(), "store");
  const script = `
    const file = Deno.openSync(${
    JSON.stringify(lockFileOf(folder))
  }, { create: true, write: true });
    console.log(await file.tryLock(true));
    setInterval(() => {}, 1000);
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-config",
      "--allow-write",
      "--allow-read",
      "data:text/typescript," + encodeURIComponent(script),
    ],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  assertEquals(new TextDecoder().decode((await reader.read()).value).trim(), "true");
  await assertRejects(() => lockFolder(folder, "Cannot use the store"), LockedError);
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  await (await lockFolder(folder, "Cannot use the store")).release();
});

Deno.test("lockFolder() names a parent folder that is absent", async () => {
  const folder = join(await makeTempDir(), "absent", "store");
  await assertRejects(() => lockFolder(folder, "Cannot use the store"), MissingError, "Cannot use");
});
