import { checkpointState } from "../../lib/documents/checkpoint_state.ts";
import { openSafetensors } from "../../lib/formats/tensor/safetensors.ts";
import type { ParameterSpec } from "../../lib/methods/method.ts";
import {
  type Checkpoint,
  checkpointFolder,
  loadCheckpoint,
  saveCheckpoint,
} from "../../lib/train/checkpoint.ts";
import {
  isLeftover,
  listCheckpoints,
  loadLatestCheckpoint,
  pruneCheckpoints,
  removeLeftovers,
  setDamagedAside,
} from "../../lib/train/checkpoint_list.ts";
import { initialParameters } from "../../lib/train/parameters.ts";
import { DataError, StorageError, UsageError } from "../../lib/util/errors.ts";
import { float32 } from "../../lib/util/ndarray.ts";
import { join } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { failingFileSystem } from "../faults/failing_file_system.ts";
import { inTemporaryFolder, namesIn } from "./temporary_folder.ts";

const specs: ParameterSpec[] = [
  {
    name: "encoder.0.attn.qkv.weight",
    shape: [6, 2],
    trainable: true,
    initializer: { kind: "normal", deviation: 1 },
  },
  {
    name: "projector.1.num_batches_tracked",
    shape: [],
    trainable: false,
    initializer: { kind: "constant", value: 12 },
    dtype: "int64",
  },
  { name: "bias", shape: [2], trainable: true, initializer: { kind: "constant", value: 0.5 } },
];

function checkpoint(step: number, loss = 1): Checkpoint {
  const parameters = initialParameters(specs, step);
  const { "projector.1.num_batches_tracked": _, ...trainable } = parameters;
  return {
    state: { method: "mae", step, samples: 4 * step, seed: 0, metrics: { loss } },
    parameters,
    moments: { first: trainable, second: trainable },
  };
}

async function damage(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[bytes.length - 3]! ^= 1;
  await Deno.writeFile(path, bytes);
}

Deno.test("saveCheckpoint and loadCheckpoint keep every bit, names and element types", () =>
  inTemporaryFolder(async (run) => {
    const saved = checkpoint(300);
    const folder = await saveCheckpoint(run, saved, specs);
    assertEquals(folder, join(run, "checkpoints", "step-00000300"));
    const loaded = await loadCheckpoint(folder, specs);
    assertEquals(loaded, saved);
    assertEquals(Object.keys(loaded.parameters), specs.map(({ name }) => name));
    using file = await openSafetensors(join(folder, "model.safetensors"));
    assertEquals(file.tensors.get("projector.1.num_batches_tracked")!.dtype, "int64");
    assertEquals(file.metadata["format"], "pt");
    assertEquals(await namesIn(join(run, "checkpoints")), ["latest", "step-00000300"]);
    assertEquals((await loadCheckpoint(folder, specs, { weightsOnly: true })).moments, undefined);
  }));

Deno.test("saveCheckpoint replaces a checkpoint of the same step", () =>
  inTemporaryFolder(async (run) => {
    await saveCheckpoint(run, checkpoint(1, 5), specs);
    const folder = await saveCheckpoint(run, checkpoint(1, 6), specs);
    assertEquals((await checkpointState.read(folder)).metrics["loss"], 6);
    assertEquals(await namesIn(join(run, "checkpoints")), ["latest", "step-00000001"]);
  }));

Deno.test("saveCheckpoint on a disk that fails at any operation leaves the one before intact", () =>
  inTemporaryFolder(async (folder) => {
    const clean = failingFileSystem(Infinity);
    await saveCheckpoint(join(folder, "clean"), checkpoint(1), specs, clean);
    assert(clean.operations() > 15);
    for (const stays of [false, true]) {
      for (let failing = 1; failing <= clean.operations(); failing++) {
        const run = join(folder, `${stays} ${failing}`);
        await saveCheckpoint(run, checkpoint(1), specs);
        const { fileSystem } = failingFileSystem(failing, { stays });
        const error = await assertRejects(
          () => saveCheckpoint(run, checkpoint(2), specs, { fileSystem }),
          StorageError,
        );
        assertStringIncludes(error.message, "no space is left");
        await removeLeftovers(run);
        const { checkpoint: found, damaged } = (await loadLatestCheckpoint(run, specs))!;
        assertEquals(found, checkpoint(found.state.step));
        assertEquals(damaged, []);
        // Only the pointer comes after the new checkpoint is complete.
        const names = await namesIn(join(run, "checkpoints"));
        assertEquals(
          names,
          found.state.step === 1
            ? ["latest", "step-00000001"]
            : ["latest", "step-00000001", "step-00000002"],
        );
      }
    }
  }));

Deno.test("loadCheckpoint finds a flipped bit and a cut file in either file", () =>
  inTemporaryFolder(async (run) => {
    const folder = await saveCheckpoint(run, checkpoint(1), specs);
    for (const name of ["model.safetensors", "optimizer.safetensors"]) {
      const path = join(folder, name);
      const bytes = await Deno.readFile(path);
      await damage(path);
      await assertRejects(() => loadCheckpoint(folder, specs), DataError, "its SHA-256 is");
      await Deno.writeFile(path, bytes.subarray(0, bytes.length - 1));
      await assertRejects(
        () => loadCheckpoint(folder, specs),
        DataError,
        `the file has ${bytes.length - 1} bytes, its state.json promises ${bytes.length}`,
      );
      await Deno.writeFile(path, bytes);
    }
    await loadCheckpoint(folder, specs);
  }));

