import {
  chooseBackend,
  findLibtensorflow,
  type FindOptions,
  missingLibtensorflow,
  whyNotFound,
} from "../../../lib/engine/install/locate.ts";
import { engineBuildFor, type Platform } from "../../../lib/engine/install/engine_builds.ts";
import { dirname, join } from "../../../lib/util/path.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";

const linux: Platform = { os: "linux", arch: "x86_64", libc: "glibc" };

/** Runs a test with a folder that holds files, given by their paths. */
async function withFiles(
  paths: readonly string[],
  run: (folder: string) => void | Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "metamae locate " });
  try {
    for (const path of paths) {
      await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
      await Deno.writeTextFile(join(folder, path), "x");
    }
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Options of a search on Linux with the given variables. */
function surroundings(variables: Readonly<Record<string, string>>): FindOptions {
  return { platform: linux, env: (name) => variables[name] };
}

function findAt(path: string) {
  return findLibtensorflow(surroundings({ METAMAE_LIBTENSORFLOW: path }));
}

/** Writes what an installation leaves. */
async function writeEngine(cache: string, gpu: boolean): Promise<string> {
  const build = engineBuildFor(linux, { gpu })!;
  const folder = join(cache, "engine", build.id);
  await Deno.mkdir(join(folder, "tensorflow"), { recursive: true });
  for (const path of [build.library, build.framework]) {
    await Deno.writeTextFile(join(folder, path), "12345");
  }
  const files = [build.library, build.framework]
    .map((path) => ({ path, bytes: 5, sha256: "00" }));
  const record = {
    schema: "metamae/engine",
    version: 1,
    id: build.id,
    tensorflow: build.version,
    gpu,
    installer: "pip",
    requirements: [],
    files,
  };
  await Deno.writeTextFile(join(folder, "engine.json"), JSON.stringify(record));
  return folder;
}

Deno.test("findLibtensorflow takes a site-packages/tensorflow folder and its version", () =>
  withFiles([
    "tensorflow/libtensorflow_cc.so.2",
    "tensorflow/libtensorflow_framework.so.2",
    "tensorflow_cpu-2.20.1.dist-info/METADATA",
  ], (folder) => {
    const inside = join(folder, "tensorflow");
    const expected = {
      folder: inside,
      library: join(inside, "libtensorflow_cc.so.2"),
      framework: join(inside, "libtensorflow_framework.so.2"),
      version: "2.20.1",
      gpu: undefined,
      source: "METAMAE_LIBTENSORFLOW",
    } as const;
    assertEquals(findAt(inside).found, expected);
    assertEquals(findAt(folder).found, expected);
    assertEquals(findAt(expected.library).found, expected);
  }));

Deno.test("findLibtensorflow takes a C-API archive, its lib folder or the file", () =>
  withFiles([
    "capi/lib/libtensorflow.so.2",
    "capi/lib/libtensorflow.so.2.18.0",
    "capi/lib/libtensorflow_framework.so.2",
  ], (folder) => {
    const library = join(folder, "capi/lib/libtensorflow.so.2");
    for (const place of [join(folder, "capi"), join(folder, "capi/lib"), library]) {
      const { found } = findAt(place);
      assertEquals(found?.library, library);
      assertEquals(found?.version, "2.18.0");
    }
  }));

Deno.test("findLibtensorflow takes the names of the system that it runs on", () =>
  withFiles(["libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"], (folder) => {
    const mac = { os: "darwin", arch: "aarch64", libc: "none" } as const;
    const env = () => folder;
    const { found } = findLibtensorflow({ platform: mac, env });
    assertEquals(found?.library, join(folder, "libtensorflow_cc.2.dylib"));
    assertEquals(found?.framework, join(folder, "libtensorflow_framework.2.dylib"));
    assertEquals(findAt(folder).found, undefined);
  }));

Deno.test("findLibtensorflow looks nowhere else when METAMAE_LIBTENSORFLOW is wrong", () =>
  withFiles(["empty/file"], async (folder) => {
    await writeEngine(folder, false);
    const find = (path: string) =>
      findLibtensorflow(surroundings({ METAMAE_LIBTENSORFLOW: path, METAMAE_CACHE: folder }));
    const empty = find(join(folder, "empty"));
    assertEquals(empty.found, undefined);
    assertMatch(whyNotFound(empty), /^METAMAE_LIBTENSORFLOW names ".*empty": the folder holds no /);
    const absent = find(join(folder, "absent"));
    assertEquals(absent.found, undefined);
    assertStringIncludes(whyNotFound(absent), "there is no such file or folder");
    const error = missingLibtensorflow(absent);
    assertEquals(error.exitCode, 7);
    assertStringIncludes(error.hint!, "or unset it");
  }));

Deno.test("findLibtensorflow finds an installed engine in the cache folder", () =>
  withFiles([], async (cache) => {
    const folder = await writeEngine(cache, false);
    const { found } = findLibtensorflow(surroundings({ METAMAE_CACHE: cache }));
    assertEquals(found, {
      folder: join(folder, "tensorflow"),
      library: join(folder, "tensorflow/libtensorflow_cc.so.2"),
      framework: join(folder, "tensorflow/libtensorflow_framework.so.2"),
      version: "2.21.0",
      gpu: false,
      source: "cache",
    });
  }));

Deno.test("findLibtensorflow prefers the build for GPUs, which is there on request only", () =>
  withFiles([], async (cache) => {
    await writeEngine(cache, false);
    await writeEngine(cache, true);
    assertEquals(findLibtensorflow(surroundings({ METAMAE_CACHE: cache })).found?.gpu, true);
  }));

Deno.test("findLibtensorflow passes over an engine without its record or with a short file", () =>
  withFiles([], async (cache) => {
    const folder = await writeEngine(cache, false);
    const find = () => findLibtensorflow(surroundings({ METAMAE_CACHE: cache }));
    await Deno.writeTextFile(join(folder, "tensorflow/libtensorflow_cc.so.2"), "1234");
    assertEquals(find().found, undefined);
    assertStringIncludes(whyNotFound(find()), "it has 4 bytes, 5 were installed");
    await Deno.remove(join(folder, "tensorflow/libtensorflow_cc.so.2"));
    assertStringIncludes(whyNotFound(find()), "there is no such file or folder");
    await Deno.writeTextFile(join(folder, "engine.json"), "{}");
    assertStringIncludes(whyNotFound(find()), "engine.json");
    await Deno.remove(join(folder, "engine.json"));
    assertEquals(find().found, undefined);
  }));

Deno.test("findLibtensorflow says that nothing is installed, and the way to it", () =>
  withFiles([], (cache) => {
    const search = findLibtensorflow(surroundings({ METAMAE_CACHE: cache }));
    assertMatch(whyNotFound(search), /^".*tensorflow-2\.21\.0-linux-x86_64" is not installed$/);
    assertStringIncludes(missingLibtensorflow(search).hint!, "metamae engine install");
  }));

Deno.test("findLibtensorflow says why a platform has no engine", () =>
  withFiles([], (cache) => {
    const windows = { os: "windows", arch: "x86_64", libc: "none" } as const;
    const search = findLibtensorflow({
      ...surroundings({ METAMAE_CACHE: cache }),
      platform: windows,
    });
    assertStringIncludes(whyNotFound(search), "Windows do not export its C API");
    assertEquals(missingLibtensorflow(search).hint, "Use --backend wasm");
  }));

Deno.test({
  name: "findLibtensorflow names the permission for its variables",
  permissions: { env: false, read: true },
  fn() {
    const search = findLibtensorflow({ platform: linux });
    assertEquals(search.lookedAt.length, 1);
    assertStringIncludes(whyNotFound(search), "--allow-env=METAMAE_LIBTENSORFLOW is missing");
  },
});

Deno.test({
  name: "findLibtensorflow names the permission for the cache folder once",
  permissions: { read: false },
  fn() {
    const search = findLibtensorflow(surroundings({ METAMAE_CACHE: "/somewhere" }));
    assertEquals(search.lookedAt.length, 1);
    assertStringIncludes(whyNotFound(search), "--allow-read=/somewhere/engine is missing");
  },
});

Deno.test("chooseBackend takes tensorflow where the library is there and FFI is permitted", () =>
  withFiles(["libtensorflow_cc.so.2"], (folder) => {
    const search = findAt(folder);
    assertEquals(chooseBackend(search, { ffi: true }).backend, "tensorflow");
    assertEquals(chooseBackend(search, { ffi: false }), {
      backend: "wasm",
      reason: "libtensorflow of unknown version is there, but --allow-ffi was not given to Deno",
    });
    assertEquals(chooseBackend(search, { ffi: true, problem: "Cannot open it" }), {
      backend: "wasm",
      reason: "Cannot open it",
    });
  }));

Deno.test("chooseBackend says how to get the fast engine, in one line", () =>
  withFiles([], (cache) => {
    const search = findLibtensorflow(surroundings({ METAMAE_CACHE: cache }));
    const { backend, reason } = chooseBackend(search, { ffi: true });
    assertEquals(backend, "wasm");
    assertStringIncludes(reason, 'Run "metamae engine install"');
    assertEquals(reason.split("\n").length, 1);
  }));
