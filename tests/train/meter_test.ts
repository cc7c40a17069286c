import { createMeter } from "../../lib/train/run_log.ts";
import { assertAlmostEquals, assertEquals } from "../assert.ts";

Deno.test("createMeter leaves the first step out of the speed", () => {
  let now = 0;
  const meter = createMeter(10, () => now);
  assertEquals([meter.samplesPerSecond(), meter.secondsFor(5)], [0, undefined]);
  now = 20_000;
  meter.count(0);
  assertEquals(meter.samplesPerSecond(), 0);
  for (let step = 0; step < 4; step++) {
    now += 500;
    meter.count(0);
  }
  assertAlmostEquals(meter.samplesPerSecond(), 20, 1e-9);
  assertAlmostEquals(meter.secondsFor(6)!, 3, 1e-9);
  assertAlmostEquals(meter.seconds(), 22, 1e-9);
});

Deno.test("createMeter gives speed and waiting of each lap", () => {
  let now = 0;
  const meter = createMeter(8, () => now);
  now = 1000;
  meter.count(0.25);
  assertEquals(meter.lap(), { samplesPerSecond: 8, waiting: 0.25 });
  now = 3000;
  meter.count(0);
  meter.count(0.5);
  assertEquals(meter.lap(), { samplesPerSecond: 8, waiting: 0.25 });
});
