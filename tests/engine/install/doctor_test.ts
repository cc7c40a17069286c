import {
  examineEngine,
  examineMachine,
  permissionStates,
} from "../../../lib/engine/install/doctor.ts";
import { libraryVersion } from "../../../lib/engine/native/library.ts";
import { findLibtensorflow } from "../../../lib/engine/install/locate.ts";
import { glibcVersion } from "../../../lib/engine/native/process.ts";
import { MissingError } from "../../../lib/util/errors.ts";
import { join } from "../../../lib/util/path.ts";
import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "../../assert.ts";
import { tensorflowAvailable } from "../../engine_available.ts";

/** Runs a test with variables set for this process. */
async function withVariables(
  variables: Readonly<Record<string, string>>,
  run: () => void | Promise<void>,
): Promise<void> {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  try {
    await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

Deno.test("examineMachine reports on a machine without an engine", async () => {
  const cache = await Deno.makeTempDir();
  try {
    await withVariables({ METAMAE_LIBTENSORFLOW: "", METAMAE_CACHE: cache }, async () => {
      const report = await examineMachine();
      assertEquals([report.schema, report.version], ["metamae/doctor", 1]);
      assertEquals(report.engine.library, null);
      assertEquals(report.backend.backend, "wasm");
      assertStringIncludes(report.backend.reason, "is not installed");
      assertEquals(report.cache, { path: cache, writable: true, problem: null });
      assertEquals([...Deno.readDirSync(cache)], [], "the probe of the cache folder is removed");
      assert(report.cores >= 1);
      assertEquals(report.packages.map(({ version }) => version), ["4.22.0", "4.22.0", "4.22.0"]);
      assertStringIncludes(report.notes.join(), "without authentication");
      assertEquals(JSON.parse(JSON.stringify(report)), report);
    });
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});

Deno.test("examineMachine reports a cache folder that cannot be made", async () => {
  const file = await Deno.makeTempFile();
  try {
    const variables = { METAMAE_LIBTENSORFLOW: "", METAMAE_CACHE: join(file, "cache") };
    await withVariables(variables, async () => {
      const { cache, engine } = await examineMachine();
      assertEquals(cache.writable, false);
      assertStringIncludes(cache.problem!, "ENOTDIR");
      assertStringIncludes(engine.problem!, "ENOTDIR");
    });
  } finally {
    await Deno.remove(file);
  }
});

Deno.test({
  name: "examineMachine works without any permission and names what is missing",
  permissions: "none",
  async fn() {
    const report = await examineMachine();
    assertEquals(report.backend.backend, "wasm");
    assertEquals(report.memory, null);
    assertEquals(report.platform.glibc, null);
    assertEquals(report.cache.writable, false);
    assert(report.permissions.every(({ granted }) => !granted));
  },
});

Deno.test({
  name: "permissionStates lets one package program do for the installation",
  permissions: { run: ["python3"], ffi: true, env: false, sys: false },
  fn() {
    const granted = new Map(permissionStates().map(({ flag, granted }) => [flag, granted]));
    assertEquals(granted.get("--allow-run=python3,python,pip,pip3,uv"), true);
    assertEquals(granted.get("--allow-ffi"), true);
    assertEquals(granted.get("--allow-env"), false);
    assertEquals(granted.get("--allow-sys=systemMemoryInfo"), false);
  },
});

Deno.test({
  name: "examineEngine opens the library and lists its processors",
  ignore: !tensorflowAvailable,
  fn() {
    const { state } = examineEngine();
    assertEquals(state.problem, null);
    assertEquals(state.opened, true);
    assertMatch(state.version!, /^2\.\d+\.\d+/);
    assert(state.devices.some(({ type }) => type === "CPU"));
  },
});

Deno.test("examineEngine says why a library cannot be opened", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "libtensorflow_cc.so.2"), "no library");
    await withVariables({ METAMAE_LIBTENSORFLOW: folder }, () => {
      const platform = { os: "linux", arch: "x86_64", libc: "glibc" } as const;
      const { state } = examineEngine(findLibtensorflow({ platform }));
      assertEquals(state.opened, false);
      assertMatch(state.problem!, /^Cannot open ".*libtensorflow_cc\.so\.2": /);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "libraryVersion refuses a library without the C API",
  ignore: Deno.build.os !== "linux",
  fn() {
    const error = assertThrows(() => libraryVersion("libc.so.6"), MissingError, "TF_Version");
    assertEquals(error.exitCode, 7);
  },
});

Deno.test({
  name: "libraryVersion names the permission that is missing",
  permissions: { ffi: false },
  fn() {
    assertThrows(() => libraryVersion("/a.so"), MissingError, "--allow-ffi=/a.so is missing");
  },
});

Deno.test({
  name: "glibcVersion is a version on a system with glibc",
  ignore: Deno.build.os !== "linux" || Deno.build.target.includes("musl"),
  fn() {
    assertMatch(glibcVersion()!, /^2\.\d+$/);
  },
});
