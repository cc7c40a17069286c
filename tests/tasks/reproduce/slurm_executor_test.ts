import { fromFileUrl, join } from "../../../lib/util/path.ts";
import { jobScript } from "../../../tasks/reproduce/slurm_executor.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";
import { filesBelow, runTask } from "./task.ts";

const raw = fromFileUrl(new URL("../../fixtures/raw", import.meta.url));
const on = (datasets: string) => [
  ...["--scale", "smoke", "--backend", "wasm", "--raw", raw, "--seeds", "1", "--quiet"],
  ...["--datasets", datasets, "--methods", "scratch,metamae"],
];
const some = on("mnist,scop");

/**
 * A Slurm of shell scripts: sbatch writes down how it was called and runs every element at once, one after
 * another, in the order of submission, which is an order that the dependencies allow.
 */
async function fakeSlurm(sbatch: string): Promise<string> {
  const folder = await makeTempDir();
  const programs = {
    sbatch,
    squeue: `cat "${folder}/queue" 2> /dev/null || true`,
    // Options of srun end where the program's path begins.
    srun: 'while [[ $1 == --* ]]; do shift; done; exec "$@"',
    scontrol: `echo "$@" >> "${folder}/scontrol.log"`,
  };
  for (const [name, text] of Object.entries(programs)) {
    await Deno.writeTextFile(join(folder, name), `#!/bin/bash\n${text}\n`, { mode: 0o755 });
  }
  return folder;
}

/** Notes its arguments, one call a line, and answers with a number. */
const noting = `here=$(dirname "$0")
echo "$*" >> "$here/calls"
job=$((100 + $(wc -l < "$here/calls")))
echo $job`;

/** Runs the elements as well, and marks those that wait for others that failed. */
const running = `${noting}
for word in "$@"; do
  case $word in
    --array=*) array=\${word#--array=} ;;
    --dependency=*) dependency=\${word#--dependency=} ;;
  esac
done
arguments=("\${@: -2}")
for range in \${array//,/ }; do
  for index in $(seq "\${range%-*}" "\${range#*-}"); do
    for part in \${dependency//,/ }; do
      case $part in
        aftercorr:*) [[ -e $here/failed-\${part#*:}_$index ]] && failed=1 ;;
        afterok:*) [[ -e $here/failed-\${part#*:} ]] && failed=1 ;;
      esac
    done
    if [[ -n \${failed:-} ]]; then touch "$here/failed-\${job}_$index"; failed=; continue; fi
    SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=$index SLURM_CPUS_PER_TASK=1 \\
      bash "\${arguments[0]}" "\${arguments[1]}" > "$here/out-\${job}_$index" 2>&1 ||
      touch "$here/failed-\${job}_$index"
  done
done`;

Deno.test("submitGrid() asks for arrays that wait for each other and go back into the queue", async () => {
  const slurm = await fakeSlurm(noting);
  const out = join(await makeTempDir(), "grid");
  const { code, stdout } = await runTask(
    [
      ...some,
      ...["--seeds", "2", "--out", out, "--executor", "slurm", "--jobs", "3"],
      ...["--slurm", "--partition=gpu --gres=gpu:1"],
    ],
    { path: slurm },
  );
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Submitted 27 elements of 5 job arrays; job 106 writes the tables");
  const calls = (await Deno.readTextFile(join(slurm, "calls"))).trimEnd().split("\n");
  const optionsOf = (call: string, ...names: readonly string[]) =>
    names.map((name) => new RegExp(`--${name}=(\\S+)`).exec(call)?.[1]);
  assertEquals(calls.map((call) => optionsOf(call, "job-name", "array", "dependency")), [
    ["metamae-tokenize", "0-2%3", undefined],
    ["metamae-pretrain", "0-5%3", "afterok:101_0"],
    ["metamae-pretrain", "0-5%3", "afterok:101_2"],
    ["metamae-evaluate", "0-5%3", "aftercorr:102,afterok:101_1"],
    ["metamae-evaluate", "0-5%3", "aftercorr:103,afterok:101_2"],
    ["metamae-report", "0", "afterany:101:102:103:104:105"],
  ]);
  for (const call of calls) {
    for (
      const word of [
        ...["--requeue", "--open-mode=append", "--kill-on-invalid-dep=yes"],
        ...["--signal=B:USR1@120", "--partition=gpu", "--gres=gpu:1"],
      ]
    ) assert(call.split(" ").includes(word), word);
  }
});

