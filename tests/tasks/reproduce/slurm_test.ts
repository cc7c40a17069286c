/**
 * The grid on a real Slurm, where there is one: a cluster that answers, or the programs of one and the right
 * to start it on this machine. Elsewhere these tests are not registered.
 */

import { fromFileUrl, join } from "../../../lib/util/path.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";
import { filesBelow, runTask } from "./task.ts";

const raw = fromFileUrl(new URL("../../fixtures/raw", import.meta.url));
const starter = fromFileUrl(new URL("../../slurm/start_slurm.sh", import.meta.url));

/** Runs a line of shell and gives what it prints; undefined if it fails. */
async function shell(line: string): Promise<string | undefined> {
  const { success, stdout } = await new Deno.Command("sh", {
    args: ["-c", line],
    stderr: "null",
  }).output();
  return success ? new TextDecoder().decode(stdout) : undefined;
}

const some = [
  ...["--scale", "smoke", "--backend", "wasm", "--raw", raw, "--seeds", "1", "--quiet"],
  ...["--datasets", "mnist", "--methods", "scratch,metamae"],
];
const local = join(await makeTempDir(), "grid");

/** Runs the grid here, once, to compare with. */
async function localTables(): Promise<Record<string, string>> {
  assertEquals((await runTask([...some, "--out", local])).code, 0);
  return await filesBelow(join(local, "report"));
}

/** Waits until nothing of a grid is queued. */
async function queueEnds(out: string): Promise<void> {
  const { report, arrays } = JSON.parse(
    await Deno.readTextFile(join(out, "slurm/submission.json")),
  );
  const jobs = [report, ...arrays.map(({ job }: { job: string }) => job)].join(",");
  for (let tries = 0; tries < 600; tries++) {
    if (await shell(`squeue --noheader --jobs=${jobs}`) === "") return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`Jobs ${jobs} are still queued: ${await shell(`squeue --jobs=${jobs}`)}`);
}

/**
 * Shortens the two minutes that Slurm lets pass before it starts a requeued job again. A node refuses to start
 * it in the second in which it ended.
 */
async function startSoon(job: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const state = await shell(`squeue --noheader --array --format=%T:%r --jobs=${job}`);
    if (state?.trim() === "PENDING:BeginTime") {
      await shell(`scontrol update JobId=${job} StartTime=now+2`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const isThere = await shell(
  'command -v sbatch && { timeout 20 sinfo || { [ "$(id -u)" = 0 ] && command -v slurmctld slurmd munged; }; }',
) !== undefined;

if (isThere) {
  Deno.test("reproduce-tables --executor slurm gives the tables of this machine", async () => {
    assert(await shell(`bash "${starter}"`) !== undefined, "Slurm does not start");
    const out = join(await makeTempDir(), "grid");
    const submitted = await runTask([...some, "--out", out, "--executor", "slurm"]);
    assertEquals([submitted.code, submitted.stderr], [0, ""]);
    assertStringIncludes(submitted.stdout, "Submitted 7 elements of 3 job arrays");
    await queueEnds(out);
    assertEquals(await filesBelow(join(out, "report")), await localTables());
  });

  Deno.test("reproduce-tables --executor slurm goes on where an element was preempted", async () => {
    assert(await shell(`bash "${starter}"`) !== undefined, "Slurm does not start");
    const out = join(await makeTempDir(), "grid");
    assertEquals((await runTask([...some, "--out", out, "--executor", "slurm"])).code, 0);
    const { arrays } = JSON.parse(await Deno.readTextFile(join(out, "slurm/submission.json")));
    const runs = arrays.find(({ kind }: { kind: string }) => kind === "pretrain").job;
    let preempted: string | undefined;
    for (let tries = 0; tries < 600 && preempted === undefined; tries++) {
      const running = await shell(
        `squeue --noheader --array --states=RUNNING --format=%i --jobs=${runs}`,
      ) ?? "";
      // Running for Slurm is not yet at work: the one that trains, which has said so in its log.
      const logs = Object.entries(await filesBelow(join(out, "logs/runs")).catch(() => ({})));
      const [, log] = logs.find(([path]) => path.includes("metamae-on-metamae")) ?? [];
      const working = running.trim().split("\n").find((id) =>
        log?.includes(`== Slurm job ${id}\n`)
      );
      // What preemption does: the job ends and goes back into the queue.
      if (working && await shell(`scontrol requeue ${working}`) !== undefined) preempted = working;
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert(preempted !== undefined, "no element was seen running");
    await startSoon(preempted);
    await queueEnds(out);
    const logs = await filesBelow(join(out, "logs/runs"));
    const starts = Object.values(logs).map((text) => text.split("== Slurm job ").length - 1);
    assert(starts.includes(2), `${preempted} was started twice: ${JSON.stringify(logs)}`);
    assertEquals(await filesBelow(join(out, "report")), await localTables());
  });
}
