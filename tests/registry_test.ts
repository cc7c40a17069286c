/**
 * The contract that every data set keeps: these tests run over the registry, so a new data set is
 * tested by its line there. Raw files in the official layout lie in `tests/fixtures/raw/<id>`, or in
 * the folder of a family.
 */

import { variantOf } from "../lib/datasets/conversion/dataset.ts";
import { assert, assertEquals, assertRejects } from "./assert.ts";
import type { Leftover } from "../lib/store/create_store.ts";
import { openStore, type Store } from "../lib/store/store.ts";
import type { StoreWriter } from "../lib/store/store_writer.ts";
import type { Dataset } from "../lib/datasets/conversion/dataset.ts";
import { datasets } from "../lib/datasets/registry.ts";
import { tokenizeDataset } from "../lib/datasets/tokenize_dataset.ts";
import { inputSpec, patchCount, patchWidth, sampleShape } from "../lib/spec/input.ts";
import { taskSpec } from "../lib/spec/task.ts";
import { AppError, DataError, MissingError } from "../lib/util/errors.ts";
import { basename, dirname, fromFileUrl, join } from "../lib/util/path.ts";
import { inFolder } from "./datasets/unpack.ts";

const fixtures = fromFileUrl(new URL("fixtures/raw/", import.meta.url));
const needsRaw = ({ files }: Dataset) => files.length > 0;
const list = (folder: string) => Array.from(Deno.readDirSync(folder), ({ name }) => name);
const folders = new Set(list(fixtures));

/** Its folder of raw files, or its family's: `glue` for `glue-cola`. */
function rawOf(dataset: Dataset): string | undefined {
  if (!needsRaw(dataset)) return undefined;
  const words = dataset.id.split("-");
  const names = words.map((_, i) => words.slice(0, words.length - i).join("-"));
  return join(fixtures, names.find((name) => folders.has(name)) ?? dataset.id);
}

/** A data set that the user stops when it has appended a number of rows. */
function stoppedAt(dataset: Dataset, rows: number, abort: AbortController): Dataset {
  let left = rows;
  const count = (appended: number) => {
    left -= appended;
    if (left < 0) abort.abort(new Error("stopped by the test"));
  };
  const watched = (writer: StoreWriter): StoreWriter =>
    Object.create(writer, {
      append: {
        value: (...row: Parameters<StoreWriter["append"]>) => {
          count(1);
          return writer.append(...row);
        },
      },
      appendRows: {
        value: (...rows: Parameters<StoreWriter["appendRows"]>) => {
          count(rows[0]);
          return writer.appendRows(...rows);
        },
      },
    });
  return {
    ...dataset,
    convert: (run) => dataset.convert({ ...run, writer: watched(run.writer) }),
  };
}