Deno.test("loadCheckpoint refuses a newer version and a damaged state", () =>
  inTemporaryFolder(async (run) => {
    const folder = await saveCheckpoint(run, checkpoint(1), specs);
    const path = join(folder, "state.json");
    const state = JSON.parse(await Deno.readTextFile(path));
    await Deno.writeTextFile(path, JSON.stringify({ ...state, version: 2 }));
    await assertRejects(() => loadCheckpoint(folder, specs), DataError, "its format version is 2");
    await Deno.writeTextFile(path, JSON.stringify({ ...state, step: "one" }));
    await assertRejects(() => loadCheckpoint(folder, specs), DataError, '"step"');
    await Deno.writeTextFile(path, "{");
    await assertRejects(() => loadCheckpoint(folder, specs), DataError);
  }));

Deno.test("loadCheckpoint shows where a checkpoint and a model differ", () =>
  inTemporaryFolder(async (run) => {
    const folder = await saveCheckpoint(run, checkpoint(1), specs);
    const [first, second] = specs as [ParameterSpec, ParameterSpec];
    const other = [{ ...first, shape: [12] }, second, { ...first, name: "cls_token" }];
    const error = await assertRejects(() => loadCheckpoint(folder, other), UsageError);
    assertEquals(error.exitCode, 2);
    assertStringIncludes(error.message, "differs from the model in 3 of its entries");
    assertStringIncludes(error.message, "encoder.0.attn.qkv.weight  float32 [12]");
    assertStringIncludes(error.message, "missing");
    assertStringIncludes(error.message, "no such entry");
  }));

Deno.test("loadLatestCheckpoint falls back to the one before and says so", () =>
  inTemporaryFolder(async (run) => {
    assertEquals(await loadLatestCheckpoint(run, specs), undefined);
    for (const step of [1, 2, 3]) await saveCheckpoint(run, checkpoint(step), specs);
    await damage(join(checkpointFolder(run, 3), "model.safetensors"));
    await Deno.remove(join(checkpointFolder(run, 2), "state.json"));
    const warnings: string[] = [];
    const loaded = await loadLatestCheckpoint(run, specs, { warn: (text) => warnings.push(text) });
    assertEquals(loaded!.checkpoint.state.step, 1);
    assertEquals(warnings.length, 2);
    assertStringIncludes(warnings[0]!, "step-00000003");
    await setDamagedAside(loaded!.damaged);
    assertEquals((await listCheckpoints(run)).map(({ step }) => step), [1]);
    assertEquals(await namesIn(join(run, "checkpoints")), [
      "damaged-step-00000002",
      "damaged-step-00000003",
      "latest",
      "step-00000001",
    ]);
    await damage(join(checkpointFolder(run, 1), "model.safetensors"));
    await assertRejects(() => loadLatestCheckpoint(run, specs), DataError, "all 1 are damaged");
  }));

Deno.test("pruneCheckpoints keeps the newest, the regular ones and the best", () =>
  inTemporaryFolder(async (folder) => {
    const left = async (policy: { last?: number; best?: string }) => {
      const run = await Deno.makeTempDir({ dir: folder });
      const losses = [3, 1, 2, 4, 5];
      for (const [i, step] of [10, 13, 20, 24, 27].entries()) {
        await saveCheckpoint(run, checkpoint(step, losses[i]), specs);
      }
      await pruneCheckpoints(run, { last: policy.last, best: policy.best, every: 10 });
      return (await listCheckpoints(run)).map(({ step }) => step).reverse();
    };
    assertEquals(await left({}), [10, 20, 24, 27]);
    assertEquals(await left({ last: 1 }), [27]);
    assertEquals(await left({ last: 3, best: "loss" }), [13, 20, 24, 27]);
    await assertRejects(() => left({ best: "f1" }), UsageError, "the metrics are loss");
  }));

Deno.test("isLeftover recognises unfinished files only", () => {
  assert(isLeftover(".step-00000001.tmp-0a1b2c3d") && isLeftover(".config.json.tmp-00000000"));
  for (const name of ["step-00000001", ".hidden", "x.tmp-00000000", ".git"]) {
    assert(!isLeftover(name), name);
  }
});

Deno.test("loadCheckpoint of a model that was not trained has no moments", () =>
  inTemporaryFolder(async (run) => {
    const folder = await saveCheckpoint(run, { ...checkpoint(0), moments: undefined }, specs);
    const loaded = await loadCheckpoint(folder, specs);
    assertEquals(loaded.moments, undefined);
    assertEquals(loaded.parameters["bias"], float32([2], [0.5, 0.5]));
    assertEquals(await namesIn(folder), ["model.safetensors", "state.json"]);
  }));
