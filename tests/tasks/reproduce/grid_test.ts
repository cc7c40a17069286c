import { main } from "../../../tasks/reproduce_tables.ts";
import { fromFileUrl, join } from "../../../lib/util/path.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";
import { memorySink } from "../../cli/surroundings.ts";
import { filesBelow, startTask } from "./task.ts";

const raw = fromFileUrl(new URL("../../fixtures/raw", import.meta.url));

/** A cut of the whole: two data sets of different kinds, three methods, two seeds, all backbones. */
const cut = [
  ...["--scale", "smoke", "--backend", "wasm", "--raw", raw],
  ...["--datasets", "pamap2,secondary-structure", "--methods", "scratch,dabs-mae,metamae"],
];
const out = join(await makeTempDir(), "grid");

/** Runs the task in this process. */
async function reproduce(...args: readonly string[]) {
  const [stdout, stderr] = [memorySink({ width: 200 }), memorySink()];
  const code = await main(args, { stdout, stderr });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

Deno.test("reproduce-tables runs a cut of the grid from raw files to tables", async () => {
  const { code, stdout, stderr } = await reproduce(...cut, "--out", out);
  assertEquals([code, stderr.includes("Error")], [0, false]);
  assertStringIncludes(stdout, "22 of 22 cells are done");
  const report = await Deno.readTextFile(join(out, "report/report.md"));
  for (
    const title of [
      "In-domain linear evaluation",
      "In-domain linear evaluation, all on MetaMAE's backbone",
      "Cross-domain linear evaluation",
      "DABS benchmark",
      "Cells of the grid",
    ]
  ) assertStringIncludes(report, `## ${title}\n`);
  const rows = report.split("\n").map((line) => line.replace(/ +/g, " "));
  const row = (start: string) => rows.find((line) => line.startsWith(`| ${start}`))!;
  // A row of the published table has our number beside the published one for every method that was run.
  const cells = row("Secondary Structure (accuracy, %)").split(" | ");
  assertEquals(cells.map((cell) => /^\*{0,2}\d+\.\d ± .* \(\d/.test(cell)), [
    ...[false, true, false, false, false, true, true],
  ]);
  assert(row("Secondary Structure, without padding").includes("±"));
  assert(row("PAMAP2 (accuracy, %)").includes("69.8"), "the table of DABS");
  const { cells: listed } = JSON.parse(await Deno.readTextFile(join(out, "grid.json")));
  assertEquals(listed.length, 22);
  assert(listed.every((cell: { state: string }) => cell.state === "done"));
});

Deno.test("reproduce-tables does nothing again and writes the same bytes", async () => {
  const before = await filesBelow(join(out, "report"));
  const records = await filesBelow(join(out, "records"));
  await Deno.remove(join(out, "report"), { recursive: true });
  const { code } = await reproduce(...cut, "--out", out, "--quiet");
  assertEquals(code, 0);
  assertEquals(await filesBelow(join(out, "report")), before);
  assertEquals(await filesBelow(join(out, "records")), records);
});

Deno.test("reproduce-tables --status and --dry-run change nothing", async () => {
  const before = await filesBelow(join(out, "records"));
  const more = [...cut, "--methods", "emix", "--out", out];
  const status = await reproduce(...more, "--status");
  assertEquals(status.code, 0);
  assertStringIncludes(status.stdout, "22 of 32 cells are done, 10 are to be run");
  const plan = JSON.parse((await reproduce(...more, "--dry-run", "--json")).stdout);
  assertEquals([plan.schema, plan.version], ["metamae/grid-plan", 1]);
  const emix = plan.costs.filter(({ settings }: { settings: { method?: string } }) =>
    settings.method === "emix"
  );
  // On both backbones for both data sets and both seeds, and for DABS's variant of PAMAP2.
  assertEquals(emix.length, 10);
  assert(
    emix.every((cost: { flops: number; disk: number }) => cost.flops > 1e6 && cost.disk > 1e5),
  );
  assertEquals(plan.costs.length, 10 + 10 + 10 + 6, "features, linear probes, and DABS's protocol");
  assert(plan.measured.seconds > 0 && plan.measured.flopsPerSecond > 1e6);
  assertEquals(await filesBelow(join(out, "records")), before);
  const fresh = join(await makeTempDir(), "never");
  assertEquals((await reproduce(...cut, "--out", fresh, "--status")).code, 0);
  await assertMissing(fresh);
});

Deno.test("reproduce-tables lists cells without raw files and runs the rest", async () => {
  const folder = await makeTempDir();
  await Deno.symlink(join(raw, "pamap2"), join(folder, "pamap2"));
  const place = join(folder, "grid");
  const some = [
    ...["--scale", "smoke", "--backend", "wasm", "--raw", folder, "--seeds", "1", "--out", place],
    ...["--datasets", "pamap2,scop", "--methods", "metamae"],
  ];
  const { code, stdout } = await reproduce(...some);
  assertEquals(code, 0, "what can run has run");
  assertStringIncludes(stdout, "1 of 2 cells are done, 1 lack raw files");
  assertStringIncludes(stdout, "metamae datasets pfam");
  const report = await Deno.readTextFile(join(place, "report/report.md"));
  assertStringIncludes(report, "the raw files of Pfam are missing");
  const nothing = [...some, "--raw", join(folder, "grid"), "--out", join(folder, "empty")];
  assertEquals((await reproduce(...nothing)).code, 7, "nothing could run");
});

Deno.test("reproduce-tables reports a cell that fails, goes on, and mends it later", async () => {
  const folder = await makeTempDir();
  for (const name of ["pamap2", "secondary-structure"]) await Deno.mkdir(join(folder, name));
  const archive = "pamap2/PAMAP2_Dataset.zip";
  await Deno.writeTextFile(join(folder, archive), "rubbish");
  const place = join(folder, "grid");
  const some = [
    ...["--scale", "smoke", "--backend", "wasm", "--raw", folder, "--seeds", "1", "--out", place],
    ...["--datasets", "pamap2,mnist", "--methods", "metamae"],
  ];
  const first = await reproduce(...some);
  assertEquals(first.code, 3);
  assertStringIncludes(first.stdout, "1 of 2 cells are done, 1 failed");
  assertStringIncludes(first.stdout, "PAMAP2_Dataset.zip");
  const report = await Deno.readTextFile(join(place, "report/report.md"));
  assertStringIncludes(report, "it failed: ");
  await Deno.copyFile(join(raw, archive), join(folder, archive));
  const second = await reproduce(...some);
  assertEquals(second.code, 0);
  assertStringIncludes(second.stdout, "2 of 2 cells are done");
});

Deno.test("reproduce-tables ends with the same tables after being killed three times", async () => {
  const place = join(await makeTempDir(), "grid");
  let finished = false;
  for (let kills = 0; kills < 3 && !finished; kills++) {
    const task = startTask([...cut, "--out", place]);
    // Long enough to start, short enough to come in the middle of the work.
    const timer = setTimeout(() => task.kill("SIGKILL"), 1200 + Math.random() * 2500);
    finished = (await task.status).success;
    clearTimeout(timer);
  }
  const { success } = await startTask([...cut, "--out", place]).status;
  assert(success);
  assertEquals(await filesBelow(join(place, "report")), await filesBelow(join(out, "report")));
});

Deno.test("reproduce-tables gives every job a process with its share of the cores", async () => {
  const place = join(await makeTempDir(), "grid");
  const some = [
    ...["--scale", "smoke", "--backend", "wasm", "--raw", raw, "--seeds", "1", "--out", place],
    ...["--datasets", "mnist", "--methods", "mae", "--jobs", "2"],
  ];
  const { success } = await startTask(some).status;
  assert(success);
  const logs = Object.keys(await filesBelow(join(place, "logs")));
  assertEquals(logs.length, 4, "store, run, features and result");
  const { code, stdout } = await reproduce(...some.slice(0, -2), "--status");
  assertEquals(code, 0);
  assertStringIncludes(stdout, "1 of 1 cells are done");
});

Deno.test("reproduce-tables refuses a folder that another grid is using", async () => {
  const place = join(await makeTempDir(), "grid");
  const task = startTask([...cut, "--out", place]);
  try {
    while (await isMissing(join(place, "records"))) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { code, stderr } = await reproduce(...cut, "--out", place);
    assertEquals(code, 6);
    assertStringIncludes(stderr, "another run uses it");
  } finally {
    task.kill("SIGKILL");
    await task.status;
  }
});

Deno.test("reproduce-tables --dry-run ends with 7 at once where the grid cannot fit", async () => {
  const paper = ["--dry-run", "--table", "in-domain", "--seeds", "1", "--out", out];
  const memory = await reproduce(...paper, "--datasets", "pamap2", "--backend", "wasm");
  assertEquals(memory.code, 7);
  assertStringIncludes(memory.stderr, "WebAssembly can use 3.5");
  // Features of a thousand seeds of HIGGS take terabytes.
  const disk = await reproduce(
    ...paper,
    ...["--datasets", "higgs", "--methods", "metamae", "--seeds", "3000"],
  );
  assertEquals(disk.code, 7);
  assertStringIncludes(disk.stderr, "on disk");
});

Deno.test("reproduce-tables explains bad options with exit code 2", async () => {
  const { code, stderr } = await reproduce("--scales", "smoke");
  assertEquals(code, 2);
  assertStringIncludes(stderr, 'Did you mean "--scale"?');
  const json = await reproduce("--scale", "huge", "--json");
  assertEquals(JSON.parse(json.stderr).exitCode, 2);
  assertStringIncludes((await reproduce("--help")).stdout, "--dry-run");
});

async function isMissing(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return false;
  } catch {
    return true;
  }
}

async function assertMissing(path: string): Promise<void> {
  assert(await isMissing(path), path);
}