for (const [id, dataset] of datasets) {
  Deno.test(`${id} describes itself completely`, () => {
    assertEquals(dataset.id, id);
    assert(/^[a-z0-9]+(-[a-z0-9]+)*$/i.test(id));
    const { title, domain, summary, licence, homepage, citation } = dataset;
    for (const text of [title, domain, summary, licence, citation]) {
      assert(text.length > 2 && text.trim() === text && !text.includes("\n"), text);
    }
    assert(/^https?:\/\/\S+$/.test(homepage), homepage);
    for (const { path, url, how, sha256, md5, bytes } of dataset.files) {
      assert(!path.startsWith("/") && !path.split("/").includes(".."), path);
      assert(
        url === undefined ? (how ?? "").length > 10 : /^(https?|ftp):\/\/\S+$/.test(url),
        path,
      );
      assert(sha256 === undefined || /^[0-9a-f]{64}$/.test(sha256), path);
      assert(md5 === undefined || /^[0-9a-f]{32}$/.test(md5), path);
      assert(bytes === undefined || (Number.isSafeInteger(bytes) && bytes > 0), path);
    }
  });

  Deno.test(`${id} has valid shapes in all variants`, () => {
    const names = dataset.variants.map(({ name }) => name);
    assert(names.length > 0);
    assertEquals(new Set(names).size, names.length);
    for (const { name, difference, shape } of dataset.variants) {
      assert(/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) && difference.length > 5, name);
      assertEquals(shape === undefined, dataset.role === "generic");
      if (shape === undefined) continue;
      for (const input of shape.inputs) {
        assertEquals(inputSpec.parse(input), input);
        assert(patchCount(input) >= 1 && patchWidth(input) >= 1);
      }
      assert(shape.defaults.batchSize >= 1);
      if (shape.task === undefined) continue;
      assertEquals(taskSpec.parse(shape.task), shape.task);
      const { classNames, classes } = shape.task;
      if (classNames !== undefined) assertEquals(classNames.length, classes);
    }
  });

  if (dataset.role === "generic") continue;

  for (const { name: variant } of dataset.variants) {
    Deno.test(`${id}, variant ${variant}, makes the store that it promises`, async () => {
      await inFolder(async (folder) => {
        const raw = rawOf(dataset);
        const convert = (out: string) =>
          tokenizeDataset(id, { out: join(folder, out), raw, variant, limit: 6 });
        const manifest = await convert("a");
        const shape = variantOf(dataset, variant).shape!;
        assertEquals(manifest.inputs, [...shape.inputs]);
        assertEquals(manifest.task, shape.task);
        assertEquals(manifest.defaults, shape.defaults);
        assertEquals([manifest.dataset, manifest.variant], [id, variant]);
        await using store = await openStore(join(folder, "a"));
        await assertReadable(store);
        await convert("b");
        await using again = await openStore(join(folder, "b"));
        assertEquals(again.digest, store.digest, "two conversions give the same store");
        assertEquals(list(folder).sort(), ["a", "b"]);
      });
    });
  }

  Deno.test(`${id} goes on after it was stopped half-way, and makes the same store`, async () => {
    await inFolder(async (folder) => {
      const [whole, out] = [join(folder, "whole"), join(folder, "out")];
      const options = { raw: rawOf(dataset), limit: 6 };
      const { rows, columns } = await tokenizeDataset(id, { ...options, out: whole });
      const bytes = columns[0]!.shards.reduce((sum, { file }) => sum + file.bytes, 0);
      const shardBytes = Math.ceil(bytes / 8);
      await tokenizeDataset(id, { ...options, shardBytes, out: whole, force: true });

      const abort = new AbortController();
      const half = stoppedAt(dataset, rows >> 1, abort);
      await assertRejects(() =>
        tokenizeDataset(half, { ...options, shardBytes, out, signal: abort.signal })
      );
      const onLeftover = (left: Leftover) => assert("rows" in left && left.rows <= rows, id);
      await tokenizeDataset(id, { ...options, shardBytes, out, onLeftover });
      assertEquals(list(folder).sort(), ["out", "whole"]);
      assertEquals(list(out).sort(), list(whole).sort());
      for (const name of list(whole)) {
        const [one, other] = [whole, out].map((store) => Deno.readFileSync(join(store, name)));
        assertEquals(one, other, name);
      }
    });
  });

  Deno.test(`${id} leaves nothing behind when it is stopped`, async () => {
    await inFolder(async (folder) => {
      const signal = AbortSignal.abort();
      await assertRejects(() =>
        tokenizeDataset(id, { out: join(folder, "out"), raw: rawOf(dataset), signal })
      );
      assertEquals(list(folder), []);
    });
  });

  if (!needsRaw(dataset)) continue;

  Deno.test(`${id} says which file to put where when the raw folder is empty`, async () => {
    await inFolder(async (folder) => {
      const error = await assertRejects(
        () => tokenizeDataset(id, { out: join(folder, "out"), raw: folder }),
        MissingError,
      );
      assertEquals(error.exitCode, 7);
      const { path } = dataset.files[0]!;
      assert(error.message.includes(`"${join(folder, path)}"`), error.message);
      assert(error.hint !== undefined && error.hint.length > 10);
      assertEquals(list(folder), []);
    });
  });

  Deno.test(`${id} refuses rubbish in place of every raw file`, async () => {
    const raw = rawOf(dataset)!;
    for (const file of files(raw)) {
      await inFolder(async (folder) => {
        await copyFolder(raw, folder);
        await Deno.writeTextFile(join(folder, file), "rubbish\n".repeat(40));
        const out = join(folder, "out");
        const before = list(folder).sort();
        // A file may be one of several forms of the same data, and then another one is read.
        const error = await tokenizeDataset(id, { out, raw: folder }).then(
          () => undefined,
          (e) => e,
        );
        if (error === undefined) return;
        assert(error instanceof DataError, `${file}: ${error}`);
        assert(error instanceof AppError && error.exitCode === 3);
        assert(error.message.includes(basename(file)), error.message);
        assertEquals(list(folder).sort(), before);
      });
    }
  });
}

Deno.test("the registry has raw files for every data set that needs them", () => {
  for (const dataset of datasets.values()) {
    if (needsRaw(dataset)) assert(files(rawOf(dataset)!).length > 0, dataset.id);
  }
});

/** Reads the first samples of all splits. */
async function assertReadable(store: Store) {
  assert(store.splits.includes("train") || store.splits.includes("pretrain"));
  for (const name of store.splits) {
    const split = await store.split(name);
    assert(split.count >= 1 && split.count <= 6, `${name} has ${split.count} samples`);
    const ids = split.source.kind === "list"
      ? split.source.ids
      : Uint32Array.from(split.source.groups, ({ ranges }) => ranges[0]!.first);
    const { inputs, labels } = await split.read(ids);
    inputs.forEach(({ shape, data }, i) => {
      assertEquals(shape, [ids.length, ...sampleShape(store.inputs[i]!)]);
      assert(data.every((value) => Number.isFinite(value)));
      assert(data.some((value) => value !== data[0]), `${name} holds more than one value`);
    });
    if (store.task !== undefined && name !== "pretrain") {
      assert(split.labelled && labels !== undefined, `${name} is labelled`);
      assertEquals(labels.shape[0], ids.length);
    }
  }
}

/** Files below a folder, as relative paths. */
function files(folder: string, below = ""): string[] {
  return Array.from(Deno.readDirSync(join(folder, below))).flatMap(({ name, isDirectory }) =>
    isDirectory ? files(folder, join(below, name)) : [join(below, name)]
  );
}

async function copyFolder(from: string, to: string) {
  for (const file of files(from)) {
    await Deno.mkdir(dirname(join(to, file)), { recursive: true });
    await Deno.copyFile(join(from, file), join(to, file));
  }
}
