import { resumeCommand } from "../../lib/train/interruption.ts";
import type { RunConfig } from "../../lib/documents/run_config.ts";
import { assertEquals } from "../assert.ts";

Deno.test("resumeCommand names the subcommand that the run was started with", () => {
  const config = { method: "mae", data: { folder: "a store" }, training: { from: "/first run" } };
  assertEquals(
    resumeCommand("runs/b", config as RunConfig),
    "metamae pretrain --method mae --data 'a store' --out runs/b --resume",
  );
  const task = { kind: "single-label", classes: 3, metric: "accuracy" };
  assertEquals(
    resumeCommand("runs/b", { ...config, task } as RunConfig),
    "metamae adapt --mode finetune --run '/first run' --data 'a store' --out runs/b --resume",
  );
});
