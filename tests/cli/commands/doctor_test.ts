import { doctorText } from "../../../cli/commands/doctor.ts";
import { main } from "../../../cli/main.ts";
import { createStyle } from "../../../lib/terminal/output.ts";
import type { DoctorReport } from "../../../lib/engine/install/doctor.ts";
import { assertEquals, assertNotMatch, assertStringIncludes } from "../../assert.ts";
import { memorySurroundings } from "../surroundings.ts";

const report: DoctorReport = {
  schema: "metamae/doctor",
  version: 1,
  metamae: "1.2.3",
  deno: "2.9.6",
  platform: { os: "linux", arch: "x86_64", libc: "glibc", name: "linux-x86_64", glibc: "2.36" },
  packages: [
    { name: "@tensorflow/tfjs", version: "4.22.0", problem: null },
    { name: "@tensorflow/tfjs-backend-wasm", version: null, problem: "no network" },
  ],
  engine: {
    library: "/c/libtensorflow_cc.so.2",
    source: "cache",
    version: "2.21.0",
    opened: true,
    problem: null,
    lookedAt: [],
    devices: [
      { name: "/job:localhost/replica:0/task:0/device:CPU:0", type: "CPU" },
      { name: "/job:localhost/replica:0/task:0/device:GPU:0", type: "GPU" },
    ],
  },
  backend: { backend: "tensorflow", reason: "it is there" },
  cores: 8,
  memory: { total: 2 ** 34, available: 2 ** 33 },
  cache: { path: "/c", writable: true, problem: null },
  permissions: [
    { flag: "--allow-ffi", granted: true, neededFor: "the tensorflow backend" },
    { flag: "--allow-env", granted: false, neededFor: "settings" },
  ],
  notes: ["A note."],
};

const style = createStyle(false);

Deno.test("doctorText shows facts, missing permissions with their flags, and notes", () => {
  const text = doctorText(report, style);
  assertStringIncludes(text, "tensorflow: it is there");
  assertStringIncludes(text, "2.21.0, /c/libtensorflow_cc.so.2 (from cache; opened)");
  assertStringIncludes(text, "CPU:0, GPU:0\n");
  assertStringIncludes(text, "linux-x86_64, glibc 2.36");
  assertStringIncludes(text, "16.0 GiB");
  assertStringIncludes(text, "tfjs-backend-wasm  cannot be loaded: no network");
  assertStringIncludes(text, "- --allow-env was not given to Deno: settings");
  assertNotMatch(text, /--allow-ffi was not given/);
  assertStringIncludes(text, "Notes\n- A note.");
});

Deno.test("doctorText tells an engine that was not opened from one that cannot be", () => {
  const engine = { ...report.engine, opened: false, devices: [] };
  const closed = doctorText({ ...report, engine }, style);
  assertStringIncludes(closed, "not opened, since --allow-ffi was not given");
  assertNotMatch(closed, /devices/);
  const broken = doctorText({ ...report, engine: { ...engine, problem: "Cannot open it" } }, style);
  assertStringIncludes(broken, "(from cache; Cannot open it)");
});

Deno.test("doctorText says that there is no GPU, no engine and no missing permission", () => {
  const engine = { ...report.engine, devices: report.engine.devices.slice(0, 1) };
  assertStringIncludes(doctorText({ ...report, engine }, style), "CPU:0 (no GPU)");
  const none = { ...report.engine, library: null, opened: false };
  const text = doctorText({ ...report, engine: none, permissions: [] }, style);
  assertStringIncludes(text, "libtensorflow      none");
  assertNotMatch(text, /Missing permissions/);
});

Deno.test("metamae doctor --json prints one document", async () => {
  const surroundings = memorySurroundings();
  assertEquals(await main(["doctor", "--json"], surroundings), 0);
  const document = JSON.parse(surroundings.stdout.text);
  assertEquals([document.schema, document.version], ["metamae/doctor", 1]);
  assertEquals(document.deno, Deno.version.deno);
});
