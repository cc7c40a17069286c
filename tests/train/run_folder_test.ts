import type { Method } from "../../lib/methods/method.ts";
import type { Session } from "../../lib/train/environment.ts";
import { resolveRunConfig } from "../../lib/train/prepare_run.ts";
import {
  checkResumed,
  openRunFolder,
  recordSession,
  writeRunConfig,
} from "../../lib/train/run_folder.ts";
import { LockedError, UsageError } from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { assertEquals, assertRejects, assertThrows } from "../assert.ts";
import { fakeData } from "./fake_data.ts";
import { fakeMethod } from "./fake_method.ts";
import { inTemporaryFolder, namesIn } from "./temporary_folder.ts";

const config = resolveRunConfig({ seed: 3 }, fakeMethod as unknown as Method, fakeData());

Deno.test("openRunFolder makes nothing until the configuration is written", () =>
  inTemporaryFolder(async (parent) => {
    const path = join(parent, "deep", "run");
    {
      await using folder = await openRunFolder(path, false);
      assertEquals([folder.path, folder.saved], [path, undefined]);
      assertEquals(await namesIn(join(parent, "deep")), [".run.lock"]);
      await writeRunConfig(folder, config);
      assertEquals(await namesIn(path), ["config.json"]);
    }
    assertEquals(await namesIn(join(parent, "deep")), ["run"]);
    await using again = await openRunFolder(path, true);
    assertEquals(again.saved, config);
    checkResumed(again, { ...config, training: { ...config.training, steps: 7 } });
    assertThrows(
      () => checkResumed(again, { ...config, training: { ...config.training, seed: 4 } }),
      UsageError,
      "training.seed: 3 in the run, 4 now",
    );
  }));

Deno.test("openRunFolder lets one holder in at a time", () =>
  inTemporaryFolder(async (parent) => {
    const path = join(parent, "run");
    {
      await using _ = await openRunFolder(path, false);
      await assertRejects(() => openRunFolder(path, true), LockedError);
    }
    await using _ = await openRunFolder(path, false);
  }));

Deno.test("openRunFolder clears what a killed start left, and nothing else", () =>
  inTemporaryFolder(async (parent) => {
    const path = join(parent, "run");
    await Deno.mkdir(join(path, "checkpoints", ".step-00000001.tmp-0a1b2c3d"), { recursive: true });
    await Deno.writeTextFile(join(path, ".config.json.tmp-01234567"), "{");
    await Deno.writeTextFile(join(path, "config.json"), JSON.stringify(config));
    await Deno.writeTextFile(join(path, "notes.txt"), "mine");
    await using folder = await openRunFolder(path, true);
    assertEquals(folder.saved, config);
    assertEquals(await namesIn(path), ["checkpoints", "config.json", "notes.txt"]);
    assertEquals(await namesIn(join(path, "checkpoints")), []);
  }));

Deno.test("openRunFolder takes a folder that only a killed start has touched", () =>
  inTemporaryFolder(async (parent) => {
    await Deno.writeTextFile(join(parent, ".config.json.tmp-01234567"), "{");
    await using folder = await openRunFolder(parent, false);
    assertEquals(folder.saved, undefined);
    assertEquals(await namesIn(parent), []);
  }));

Deno.test("recordSession keeps the sessions and command lines before it", () =>
  inTemporaryFolder(async (path) => {
    const session = (startStep: number): Session => ({
      startStep,
      metamae: "0",
      deno: "0",
      platform: "linux",
      backend: "cpu",
      backendVersion: "0",
      compile: "off",
      threads: 2,
      workers: 1,
      cpu: undefined,
    });
    await recordSession(path, session(0), "metamae pretrain --out run");
    await recordSession(path, session(5), undefined);
    await recordSession(path, session(9), "metamae pretrain --out run --resume");
    const { sessions } = JSON.parse(await Deno.readTextFile(join(path, "environment.json")));
    assertEquals(sessions.map((s: Session) => s.startStep), [0, 5, 9]);
    assertEquals(
      await Deno.readTextFile(join(path, "command.txt")),
      "metamae pretrain --out run\nmetamae pretrain --out run --resume\n",
    );
  }));
