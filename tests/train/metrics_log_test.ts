import { openMetricsLog, readMetricsLog } from "../../lib/train/metrics_log.ts";
import { StorageError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { assertEquals, assertRejects } from "../assert.ts";
import { inTemporaryFolder } from "./temporary_folder.ts";

Deno.test("openMetricsLog appends one line a step", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "metrics.jsonl");
    const log = await openMetricsLog(path, 0);
    log.add({ step: 1, loss: 0.5 });
    assertEquals(await Deno.readTextFile(path), "");
    await log.flush();
    log.add({ step: 2, loss: 0.25 });
    await log.close();
    await log.close();
    assertEquals(await Deno.readTextFile(path), '{"step":1,"loss":0.5}\n{"step":2,"loss":0.25}\n');
    assertEquals(await readMetricsLog(path), [{ step: 1, loss: 0.5 }, { step: 2, loss: 0.25 }]);
  }));

Deno.test("openMetricsLog drops later steps and a last line that was cut off", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "metrics.jsonl");
    const lines = [1, 2, 3, 4].map((step) => `{"step":${step},"loss":0}\n`);
    await Deno.writeTextFile(path, lines.join("") + '{"step":5,"lo');
    const open = async (step: number) => await (await openMetricsLog(path, step)).close();
    await open(4);
    assertEquals(await Deno.readTextFile(path), lines.join(""));
    await open(2);
    assertEquals(await Deno.readTextFile(path), lines.slice(0, 2).join(""));
    await open(0);
    assertEquals(await Deno.readTextFile(path), "");
  }));

Deno.test("readMetricsLog leaves out what is no line, and an absent file has none", () =>
  inTemporaryFolder(async (folder) => {
    const path = join(folder, "metrics.jsonl");
    assertEquals(await readMetricsLog(path), []);
    await Deno.writeTextFile(path, '{"step":1}\n\0\0\0\n{"loss":2}\n{"step":2}\n{"st');
    assertEquals(await readMetricsLog(path), [{ step: 1 }, { step: 2 }]);
  }));

Deno.test("openMetricsLog fails with exit code 4 where it cannot write", () =>
  inTemporaryFolder(async (folder) => {
    const error = await assertRejects(() => openMetricsLog(folder, 0), StorageError);
    assertEquals(error.exitCode, 4);
  }));
