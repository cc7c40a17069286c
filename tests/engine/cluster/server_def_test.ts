import { encodeServerDef, taskName } from "../../../lib/engine/cluster/server_def.ts";
import { assertEquals } from "../../assert.ts";

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
