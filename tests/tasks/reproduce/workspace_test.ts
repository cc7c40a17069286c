import { DataError, MissingError } from "../../../lib/util/errors.ts";
import { hashFile } from "../../../lib/util/hash.ts";
import { dirname } from "../../../lib/util/path.ts";
import { defineStage, type Stage } from "../../../tasks/reproduce/stage.ts";
import { createWorkspace, stageKey, type StageRecord } from "../../../tasks/reproduce/workspace.ts";
import { assertEquals, assertNotEquals } from "../../assert.ts";
import { makeTempDir } from "../../temporary.ts";

const store = defineStage("stores/a", { kind: "tokenize", dataset: "a", variant: "v" }, []);
const features = defineStage("features/a", { kind: "adapt", gallery: 0, compile: "off" }, [store]);
const code = { metamae: "1.0.0", tensorflow: "2.21.0" };
const digest = "0".repeat(64);

async function recordOf(root: string, stage: Stage): Promise<StageRecord> {
  const manifest = `${stage.name}/manifest.json`;
  await Deno.mkdir(dirname(`${root}/${manifest}`), { recursive: true });
  await Deno.writeTextFile(`${root}/${manifest}`, "{}");
  return {
    schema: "metamae/stage",
    version: 1,
    stage: stage.id,
    key: stageKey(stage, [], code),
    settings: { ...stage.settings },
    inputs: [],
    code,
    output: stage.name,
    manifest,
    digest: await hashFile(`${root}/${manifest}`),
  };
}

Deno.test("stageKey() depends on settings, inputs and versions, and on nothing else", () => {
  const key = stageKey(store, [digest], code);
  assertEquals(stageKey({ ...store, id: "other", name: "other" }, [digest], code), key);
  assertEquals(stageKey(store, [digest], { tensorflow: "2.21.0", metamae: "1.0.0" }), key);
  const others = [
    stageKey({ ...store, settings: { ...store.settings, variant: "w" } as never }, [digest], code),
    stageKey(store, ["1".repeat(64)], code),
    stageKey(store, [], code),
    stageKey(store, [digest], { ...code, metamae: "1.0.1" }),
    stageKey(store, [digest], { ...code, tensorflow: "2.22.0" }),
  ];
  assertEquals(new Set([key, ...others]).size, 6);
});

Deno.test("defineStage() gives equal stages one id, and others another", () => {
  const again = defineStage("stores/a", { kind: "tokenize", dataset: "a", variant: "v" }, []);
  assertEquals(again.id, store.id);
  const limited = { kind: "tokenize", dataset: "a", variant: "v", limit: 8 } as const;
  assertNotEquals(defineStage("stores/a", limited, []).id, store.id);
  assertNotEquals(defineStage("features/a", features.settings, []).id, features.id);
});

Deno.test("record() is there only while the output is there unchanged", async () => {
  const root = await makeTempDir();
  const workspace = createWorkspace(root);
  assertEquals(await workspace.record(store), undefined);
  const record = await recordOf(root, store);
  await workspace.writeRecord(record);
  assertEquals(await workspace.record(store), record);
  assertEquals(await workspace.record(features), undefined);
  await Deno.writeTextFile(workspace.path(record.manifest), "{ }");
  assertEquals(await workspace.record(store), undefined, "the output was changed");
  await Deno.remove(workspace.path(record.manifest));
  assertEquals(await workspace.record(store), undefined, "the output is gone");
});

Deno.test("record() takes a damaged record for none, and does not look at times", async () => {
  const root = await makeTempDir();
  const workspace = createWorkspace(root);
  const record = await recordOf(root, store);
  await workspace.writeRecord(record);
  await Deno.utime(workspace.path(record.manifest), new Date("2100-01-01"), new Date("1980-01-01"));
  await Deno.utime(workspace.path(`records/${store.id}.json`), 0, 0);
  assertEquals(await workspace.record(store), record);
  await Deno.writeTextFile(workspace.path(`records/${store.id}.json`), '{"schema": "metam');
  assertEquals(await workspace.record(store), undefined);
});

Deno.test("writeFailure() keeps what the user is told, until the stage succeeds", async () => {
  const root = await makeTempDir();
  const workspace = createWorkspace(root);
  assertEquals(await workspace.failure(store), undefined);
  await workspace.writeFailure(store, new DataError("Cannot read", { hint: "Get it again" }));
  const failure = (await workspace.failure(store))!;
  assertEquals([failure.exitCode, failure.missingRaw], [3, false]);
  const { exitCode, message, hint } = failure;
  assertEquals([exitCode, message, hint], [3, "Cannot read", "Get it again"]);
  await workspace.writeRecord(await recordOf(root, store));
  assertEquals(await workspace.failure(store), undefined);
});

Deno.test("writeFailure() tells missing raw files from other missing things", async () => {
  const workspace = createWorkspace(await makeTempDir());
  const error = new MissingError("Cannot tokenize: a file is missing");
  await workspace.writeFailure(store, error);
  await workspace.writeFailure(features, error);
  assertEquals((await workspace.failure(store))!.missingRaw, true);
  assertEquals((await workspace.failure(features))!.missingRaw, false);
});

Deno.test("outputOf() carries the key, so that outputs of different inputs stand side by side", () => {
  const workspace = createWorkspace("root");
  assertEquals(workspace.outputOf(store, "abcdef0123456789"), "stores/a-abcdef01");
  const probe = defineStage("results/a", {
    ...{ kind: "probe", protocol: "metamae", probes: "linear", epochs: 1, seed: 0, compile: "off" },
  }, [features]);
  assertEquals(workspace.outputOf(probe, "abcdef0123456789"), "results/a-abcdef01.json");
});
