import {
  type Contestant,
  type GroupOptions,
  planGroups,
} from "../../../tasks/bench/contestants.ts";
import { readOptions } from "../../../tasks/bench/options.ts";
import type { Configuration } from "../../../tasks/bench/work.ts";
import { assert, assertEquals } from "../../assert.ts";

function plan(args: readonly string[], more: Partial<GroupOptions> = {}) {
  return planGroups({ ...readOptions(args, 2)!, ...more });
}

function configuration({ step }: Contestant): Configuration {
  assert(step.side === "ours");
  return step.configuration;
}

Deno.test("planGroups() takes every setting with its own batches and every method", () => {
  const groups = plan(["--settings", "pamap2,genomics,eurosat", "--against", "pytorch"]);
  assertEquals(
    groups.map(({ setting, method, batchSize }) => [setting.id, method, batchSize]),
    [
      ["pamap2", "metamae", 64],
      ["pamap2", "metamae", 256],
      ["genomics", "metamae", 32],
      ["eurosat", "metamae", 64],
    ],
  );
  const few = plan(["--methods", "mae,metamae", "--batch-sizes", "8", "--levers"]);
  assertEquals(few.map(({ method, batchSize }) => [method, batchSize]), [["mae", 8], [
    "metamae",
    8,
  ]]);
});

Deno.test("planGroups() lets ours run before PyTorch on the same work and threads", () => {
  const [group] = plan(["--against", "pytorch", "--threads", "3"]);
  assertEquals(group!.contestants.map(({ name }) => name), ["tensorflow-xla", "pytorch"]);
  assertEquals(group!.base, "pytorch");
  const [ours, theirs] = group!.contestants as [Contestant, Contestant];
  assertEquals(ours.environment.TF_NUM_INTRAOP_THREADS, "3");
  assertEquals(theirs.environment.OMP_NUM_THREADS, "3");
  const { backend, compile, ...work } = configuration(ours);
  assertEquals([backend, compile], ["tensorflow", "xla"]);
  assertEquals(theirs.step, { side: "pytorch", work });
});

Deno.test("planGroups() compares nothing by default and spares the embedded engines", () => {
  const [group] = plan(["--engines", "tensorflow-off,wasm", "--steps", "9"]);
  assertEquals(group!.base, undefined);
  const [native, embedded] = group!.contestants.map(configuration);
  assertEquals([native!.compile, native!.steps, native!.warmup], ["off", 9, 2]);
  assertEquals([embedded!.backend, embedded!.steps, embedded!.warmup], ["wasm", 1, 1]);
});

Deno.test("planGroups() turns off one lever at a time", () => {
  const [group] = plan(["--levers"]);
  const [all, ...without] = group!.contestants;
  assertEquals(group!.base, all!.name);
  const everything = { ...configuration(all!), environment: all!.environment };
  const changes = without.map((contestant) => {
    const changed: Record<string, unknown> = {
      ...configuration(contestant),
      environment: contestant.environment,
    };
    return Object.entries(changed)
      .filter(([name, value]) =>
        JSON.stringify(value) !== JSON.stringify(everything[name as keyof typeof everything])
      )
      .map(([name]) => name).join();
  });
  assertEquals(changes, [
    "compile",
    "compile",
    "environment",
    "environment",
    "threads,environment",
    "method",
  ]);
  assertEquals(without[2]!.environment.TF_CPU_ALLOCATOR_USE_BFC, "0");
  assertEquals(without[4]!.environment.TF_NUM_INTRAOP_THREADS, "1");
});

Deno.test("planGroups() leaves out levers that are off already", () => {
  const [group] = plan(["--levers", "--threads", "1", "--methods", "mae"]);
  const names = group!.contestants.map(({ name }) => name);
  assert(!names.includes("1 thread") && !names.includes("first order"), names.join());
});

Deno.test("planGroups() loads from the store of the setting, against a resident batch", () => {
  const groups = plan(["--loading", "--settings", "pamap2,eurosat"], {
    storeOf: ({ id }) => `stores/${id}`,
  });
  for (const { contestants, base, setting } of groups) {
    const [loading, resident] = contestants.map(configuration);
    assertEquals(loading!.store, `stores/${setting.id}`);
    assertEquals(resident!.store, undefined);
    assertEquals(base, contestants[1]!.name);
  }
});
