import { installEngine, type InstallOptions } from "../../../lib/engine/install/install.ts";
import { readInstalledEngine } from "../../../lib/engine/install/installed_engine.ts";
import { DataError, LockedError, MissingError, StorageError } from "../../../lib/util/errors.ts";
import { lockFolder } from "../../../lib/util/file_lock.ts";
import { join } from "../../../lib/util/path.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { failingFileSystem } from "../../faults/failing_file_system.ts";
import {
  copying,
  type FakeWheel,
  type FakeWheelOptions,
  installPermissions,
  scripted,
  unpacking,
  writeFakeWheel,
} from "./fake_wheel.ts";

const permissions = installPermissions([Deno.execPath()]);

/** Runs a test with a wheel and an empty folder for engines, whose name has a space. */
async function withWheel(
  run: (wheel: FakeWheel, options: InstallOptions & { root: string }) => Promise<void>,
  wheelOptions: FakeWheelOptions = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "metamae install " });
  try {
    const wheel = await writeFakeWheel(folder, wheelOptions);
    const root = join(folder, "engine");
    await run(wheel, { root, build: wheel.build, installers: [copying(wheel)] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Names in a folder, hidden ones too. */
function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

for (const [kind, program] of [["downloads", copying], ["unpacks", unpacking]] as const) {
  Deno.test({
    name: `installEngine keeps the libraries of a wheel by a program that ${kind} it`,
    permissions,
    fn: () =>
      withWheel(async (wheel, options) => {
        const result = await installEngine({ ...options, installers: [program(wheel)] });
        assertEquals(result.alreadyInstalled, false);
        assertEquals(names(options.root), ["fakeflow-2.21.0"]);
        assertEquals(names(join(result.folder, "tensorflow")), [
          "libtensorflow_cc.so.2",
          "libtensorflow_framework.so.2",
        ]);
        const library = await Deno.readFile(join(result.folder, wheel.build.library));
        assertEquals(library, wheel.libraryBytes);
        assertEquals(readInstalledEngine(result.folder), result.engine);
        assertEquals(result.engine.requirements, [wheel.build.requirements.trim()]);
      }),
  });
}

Deno.test({
  name: "installEngine makes the programs of a wheel executable",
  permissions,
  fn: () =>
    withWheel(async (_wheel, options) => {
      const { folder } = await installEngine(options);
      const { mode } = await Deno.stat(join(folder, "nvidia/cuda_nvcc/bin/ptxas"));
      assertEquals(mode! & 0o111, 0o111);
    }),
});

Deno.test({
  name: "installEngine does nothing when the same wheels are installed",
  permissions,
  fn: () =>
    withWheel(async (_wheel, options) => {
      await installEngine(options);
      const again = await installEngine({ ...options, installers: [] });
      assertEquals(again.alreadyInstalled, true);
    }),
});

Deno.test({
  name: "installEngine replaces an engine whose files are damaged",
  permissions,
  fn: () =>
    withWheel(async (wheel, options) => {
      const { folder } = await installEngine(options);
      await Deno.truncate(join(folder, wheel.build.library), 10);
      const again = await installEngine(options);
      assertEquals(again.alreadyInstalled, false);
      const library = await Deno.readFile(join(folder, wheel.build.library));
      assertEquals(library, wheel.libraryBytes);
      assertEquals(names(options.root), ["fakeflow-2.21.0"]);
    }),
});

Deno.test({
  name: "installEngine replaces an engine that other wheels made",
  permissions,
  fn: () =>
    withWheel(async (wheel, options) => {
      await installEngine(options);
      const build = { ...wheel.build, requirements: `other==1\n${wheel.build.requirements}` };
      const again = await installEngine({ ...options, build });
      assertEquals(again.alreadyInstalled, false);
    }),
});

Deno.test({
  name: "installEngine removes what an interrupted installation of the same build left",
  permissions,
  fn: () =>
    withWheel(async (_wheel, options) => {
      await Deno.mkdir(join(options.root, ".fakeflow-2.21.0.tmp-12345678", "wheels"), {
        recursive: true,
      });
      await Deno.mkdir(join(options.root, ".fakeflow-2.21.0-cuda.tmp-12345678"));
      await installEngine(options);
      assertEquals(names(options.root), [
        ".fakeflow-2.21.0-cuda.tmp-12345678",
        "fakeflow-2.21.0",
      ]);
    }),
});

Deno.test({
  name: "installEngine tries the programs in order and names why each could not do it",
  permissions,
  fn: () =>
    withWheel(async (_wheel, options) => {
      const installers = [
        { ...scripted("absent", false, ""), command: "no-such-program" },
        scripted("failing", false, `console.error("ERROR: no route to the index"); Deno.exit(1);`),
        scripted("silent", false, "Deno.exit(9);"),
      ];
      const error = await assertRejects(
        () => installEngine({ ...options, installers }),
        MissingError,
        "no program could do it",
      );
      assertStringIncludes(error.message, "absent: ");
      assertStringIncludes(error.message, "failing: ERROR: no route to the index");
      assertStringIncludes(error.message, "silent: it ended with code 9");
      assertEquals(error.exitCode, 7);
      assertEquals(names(options.root), []);
      const after = await installEngine({
        ...options,
        installers: [...installers, ...options.installers!],
      });
      assertEquals(after.engine.installer, "copying");
    }),
});

Deno.test({
  name: "installEngine stops at a wheel with another digest and names it",
  permissions,
  fn: () =>
    withWheel(async (_wheel, options) => {
      const refusing = scripted(
        "refusing",
        false,
        `console.error("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE." +
           "fakeflow==2.21.0: Expected sha256 a, Got b"); Deno.exit(1);`,
      );
      const error = await assertRejects(
        () => installEngine({ ...options, installers: [refusing, ...options.installers!] }),
        DataError,
        "refusing refused fakeflow==2.21.0, its SHA-256 is not the pinned one",
      );
      assertEquals(error.exitCode, 3);
      assertEquals(names(options.root), []);
    }),
});

Deno.test({
  name: "installEngine reports a full disk that a program met",
  permissions,
  fn: () =>
    withWheel(async (_wheel, options) => {
      const code = `console.error("OSError: [Errno 28] No space left on device"); Deno.exit(2);`;
      const error = await assertRejects(
        () => installEngine({ ...options, installers: [scripted("full", false, code)] }),
        StorageError,
        "no space is left on the disk, about 1 MB are needed",
      );
      assertEquals(error.exitCode, 4);
    }),
});

Deno.test({
  name: "installEngine refuses to start where the free space is too small",
  permissions,
  fn: () =>
    withWheel(async (wheel, options) => {
      const build = { ...wheel.build, spaceMegabytes: 1e12 };
      await assertRejects(
        () => installEngine({ ...options, build }),
        StorageError,
        "MB are free, about 1000000000000 MB are needed",
      );
      assertEquals(names(options.root), []);
    }),
});

Deno.test({
  name: "installEngine refuses a file that its wheel does not list so",
  permissions,
  fn: () =>
    withWheel(async (_wheel, options) => {
      await assertRejects(
        () => installEngine(options),
        DataError,
        '"tensorflow/libtensorflow_framework.so.2" is not the file that its wheel lists',
      );
      assertEquals(names(options.root), []);
    }, {
      changeRecord: (text) =>
        text.replace(/(framework\.so\.2,sha256=)./, (_all, start) => `${start}_`),
    }),
});

Deno.test({
  name: "installEngine refuses an unpacked file that its wheel does not list so",
  permissions,
  fn: () =>
    withWheel(async (wheel, options) => {
      await assertRejects(
        () => installEngine({ ...options, installers: [unpacking(wheel)] }),
        DataError,
        "is not the file that its wheel lists",
      );
      assertEquals(names(options.root), []);
    }, { changeRecord: (text) => text.replace(/(cc\.so\.2,sha256=)./, "$1_") }),
});

Deno.test({
  name: "installEngine refuses a wheel without the library",
  permissions,
  fn: () =>
    withWheel(async (_wheel, options) => {
      await assertRejects(
        () => installEngine(options),
        DataError,
        'the wheels hold no "tensorflow/libtensorflow_framework.so.2"',
      );
    }, { without: ["tensorflow/libtensorflow_framework.so.2"] }),
});

Deno.test({
  name: "installEngine refuses a damaged wheel",
  permissions,
  fn: () =>
    withWheel(async (wheel, options) => {
      const bytes = await Deno.readFile(wheel.path);
      bytes[90]! ^= 1;
      await Deno.writeFile(wheel.path, bytes);
      await assertRejects(() => installEngine(options), DataError);
      assertEquals(names(options.root), []);
    }),
});

Deno.test({
  name: "installEngine does not start while another installation holds the lock",
  permissions,
  fn: () =>
    withWheel(async (wheel, options) => {
      await Deno.mkdir(options.root);
      const lock = await lockFolder(join(options.root, wheel.build.id), "Cannot test");
      await assertRejects(() => installEngine(options), LockedError);
      await lock.release();
      await installEngine(options);
    }),
});

Deno.test({
  name: "installEngine fails with a storage error where it cannot write",
  permissions,
  fn: () =>
    withWheel(async (wheel, options) => {
      const error = await assertRejects(
        () => installEngine({ ...options, root: join(wheel.path, "engine") }),
        StorageError,
      );
      assertEquals(error.exitCode, 4);
    }),
});

Deno.test({
  name: "installEngine leaves a complete engine or none when any disk operation fails",
  permissions,
  fn: () =>
    withWheel(async (_wheel, options) => {
      const counting = failingFileSystem(Infinity);
      await installEngine({ ...options, fileSystem: counting.fileSystem });
      const operations = counting.operations();
      assert(operations > 10);
      for (let failing = 1; failing <= operations; failing++) {
        await Deno.remove(options.root, { recursive: true });
        const { fileSystem } = failingFileSystem(failing);
        const installed = await installEngine({ ...options, fileSystem }).then(
          () => true,
          (error) => {
            assertEquals(error.exitCode, 4, `operation ${failing}: ${error}`);
            return false;
          },
        );
        const visible = await Deno.stat(join(options.root, "fakeflow-2.21.0"))
          .then(() => true, () => false);
        if (visible) readInstalledEngine(join(options.root, "fakeflow-2.21.0"));
        else assert(!installed);
        const again = await installEngine(options);
        assertEquals(again.engine.files.length, 3);
        assertEquals(names(options.root), ["fakeflow-2.21.0"]);
      }
    }),
});

Deno.test({
  name: "installEngine stops when it is told to and leaves nothing",
  permissions,
  fn: () =>
    withWheel(async (_wheel, options) => {
      const controller = new AbortController();
      const slow = scripted("slow", false, "setTimeout(() => {}, 60_000);");
      const start = performance.now();
      setTimeout(() => controller.abort(new Error("told to stop")), 300);
      await assertRejects(
        () => installEngine({ ...options, installers: [slow], signal: controller.signal }),
        Error,
        "told to stop",
      );
      assert(performance.now() - start < 20_000);
      assertEquals(names(options.root), []);
    }),
});

Deno.test({
  name: "installEngine tells what is going on while a program is at work",
  permissions,
  fn: () =>
    withWheel(async (wheel, options) => {
      const lines: string[] = [];
      const slow = scripted(
        "slow",
        false,
        `await Deno.mkdir(places.target);
         await new Promise((resolve) => setTimeout(resolve, 2500));
         await Deno.copyFile(${JSON.stringify(wheel.path)}, places.target + "/some.whl");`,
      );
      await installEngine({
        ...options,
        installers: [slow],
        onProgress: (line) => void lines.push(line),
      });
      assertStringIncludes(lines[0]!, "Fetching TensorFlow 2.21.0 with slow: 2 s");
      assertEquals(lines.at(-1), "Unpacking the libraries");
    }),
});

Deno.test({
  name: "installEngine opens the library before it counts as installed, where FFI is permitted",
  permissions: { ...permissions, ffi: true },
  fn: () =>
    withWheel(async (_wheel, options) => {
      const error = await assertRejects(() => installEngine(options), MissingError, "Cannot open");
      assertEquals(error.exitCode, 7);
      assertEquals(names(options.root), []);
    }),
});
