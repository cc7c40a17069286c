import { readMetricsLog } from "../../lib/train/metrics_log.ts";
import { openRunLog } from "../../lib/train/run_log.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals } from "../assert.ts";
import { inTemporaryFolder, namesIn } from "./temporary_folder.ts";

const record = (step: number) => ({
  step,
  learningRate: 0.5,
  metrics: { loss: step / 2, gradientNorm: 3 },
  waited: 0,
  stop: false,
});
const timing = { seconds: 1, samplesPerSecond: 100, waiting: 0.25 };

Deno.test("openRunLog keeps what the seed decides apart from what the clock decides", () =>
  inTemporaryFolder(async (run) => {
    {
      await using log = await openRunLog(run, 0);
      for (const step of [1, 2, 3]) await log.add(record(step), timing);
      await log.sync();
      assertEquals((await readMetricsLog(join(run, "metrics.jsonl"))).length, 3);
    }
    const [first] = await readMetricsLog(join(run, "metrics.jsonl"));
    assertEquals(first, { step: 1, learningRate: 0.5, loss: 0.5, gradientNorm: 3 });
    const [time] = await readMetricsLog(join(run, "timing.jsonl"));
    assertEquals(time, { step: 1, seconds: 1, samplesPerSecond: 100, waiting: 0.25 });
  }));

Deno.test("openRunLog writes an event file a session, unless it is switched off", () =>
  inTemporaryFolder(async (run) => {
    for (const lastStep of [0, 2]) {
      await using log = await openRunLog(run, lastStep);
      for (const step of [1, 2, 3]) await log.add(record(lastStep + step), timing);
    }
    const events = (await namesIn(run)).filter((name) => name.startsWith("events."));
    assertEquals(events.length, 2);
    for (const name of events) {
      const text = new TextDecoder("latin1").decode(await Deno.readFile(join(run, name)));
      assert(text.includes("brain.Event:2"));
      assertEquals(text.split("gradientNorm").length - 1, 3);
      assertEquals(text.split("samplesPerSecond").length - 1, 3);
    }
    assertEquals(
      (await readMetricsLog(join(run, "metrics.jsonl"))).map(({ step }) => step),
      [1, 2, 3, 4, 5],
    );
    const quiet = join(run, "quiet");
    await Deno.mkdir(quiet);
    await using _ = await openRunLog(quiet, 0, { tensorboard: false });
    assertEquals(await namesIn(quiet), ["metrics.jsonl", "timing.jsonl"]);
  }));
