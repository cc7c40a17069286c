import {
  clusterFromEnvironment,
  encodeServerDef,
  parseTfConfig,
  taskName,
} from "../../../lib/engine/cluster/cluster.ts";
import { UsageError } from "../../../lib/util/errors.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const from = (variables: Record<string, string>, port?: number) =>
  clusterFromEnvironment((name) => variables[name], { port });

const config = (type: string, index: unknown, cluster: object) =>
  JSON.stringify({ cluster, task: { type, index } });

const workers = { worker: ["a:2222", "b:2222", "10.0.0.7:3"] };

Deno.test("parseTfConfig() reads workers and the place of this one", () => {
  assertEquals(parseTfConfig(config("worker", 2, workers)), {
    addresses: ["a:2222", "b:2222", "10.0.0.7:3"],
    rank: 2,
  });
  assertEquals(parseTfConfig(config("worker", "1", workers)).rank, 1);
});

Deno.test("parseTfConfig() puts the chief before the workers", () => {
  const cluster = { worker: ["w:1", "w:2"], chief: ["c:1"] };
  const addresses = ["c:1", "w:1", "w:2"];
  assertEquals(parseTfConfig(config("chief", 0, cluster)), { addresses, rank: 0 });
  assertEquals(parseTfConfig(config("worker", 0, cluster)), { addresses, rank: 1 });
  assertEquals(parseTfConfig(config("worker", 1, cluster)), { addresses, rank: 2 });
});

Deno.test("parseTfConfig() says what is wrong with the document", () => {
  const wrong: [string, string][] = [
    ["{", "it is no JSON document"],
    ["3", "its cluster names no worker"],
    [config("worker", 0, { worker: [] }), "its cluster names no worker"],
    [
      config("worker", 3, workers),
      'the index of the task is 3, the cluster has 3 of type "worker"',
    ],
    [config("worker", -1, workers), "the index of the task is -1"],
    [config("worker", undefined, workers), "the index of the task is missing"],
    [config("chief", 0, workers), 'the cluster has 0 of type "chief"'],
    [config("ps", 0, workers), 'the task is a "ps"'],
    [config("worker", 0, { worker: "a:1" }), '"worker" is no list'],
    [config("worker", 0, { worker: ["a"] }), 'the address "a" of a "worker"'],
    [config("worker", 0, { worker: ["a:0"] }), 'the address "a:0"'],
    [config("worker", 0, { worker: ["a:70000"] }), 'the address "a:70000"'],
    [config("worker", 0, { worker: [7] }), "the address 7"],
  ];
  for (const [text, part] of wrong) assertThrows(() => parseTfConfig(text), UsageError, part);
});

Deno.test("clusterFromEnvironment() finds nothing for a process that trains alone", () => {
  assertEquals(from({}), undefined);
  assertEquals(from({ TF_CONFIG: " " }), undefined);
  assertEquals(from({ TF_CONFIG: config("worker", 0, { worker: ["a:1"] }) }), undefined);
});

Deno.test("clusterFromEnvironment() prefers TF_CONFIG to the scheduler", () => {
  const slurm = { SLURM_PROCID: "1", SLURM_NTASKS: "2", SLURM_JOB_NODELIST: "n[1-2]" };
  assertEquals(from(slurm, 5000)?.addresses, ["n1:5000", "n2:5000"]);
  const both = { ...slurm, TF_CONFIG: config("worker", 0, workers) };
  assertEquals(from(both)?.addresses, workers.worker);
});

Deno.test("clusterFromEnvironment() refuses two workers at one address", () => {
  const twice = { worker: ["a:1", "b:1", "a:1"] };
  assertThrows(() => from({ TF_CONFIG: config("worker", 0, twice) }), UsageError, '"a:1"');
});

const text = (value: string) => [...new TextEncoder().encode(value)];

Deno.test("encodeServerDef() writes the message worked out by hand", () => {
  const leader = text("/job:worker/replica:0/task:0");
  assertEquals([...encodeServerDef({ addresses: ["a:1", "b:22"], rank: 1 })], [
    // cluster { job { name: "worker" tasks { 0: "a:1" } tasks { 1: "b:22" } } }
    ...[0x0a, 29, 0x0a, 27, 0x0a, 6, ...text("worker")],
    ...[0x12, 7, 0x08, 0, 0x12, 3, ...text("a:1")],
    ...[0x12, 8, 0x08, 1, 0x12, 4, ...text("b:22")],
    // job_name: "worker" task_index: 1
    ...[0x12, 6, ...text("worker"), 0x18, 1],
    // default_session_config { experimental { collective_group_leader: ... } }
    ...[0x22, 33, 0x82, 0x01, 30, 0x0a, 28, ...leader],
    // protocol: "grpc"
    ...[0x2a, 4, ...text("grpc")],
  ]);
});

Deno.test("taskName() is the name that TensorFlow gives to a worker", () => {
  assertEquals(taskName(12), "/job:worker/replica:0/task:12");
});
