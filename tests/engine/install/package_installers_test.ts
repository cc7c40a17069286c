import { installEngine } from "../../../lib/engine/install/install.ts";
import {
  fetchWheels,
  type InstallPlaces,
  packageInstallers,
} from "../../../lib/engine/install/package_installers.ts";
import { DataError } from "../../../lib/util/errors.ts";
import { join } from "../../../lib/util/path.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../../assert.ts";
import { fakeBuild, installPermissions, scripted, writeFakeWheel } from "./fake_wheel.ts";

const build = fakeBuild("00");
const places: InstallPlaces = { requirements: "/s/r.txt", target: "/s/wheels", scratch: "/s/tmp" };

/** The programs of this machine, by name. */
const [python] = packageInstallers;
const uv = packageInstallers.at(-1);

/** Whether a program runs here. */
async function runs(command: string, ...args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args }).output()).success;
  } catch {
    return false;
  }
}

const pipRuns = await runs("python3", "-m", "pip", "--version");
const uvRuns = await runs("uv", "--version");

for (const installer of packageInstallers) {
  Deno.test(`packageInstallers: ${installer.name} takes pinned wheels only`, () => {
    const args = installer.arguments(build, places);
    for (const wanted of ["--require-hashes", "--only-binary=:all:", "--no-deps"]) {
      assert(args.includes(wanted), `${wanted} in ${args.join(" ")}`);
    }
    assertEquals(args.at(-1), places.requirements);
    assert(args.includes("--python-version=3.12"));
  });
}

Deno.test("packageInstallers: pip is told the platform tags, uv the name it has for them", () => {
  assert(python!.arguments(build, places).includes("--platform=manylinux_2_27_x86_64"));
  assert(python!.arguments(build, places).includes("--abi=cp312"));
  assert(uv!.arguments(build, places).includes("--python-platform=x86_64-manylinux_2_28"));
});

/** Runs a test with a folder of wheels as the only place that pip and uv look at, as a mirror is. */
async function withMirror(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "metamae mirror " });
  const mirror = join(folder, "mirror");
  await Deno.mkdir(mirror);
  const variables = {
    PIP_NO_INDEX: "1",
    // pip splits this variable at blanks, an address has none.
    PIP_FIND_LINKS: `file://${encodeURI(mirror)}`,
    UV_NO_INDEX: "1",
    UV_FIND_LINKS: `file://${encodeURI(mirror)}`,
    PIP_USER: "1",
    PIP_REQUIRE_VIRTUALENV: "1",
    PIP_CONFIG_FILE: "/dev/null",
  };
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  try {
    await run(folder);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await Deno.remove(folder, { recursive: true });
  }
}

const programs = [
  { installer: python!, available: pipRuns },
  // uv is tested where it is installed; its arguments are tested everywhere.
  ...(uvRuns ? [{ installer: uv!, available: true }] : []),
];

for (const { installer, available } of programs) {
  Deno.test({
    name: `packageInstallers: ${installer.name} installs from a mirror that its variables name`,
    ignore: !available,
    permissions: installPermissions([installer.command]),
    fn: () =>
      withMirror(async (folder) => {
        const wheel = await writeFakeWheel(join(folder, "mirror"));
        const root = join(folder, "engine");
        const { engine } = await installEngine({
          root,
          build: wheel.build,
          installers: [installer],
        });
        assertEquals(engine.installer, installer.name);
        assertEquals([...Deno.readDirSync(root)].map(({ name }) => name), [wheel.build.id]);
      }),
  });

  Deno.test({
    name: `packageInstallers: ${installer.name} refuses a wheel with another digest`,
    ignore: !available,
    permissions: installPermissions([installer.command]),
    fn: () =>
      withMirror(async (folder) => {
        await writeFakeWheel(join(folder, "mirror"));
        const error = await assertRejects(
          () =>
            installEngine({
              root: join(folder, "engine"),
              build: fakeBuild("0".repeat(64)),
              installers: [installer],
            }),
          DataError,
          `${installer.name} refused fakeflow==2.21.0`,
        );
        assertEquals(error.exitCode, 3);
      }),
  });
}

Deno.test({
  name: "packageInstallers: python3 -m pip ends when this program's end of its input is closed",
  ignore: !pipRuns,
  permissions: { run: ["python3"] },
  fn: async () => {
    const [, code] = python!.arguments(build, places);
    const child = new Deno.Command("python3", {
      // A pip that would never end by itself.
      args: ["-c", code!.replace(/runpy\.run_module.*/, "import time; time.sleep(60)")],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const start = performance.now();
    await child.stdin.close();
    assertEquals((await child.status).code, 1);
    assert(performance.now() - start < 30_000);
  },
});

Deno.test({
  name: "fetchWheels names the permission that is missing",
  permissions: { run: false },
  fn: async () => {
    const reason = await fetchWheels(python!, build, places);
    assertEquals(reason, "the Deno permission --allow-run=python3 is missing");
  },
});

Deno.test({
  name: "fetchWheels starts programs although LD_LIBRARY_PATH is set",
  permissions: { run: [Deno.execPath()], env: true },
  fn: async () => {
    const before = Deno.env.get("LD_LIBRARY_PATH");
    Deno.env.set("LD_LIBRARY_PATH", "/nowhere");
    try {
      const seen = scripted(
        "seeing",
        false,
        `console.error(
        "ERROR " + JSON.stringify(Deno.env.get("LD_LIBRARY_PATH")) + Deno.env.get("TMPDIR"));
        Deno.exit(1);`,
      );
      assertEquals(await fetchWheels(seen, build, places), 'ERROR ""/s/tmp');
    } finally {
      if (before === undefined) Deno.env.delete("LD_LIBRARY_PATH");
      else Deno.env.set("LD_LIBRARY_PATH", before);
    }
  },
});

Deno.test({
  name: "fetchWheels gives the lines that say what went wrong, in one line of bounded length",
  permissions: { run: [Deno.execPath()] },
  fn: async () => {
    const wordy = scripted(
      "wordy",
      false,
      `console.log("Looking in links");
       console.error("WARNING: x\\nERROR: first\\nERROR: " + "y".repeat(1000) + "\\nbye");
       Deno.exit(1);`,
    );
    const reason = await fetchWheels(wordy, build, places);
    assertMatch(reason!, /^ERROR: first ERROR: y+$/);
    assertEquals(reason!.length, 400);
  },
});
