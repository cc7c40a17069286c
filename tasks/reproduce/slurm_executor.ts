/**
 * Running a grid on a cluster: submits job arrays to Slurm, which runs them whenever it can.
 *
 * @module
 */

import { z } from "zod";
import { defineDocument, type DocumentOf } from "../../lib/documents/mod.ts";
import {
  disk,
  ioErrorCode,
  join,
  LockedError,
  MissingError,
  shellLine,
  StorageError,
  writeFileAtomic,
  writeJsonAtomic,
} from "../../lib/util/mod.ts";
import { threadVariables } from "./core_share.ts";
import type { GridPlan } from "./plan.ts";
import { formatIndices, type JobArray, planArrays, type Submittable } from "./slurm_arrays.ts";
import { type StageOrder, stageProcessArguments } from "./stage_process.ts";
import type { Workspace } from "./workspace.ts";

/** What was submitted, as the workspace keeps it. */
const fields = z.strictObject({
  arrays: z.array(z.strictObject({
    job: z.string(),
    kind: z.string(),
    elements: z.record(z.string(), z.array(z.string())),
  })),
  /** Job that writes the tables when all others have ended. */
  report: z.string(),
});

const submission = defineDocument("metamae/slurm-submission", 1, fields);

type Submission = DocumentOf<typeof submission>;

/** Options of {@linkcode submitGrid}. */
export interface SubmitOptions {
  /** What the processes are told about the grid. */
  readonly order: Omit<StageOrder, "stages">;
  /** Elements of one array that run at once; as many as Slurm lets if undefined. */
  readonly jobs: number | undefined;
  /** Further options for sbatch, such as the partition. */
  readonly options: readonly string[];
}

/** What was submitted. */
export interface SubmittedGrid {
  readonly arrays: number;
  readonly elements: number;
  /** Number of the last job, which writes the tables. */
  readonly report: string;
}

/**
 * Submits all that is left of a plan.
 *
 * @throws {LockedError} If jobs of an earlier submission are still queued or running.
 * @throws {MissingError} If there is no Slurm.
 * @throws {StorageError} If Slurm refuses.
 */
export async function submitGrid(
  plan: GridPlan,
  workspace: Workspace,
  stateOf: (id: string) => Submittable,
  { order, jobs, options }: SubmitOptions,
): Promise<SubmittedGrid> {
  const queued = await queueStates(workspace);
  if (queued.size > 0) {
    throw new LockedError(
      `Cannot submit "${workspace.root}": ${queued.size} stages of it are queued or running`,
      { hint: "Wait for them (--status shows how they stand), or end them with scancel" },
    );
  }
  const arrays = planArrays(plan, stateOf);
  const folder = workspace.path("slurm");
  await disk.makeFolder(folder);
  const script = join(folder, "job.sh");
  await writeFileAtomic(script, jobScript(Deno.execPath(), stageProcessArguments([])));
  const ids: string[] = [];
  const common = [
    "--parsable",
    ...["--requeue", "--open-mode=append", "--signal=B:USR1@120", "--kill-on-invalid-dep=yes"],
    ...["--ntasks=1", `--output=${join(folder, "%x-%A_%a.out")}`],
    ...options,
  ];
  for (const [i, array] of arrays.entries()) {
    const orders = join(folder, `array-${i}.json`);
    await writeOrders(orders, array, order, workspace);
    const limit = jobs === undefined ? "" : `%${jobs}`;
    const indices = formatIndices(array.elements.map(({ index }) => index));
    ids.push(
      await sbatch([
        ...common,
        `--job-name=metamae-${array.kind}`,
        `--array=${indices}${limit}`,
        ...dependencyOption(array, ids),
        script,
        orders,
      ]),
    );
  }
  const report = await submitReport(script, folder, order, ids, workspace, common);
  const record = submission.make({
    arrays: arrays.map(({ kind, elements }, i) => ({
      job: ids[i]!,
      kind,
      elements: Object.fromEntries(elements.map(({ index, stages }) => [index, [...stages]])),
    })),
    report,
  });
  await submission.write(recordOf(workspace), record);
  const elements = arrays.reduce((sum, array) => sum + array.elements.length, 0);
  return { arrays: arrays.length, elements, report };
}

/**
 * States in the queue of the stages that were submitted, such as `RUNNING`; empty without a Slurm.
 */
export async function queueStates(workspace: Workspace): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  const record = await readSubmission(workspace);
  if (record === undefined) return states;
  const ids = record.arrays.map(({ job }) => job);
  if (ids.length === 0) return states;
  const lines = await run("squeue", [
    "--noheader",
    "--array",
    "--format=%F %K %T",
    ...jobsOption(ids),
  ]);
  for (const line of lines?.split("\n") ?? []) {
    const [job, index, state] = line.trim().split(/\s+/);
    const stages = record.arrays.find((array) => array.job === job)?.elements[index ?? ""] ?? [];
    for (const stage of stages) states.set(stage, state!);
  }
  return states;
}

