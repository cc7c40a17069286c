import { assertEquals, assertRejects } from "../assert.ts";
import { DataError } from "../../lib/util/errors.ts";
import { createWorkerPool, mapOrdered } from "../../lib/util/worker_pool.ts";
import { double, type Task } from "./worker_fixture.ts";

const module = new URL("./worker_fixture.ts", import.meta.url);
const createPool = (workers: number) => createWorkerPool({ module, job: double, workers });

async function* tasks(...list: readonly Task[]): AsyncGenerator<Task> {
  yield* list;
}

for (const workers of [0, 1, 3]) {
  Deno.test(`createWorkerPool() gives results in the order of the jobs: ${workers} workers`, async () => {
    using pool = createPool(workers);
    assertEquals(pool.size, Math.max(1, workers));
    const list = [30, 1, 10, 0, 5, 0].map((wait, value): Task => ({ value, wait }));
    const results = mapOrdered(tasks(...list), 4, (task) => pool.run(task));
    const doubled = (await Array.fromAsync(results)).map(({ bytes }) => bytes[0]);
    assertEquals(doubled, [0, 2, 4, 6, 8, 10]);
  });

  Deno.test(`createWorkerPool() passes errors on and goes on: ${workers} workers`, async () => {
    using pool = createPool(workers);
    const failed = () => pool.run({ value: 7, fail: "data" });
    const error = await assertRejects(failed, DataError, "Cannot double 7: it is bad");
    assertEquals(error.exitCode, 3);
    await assertRejects(() => pool.run({ value: 7, fail: "other" }), Error, "a mistake of ours");
    assertEquals((await pool.run({ value: 21 })).bytes[0], 42);
  });
}

Deno.test("createWorkerPool() hands buffers over instead of copying them", async () => {
  using pool = createPool(1);
  const buffer = new ArrayBuffer(8);
  await pool.run({ value: 1 }, [buffer]);
  assertEquals(buffer.byteLength, 0);
});

Deno.test("createWorkerPool() fails a job whose worker cannot start", async () => {
  using pool = createWorkerPool({
    module: new URL("./no_such_module.ts", import.meta.url),
    job: double,
    workers: 1,
  });
  await assertRejects(() => pool.run({ value: 1 }), Error, "A worker failed: ");
  await assertRejects(() => pool.run({ value: 2 }), Error, "A worker failed: ");
});

Deno.test("mapOrdered() runs no more than the depth at once and reports the first failure", async () => {
  let running = 0;
  let most = 0;
  const run = async ({ value, wait = 0 }: Task) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, wait));
    running--;
    if (value >= 3) throw new RangeError(`task ${value}`);
    return value;
  };
  const list = [5, 1, 3, 9, 1, 1, 1].map((wait, value): Task => ({ value, wait }));
  const seen: number[] = [];
  const error = await assertRejects(async () => {
    for await (const value of mapOrdered(tasks(...list), 3, run)) seen.push(value);
  }, RangeError);
  // Task 4 fails before task 3 does, but comes after it.
  assertEquals([error.message, seen.join(), most], ["task 3", "0,1,2", 3]);
});
