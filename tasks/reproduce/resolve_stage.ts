/**
 * What is to be done for a stage: nothing, because it is done; to do it; or to wait for what it
 * lacks.
 *
 * @module
 */

import type { Dataset } from "../../lib/datasets/mod.ts";
import { chooseBackend, findLibtensorflow } from "../../lib/engine/install/mod.ts";
import type { BackendName } from "../../lib/spec/mod.ts";
import { canonicalJson, programVersion } from "../../lib/util/mod.ts";
import manifest from "../../deno.json" with { type: "json" };
import type { GridPlan } from "./plan.ts";
import {
  findRawData,
  howToGet,
  needsRaw,
  noRawDigest,
  type RawData,
  rawFilesDigest,
} from "./raw_data.ts";
import type { Stage } from "./stage.ts";
import {
  type CodeVersions,
  type StageFailure,
  stageKey,
  type StageRecord,
  type Workspace,
} from "./workspace.ts";

/** Where the stages of a plan run. */
export interface Grid {
  readonly plan: GridPlan;
  readonly workspace: Workspace;
  /** Folder of raw files. */
  readonly raw: string | undefined;
  readonly backend: BackendName;
  /** Versions of program and engine. */
  readonly code: CodeVersions;
  readonly datasets: ReadonlyMap<string, Dataset>;
}

/** A stage that can run now. */
export interface ReadyStage {
  readonly state: "ready";
  readonly stage: Stage;
  readonly inputs: readonly string[];
  readonly code: CodeVersions;
  readonly key: string;
  /** Records of the stages that it builds on, in their order. */
  readonly before: readonly StageRecord[];
  /** Raw files, where it reads any. */
  readonly raw: RawData | undefined;
}

/** How it stands with a stage. */
export type StageStatus =
  | ReadyStage
  | { readonly state: "done"; readonly record: StageRecord }
  | { readonly state: "failed"; readonly failure: StageFailure }
  /** There are no raw files; `how` says where to get them. */
  | { readonly state: "missing"; readonly how: string }
  /** A stage that it builds on is not done. */
  | { readonly state: "blocked"; readonly by: string };

/** Options of {@linkcode resolveStage}. */
export interface ResolveOptions {
  /**
   * Whether raw files are taken to be those that the store was made from, instead of reading them
   * all: for showing how things stand, and for stages that only build on the store.
   */
  readonly trustRaw?: boolean;
}

/**
 * Decides what is to be done for a stage.
 *
 * @param known Status of the stages that it builds on.
 */
export async function resolveStage(
  grid: Grid,
  stage: Stage,
  known: ReadonlyMap<string, StageStatus>,
  options: ResolveOptions = {},
): Promise<StageStatus> {
  const before: StageRecord[] = [];
  for (const id of stage.after) {
    const status = known.get(id);
    if (status?.state !== "done") return { state: "blocked", by: id };
    before.push(status.record);
  }
  const code = stage.settings.kind === "tokenize" ? programOnly(grid.code) : grid.code;
  const record = await grid.workspace.record(stage);
  if (stage.settings.kind === "tokenize") {
    return await resolveTokenize(grid, stage, stage.settings.dataset, code, record, options);
  }
  const inputs = before.map(({ digest }) => digest);
  const key = stageKey(stage, inputs, code);
  if (record?.key === key) return { state: "done", record };
  return { state: "ready", stage, inputs, code, key, before, raw: undefined };
}

async function resolveTokenize(
  { raw: folder, datasets }: Grid,
  stage: Stage,
  id: string,
  code: CodeVersions,
  record: StageRecord | undefined,
  { trustRaw = false }: ResolveOptions,
): Promise<StageStatus> {
  const dataset = datasets.get(id)!;
  const raw = folder === undefined || !needsRaw(dataset)
    ? undefined
    : await findRawData(dataset, folder);
  const isMissing = needsRaw(dataset) && raw === undefined;
  // Raw files may be gone once the store is made: what it was made from stands in its record.
  const isKnown = record !== undefined && canonicalJson(record.code) === canonicalJson(code);
  if (isKnown && (isMissing || trustRaw)) return { state: "done", record };
  if (isMissing) return { state: "missing", how: howToGet(dataset, folder) };
  const inputs = [raw === undefined ? noRawDigest : await rawFilesDigest(raw)];
  const key = stageKey(stage, inputs, code);
  if (record?.key === key) return { state: "done", record };
  return { state: "ready", stage, inputs, code, key, before: [], raw };
}

/** Versions of the program and of the engine that a backend stands for. */
export function codeVersions(backend: BackendName): CodeVersions {
  const search = findLibtensorflow();
  const chosen = backend === "auto" ? chooseBackend(search).backend : backend;
  const version = chosen === "tensorflow"
    ? search.found?.version ?? "of unknown version"
    : manifest.imports["@tensorflow/tfjs"].split("@").at(-1)!;
  return { metamae: programVersion, [chosen]: version };
}

/** No engine takes part in making a store. */
function programOnly(code: CodeVersions): CodeVersions {
  return { metamae: code["metamae"]! };
}