function jobsOption(ids: readonly string[]): readonly string[] {
  return [`--jobs=${ids.join(",")}`];
}

async function submitReport(
  script: string,
  folder: string,
  order: Omit<StageOrder, "stages">,
  ids: readonly string[],
  workspace: Workspace,
  common: readonly string[],
): Promise<string> {
  const orders = join(folder, "report.json");
  await writeJsonAtomic(orders, { 0: { ...order, stages: [], report: true } });
  await writeFileAtomic(logsOf(orders), `${workspace.logOf("report")}\n`);
  return await sbatch([
    ...common,
    ...["--job-name=metamae-report", "--array=0"],
    ...(ids.length === 0 ? [] : [`--dependency=afterany:${ids.join(":")}`]),
    script,
    orders,
  ]);
}

/** Orders by number, and beside them a file with one log a line, for the shell. */
async function writeOrders(
  path: string,
  { elements }: JobArray,
  order: Omit<StageOrder, "stages">,
  workspace: Workspace,
): Promise<void> {
  const orders = elements.map(({ index, stages }) => [index, { ...order, stages }] as const);
  await writeJsonAtomic(path, Object.fromEntries(orders));
  const last = Math.max(...elements.map(({ index }) => index));
  const names = new Map(elements.map(({ index, name }) => [index, workspace.logOf(name)]));
  const lines = Array.from({ length: last + 1 }, (_, i) => names.get(i) ?? "");
  await writeFileAtomic(logsOf(path), `${lines.join("\n")}\n`);
}

function logsOf(orders: string): string {
  return orders.replace(/\.json$/, ".logs");
}

function dependencyOption({ after }: JobArray, ids: readonly string[]): readonly string[] {
  if (after.length === 0) return [];
  const parts = after.map(({ array, index }) =>
    index === undefined ? `aftercorr:${ids[array]}` : `afterok:${ids[array]}_${index}`
  );
  return [`--dependency=${parts.join(",")}`];
}

function recordOf(workspace: Workspace): string {
  return workspace.path("slurm/submission.json");
}

async function readSubmission(workspace: Workspace): Promise<Submission | undefined> {
  try {
    return await submission.read(recordOf(workspace));
  } catch (error) {
    if (error instanceof MissingError) return undefined;
    throw error;
  }
}

async function sbatch(args: readonly string[]): Promise<string> {
  const output = await run("sbatch", args, true);
  if (output === undefined) {
    throw new MissingError('Cannot submit to Slurm: there is no program "sbatch"', {
      hint: "Run it on a login node of the cluster, or use --executor local",
    });
  }
  // With several clusters the name of one follows the number.
  const id = output.trim().split(";")[0]!;
  if (/^\d+$/.test(id)) return id;
  throw new StorageError(`Cannot submit to Slurm: sbatch answered "${output.trim()}"`);
}

/** What a program prints; undefined if there is no such program, or it fails and that may be. */
async function run(
  program: string,
  args: readonly string[],
  mustSucceed = false,
): Promise<string | undefined> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
    }).output();
    if (success) return new TextDecoder().decode(stdout);
    if (!mustSucceed) return undefined;
    throw new StorageError(
      `Cannot submit to Slurm: ${new TextDecoder().decode(stderr).trim().split("\n").at(-1)}`,
    );
  } catch (error) {
    if (ioErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Makes the script. Its argument is a file of orders; the element's number says which one is meant.
 *
 * Before the time limit Slurm sends SIGUSR1 to the script alone. The process is then stopped with a
 * checkpoint and the element is put back into the queue, where it goes on later. A preempted
 * element is put back by Slurm itself. One that the user cancels is not.
 *
 * @param deno Program that runs the process.
 * @param args Its arguments, to which orders and number are added.
 */
export function jobScript(deno: string, args: readonly string[]): string {
  const exports = Object.entries(threadVariables("$threads"))
    .map(([name, value]) => `${name}=${value}`).join(" ");
  return `#!/bin/bash
orders=$1
index=$SLURM_ARRAY_TASK_ID
log=$(sed -n "$((index + 1))p" "\${orders%.json}.logs")
mkdir -p "$(dirname "$log")"
exec >> "$log" 2>&1
echo "== Slurm job \${SLURM_ARRAY_JOB_ID}_$index"
threads=\${SLURM_CPUS_PER_TASK:-\${SLURM_CPUS_ON_NODE:-1}}
export ${exports} NO_COLOR=1

requeue=
trap 'requeue=yes; kill -TERM "$pid"' USR1
srun --ntasks=1 ${shellLine([deno, ...args])} "$orders" "$index" &
pid=$!
wait "$pid"
code=$?
# The signal interrupts the first wait.
while kill -0 "$pid" 2> /dev/null; do
  wait "$pid"
  code=$?
done
if [[ -n $requeue && $code -ne 0 ]]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$index"
fi
exit "$code"
`;
}
