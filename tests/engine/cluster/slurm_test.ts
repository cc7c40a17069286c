import {
  expandHostlist,
  expandTaskCounts,
  slurmCluster,
} from "../../../lib/engine/cluster/cluster.ts";
import { UsageError } from "../../../lib/util/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const cluster = (variables: Record<string, string>, port?: number) =>
  slurmCluster((name) => variables[name], { port });

// What srun gives to the last of five tasks on two nodes.
const step = {
  SLURM_JOB_ID: "1234567",
  SLURM_STEP_ID: "0",
  SLURM_PROCID: "4",
  SLURM_LOCALID: "1",
  SLURM_NODEID: "1",
  SLURM_NTASKS: "8",
  SLURM_STEP_NUM_TASKS: "5",
  SLURM_JOB_NODELIST: "gpu[01-04]",
  SLURM_STEP_NODELIST: "gpu[02,04]",
  SLURM_TASKS_PER_NODE: "2(x4)",
  SLURM_STEP_TASKS_PER_NODE: "3,2",
};

Deno.test("slurmCluster() places the tasks of a step node by node", () => {
  assertEquals(cluster(step), {
    addresses: ["gpu02:24567", "gpu02:24568", "gpu02:24569", "gpu04:24567", "gpu04:24568"],
    rank: 4,
  });
  assertEquals(cluster(step, 9000)?.addresses[3], "gpu04:9000");
});

Deno.test("slurmCluster() makes do with the variables of the job", () => {
  const job = { SLURM_PROCID: "0", SLURM_NTASKS: "3", SLURM_JOB_NODELIST: "a,b" };
  assertEquals(cluster(job), { addresses: ["a:20000", "a:20001", "b:20000"], rank: 0 });
});

Deno.test("slurmCluster() is nothing for a single task, and for a batch script", () => {
  assertEquals(cluster({}), undefined);
  assertEquals(cluster({ SLURM_NTASKS: "4", SLURM_JOB_NODELIST: "a" }), undefined);
  assertEquals(cluster({ ...step, SLURM_STEP_NUM_TASKS: "1" }), undefined);
  const { SLURM_STEP_ID: _, ...script } = { ...step, ENVIRONMENT: "BATCH" };
  assertEquals(cluster(script), undefined);
  assertEquals(cluster({ ...step, ENVIRONMENT: "BATCH" })?.rank, 4);
});

Deno.test("slurmCluster() refuses variables that contradict each other", () => {
  const wrong: [Record<string, string>, string][] = [
    [{ SLURM_PROCID: "5", SLURM_LOCALID: "2" }, "SLURM_PROCID is 5 of 5 tasks"],
    [{ SLURM_STEP_TASKS_PER_NODE: "3,3" }, "6 tasks stand on 2 of 2 nodes, 5 are wanted"],
    [{ SLURM_STEP_TASKS_PER_NODE: "5" }, "5 tasks stand on 1 of 2 nodes"],
    [{ SLURM_NODEID: "0" }, "number 1 on node 0, by blocks it would be number 1 on node 1"],
    [{ SLURM_PROCID: "four" }, '"four" is no number'],
    [{ SLURM_STEP_NODELIST: "gpu[02" }, '"gpu[02" is no list of hosts'],
  ];
  for (const [change, part] of wrong) {
    assertThrows(() => cluster({ ...step, ...change }), UsageError, part);
  }
  const nowhere = { SLURM_PROCID: "0", SLURM_NTASKS: "2" };
  assertThrows(() => cluster(nowhere), UsageError, "SLURM_JOB_NODELIST is not set");
});

Deno.test("expandHostlist() reads every form of names", () => {
  const forms: Record<string, string[]> = {
    "login": ["login"],
    "a,b.example.org": ["a", "b.example.org"],
    "n[1-3]": ["n1", "n2", "n3"],
    "n[08-11]": ["n08", "n09", "n10", "n11"],
    "n[1,3,5-6],m2": ["n1", "n3", "n5", "n6", "m2"],
    "r[1-2]c[1-2]": ["r1c1", "r1c2", "r2c1", "r2c2"],
    "n[1-2]-ib": ["n1-ib", "n2-ib"],
    "a[1-2], b[007-008]": ["a1", "a2", "b007", "b008"],
  };
  for (const [text, hosts] of Object.entries(forms)) assertEquals(expandHostlist(text), hosts);
});

Deno.test("expandHostlist() refuses what is no list", () => {
  for (
    const text of ["", "a,", "n[1-", "n1-2]", "n[]", "n[3-1]", "n[a-b]", "n[[1]]", "n[1-9999999]"]
  ) {
    assertThrows(() => expandHostlist(text), UsageError, "is no list of hosts");
  }
});

Deno.test("expandTaskCounts() repeats what stands with a factor", () => {
  assertEquals(expandTaskCounts("2(x3),1"), [2, 2, 2, 1]);
  assertEquals(expandTaskCounts("4"), [4]);
  for (const text of ["", "2(x)", "2x3", "a"]) {
    assertThrows(() => expandTaskCounts(text), UsageError, "is no list of task counts");
  }
});
