import { learningRate } from "../../lib/train/optimizer.ts";
import { assert, assertAlmostEquals, assertEquals } from "../assert.ts";

Deno.test("learningRate stays at the base for the constant schedule", () => {
  for (const step of [0, 1, 999]) {
    assertEquals(learningRate({ kind: "constant" }, 1e-4, step, 1000), 1e-4);
  }
});

Deno.test("learningRate rises linearly over the warm-up and never starts at zero", () => {
  const schedule = { kind: "cosine", warmup: 10, final: 0 } as const;
  assertAlmostEquals(learningRate(schedule, 1, 0, 100), 0.1, 1e-12);
  assertAlmostEquals(learningRate(schedule, 1, 9, 100), 1, 1e-12);
});

Deno.test("learningRate falls along half a cosine to the final share", () => {
  const schedule = { kind: "cosine", warmup: 0, final: 0.2 } as const;
  assertAlmostEquals(learningRate(schedule, 1, 49, 100), 0.6, 1e-12);
  assertAlmostEquals(learningRate(schedule, 1, 99, 100), 0.2, 1e-12);
  assertAlmostEquals(learningRate(schedule, 1, 500, 100), 0.2, 1e-12);
});

Deno.test("learningRate never rises after the warm-up", () => {
  const schedule = { kind: "cosine", warmup: 5, final: 0 } as const;
  const rates = Array.from({ length: 50 }, (_, step) => learningRate(schedule, 1, step, 50));
  for (let step = 6; step < 50; step++) assert(rates[step]! < rates[step - 1]!);
});
