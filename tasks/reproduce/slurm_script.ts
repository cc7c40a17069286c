/**
 * The batch script that Slurm runs for every element of a job array.
 *
 * @module
 */

import { shellLine } from "../../lib/terminal/mod.ts";
import { threadVariables } from "./core_share.ts";

/**
 * Makes the script. Its argument is a file of orders; the element's number says which one is meant.
 *
 * Before the time limit Slurm sends SIGUSR1 to the script alone. The process is then stopped with a
 * checkpoint and the element is put back into the queue, where it goes on later. A preempted element is put
 * back by Slurm itself. One that the user cancels is not.
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