Deno.test("submitGrid() refuses while stages of the folder are queued; --status shows them", async () => {
  const slurm = await fakeSlurm(noting);
  const args = [...some, "--out", join(await makeTempDir(), "grid")];
  assertEquals((await runTask([...args, "--executor", "slurm"], { path: slurm })).code, 0);
  await Deno.writeTextFile(join(slurm, "queue"), "101 0 RUNNING\n102 0 PENDING\n102 1 PENDING\n");
  const again = await runTask([...args, "--executor", "slurm"], { path: slurm });
  assertEquals(again.code, 6);
  assertStringIncludes(again.stderr, "3 stages of it are queued or running");
  const { stdout } = await runTask([...args, "--status"], { path: slurm });
  assertStringIncludes(stdout, "In Slurm's queue: 1 running, 2 pending");
  assertStringIncludes(stdout, "  stores/");
});

Deno.test("submitGrid() says what is wrong where Slurm refuses, or is not there", async () => {
  const args = [...some, "--executor", "slurm", "--out", join(await makeTempDir(), "grid")];
  const refusing = await fakeSlurm('echo "sbatch: error: invalid partition" >&2; exit 1');
  const refused = await runTask(args, { path: refusing });
  assertEquals(refused.code, 4);
  assertStringIncludes(refused.stderr, "invalid partition");
  const absent = await runTask(args, { env: { PATH: await makeTempDir() } });
  assertEquals(absent.code, 7);
  assertStringIncludes(absent.stderr, 'there is no program "sbatch"');
});

Deno.test("a grid that Slurm runs ends with the tables of one that this machine runs", async () => {
  const slurm = await fakeSlurm(running);
  const [near, far] = [await makeTempDir(), await makeTempDir()];
  const own = on("mnist");
  assertEquals((await runTask([...own, "--out", near])).code, 0);
  const submitted = await runTask([...own, "--out", far, "--executor", "slurm"], { path: slurm });
  assertEquals(submitted.code, 0);
  assertEquals(await filesBelow(join(far, "report")), await filesBelow(join(near, "report")));
  const logs = await filesBelow(join(far, "logs"));
  assertEquals(Object.keys(logs).length, 1 + 3 + 3 + 1, "store, runs, evaluations, report");
  for (const text of Object.values(logs)) assertStringIncludes(text, "== Slurm job ");
});

Deno.test("jobScript() puts an element back into the queue only when its time is over", async () => {
  const slurm = await fakeSlurm(noting);
  const orders = join(slurm, "orders.json");
  await Deno.writeTextFile(join(slurm, "orders.logs"), `\n${slurm}/deep/log\n`);
  // Stands for the process: a checkpoint takes it a moment after the signal.
  const program =
    'trap "echo checkpoint; exit 143" TERM; echo began; for i in {1..100}; do sleep 0.1; done';
  await Deno.writeTextFile(join(slurm, "program"), `#!/bin/bash\n${program}\n`, { mode: 0o755 });
  await Deno.writeTextFile(join(slurm, "job.sh"), jobScript(join(slurm, "program"), ["run it"]));
  const run = async (signal: Deno.Signal) => {
    const child = new Deno.Command("sh", {
      args: ["-c", `exec bash "${slurm}/job.sh" "${orders}"`],
      env: {
        PATH: `${slurm}:${Deno.env.get("PATH")}`,
        SLURM_ARRAY_JOB_ID: "7",
        SLURM_ARRAY_TASK_ID: "1",
      },
    }).spawn();
    const log = join(slurm, "deep/log");
    while (!(await textOf(log)).includes("began")) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill(signal);
    const { code } = await child.status;
    const text = await textOf(log);
    await Deno.remove(log);
    return { code, text };
  };
  const timeOver = await run("SIGUSR1");
  assertEquals(timeOver.code, 143);
  assertStringIncludes(timeOver.text, "checkpoint");
  assertEquals(await textOf(join(slurm, "scontrol.log")), "requeue 7_1\n");
  await run("SIGTERM");
  assertEquals(await textOf(join(slurm, "scontrol.log")), "requeue 7_1\n", "cancelled for good");
});

async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return "";
  }
}
