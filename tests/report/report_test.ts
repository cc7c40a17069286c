import { parse } from "csv-parse/sync";
import { assert, assertEquals, assertRejects, assertThrows } from "../assert.ts";
import {
  assertRequirements,
  checkRequirements,
  parseRequirement,
  reportFormats,
  writeReport,
} from "../../lib/report/report.ts";
import {
  DataError,
  MissingError,
  ScoreError,
  StorageError,
  UsageError,
} from "../../lib/util/errors.ts";
import { join } from "../../lib/util/path.ts";
import { checkWellFormed } from "./parse.ts";
import { result, writeGallery, writeJson, writeRun } from "./result_files.ts";
import { hostileName } from "./tables.ts";
import { groupRecords } from "../../lib/report/groups.ts";
import { experiment, scoreRecord } from "./builders.ts";

/** Runs a test in a folder with the results of three methods, an own run and a gallery. */
async function withResults(run: (folder: string, out: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const results = join(folder, "results");
    const accuracies = { scratch: 0.79, mae: 0.887, metamae: 0.895 };
    for (const [method, accuracy] of Object.entries(accuracies)) {
      await writeJson(join(results, `${method}.json`), result({ method, accuracy }));
    }
    await writeRun(join(results, "run"));
    const input = { kind: "image", channels: 1, height: 8, width: 8, patch: 4 } as const;
    await writeGallery(join(results, "features"), input);
    await run(results, join(folder, "report"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every file below a folder with its text. */
async function filesOf(folder: string, below = ""): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(join(folder, below))) {
    const path = join(below, name);
    if (isDirectory) Object.assign(files, await filesOf(folder, path));
    else files[path] = await Deno.readTextFile(join(folder, path));
  }
  return files;
}

Deno.test("writeReport() writes every format and the figures, and nothing else", () =>
  withResults(async (results, out) => {
    const summary = await writeReport({ paths: [results], out });
    const files = await filesOf(out);
    assertEquals(Object.keys(files).sort(), [...summary.files].sort());
    assertEquals(Object.keys(files).sort(), [
      "figures/adaptation-mnist-default.svg",
      "figures/gallery-mnist-default-metamae.svg",
      "figures/rank-training-mnist-default.svg",
      "figures/scores-mnist-default.svg",
      "figures/training-mnist-default.svg",
      "index.html",
      "report.csv",
      "report.json",
      "report.md",
      "report.tex",
    ]);
    assertEquals(summary.records, 3);
    for (const [name, text] of Object.entries(files)) {
      if (/svg|html$/.test(name)) checkWellFormed(text);
      const shown = text.replace(/<script>[\s\S]*?<\/script>|base64,[^"]*/g, "");
      assert(!/NaN|undefined|\[object/.test(shown), name);
    }
    for (const [, path] of files["report.md"]!.matchAll(/!\[.*?\]\((.*?)\)/g)) {
      assert(path! in files, path);
    }
    assert(files["report.md"]!.includes("tensorflow 2.21.0 (xla), linux x86\\_64, 2 threads"));
    assert(files["report.tex"]!.includes("MetaMAE & \\textbf{89.5 (88.5 to 90.5)}"));
  }));

Deno.test("writeReport() gives the same bytes for the same inputs, also over an older report", () =>
  withResults(async (results, out) => {
    await writeReport({ paths: [results], out });
    const first = await filesOf(out);
    await writeReport({ paths: [results], out });
    assertEquals(await filesOf(out), first);
    const other = `${out}-other`;
    await writeReport({ paths: [results], out: other });
    assertEquals(await filesOf(other), first);
    for (const text of Object.values(first)) {
      assert(!text.includes(results), "no path of the machine");
    }
  }));

Deno.test("writeReport() writes only the formats that are asked for", () =>
  withResults(async (results, out) => {
    const { files } = await writeReport({ paths: [results], out, formats: ["csv", "md"] });
    assertEquals(files.filter((name) => !name.startsWith("figures/")), ["report.md", "report.csv"]);
    assertEquals(reportFormats.length, 5);
  }));

Deno.test("writeReport() writes JSON with exact numbers and every published one", () =>
  withResults(async (results, out) => {
    await writeReport({ paths: [results], out, formats: ["json"] });
    const report = JSON.parse(await Deno.readTextFile(join(out, "report.json")));
    assertEquals([report.schema, report.version], ["metamae/report", 1]);
    const row = report.results.find((row: Record<string, unknown>) =>
      row.method === "metamae" && row.probe === "linear" && row.latent === "z"
    );
    assertEquals([row.mean, row.metric, row.unit, row.seeds], [89.5, "accuracy", "percent", 1]);
    const none = report.results.find((row: Record<string, unknown>) =>
      row.method === "scratch" && row.latent === "zstar"
    );
    assertEquals([none.mean, none.reason], [null, "the method has no decoder"]);
    assertEquals(report.published.length, 234);
    assertEquals(report.provenance.length, 3);
    assertEquals(report.notes, { MNIST: ["Split: the first 8,000 of a fixed permutation"] });
  }));

Deno.test("writeReport() fails after writing where a required score was not reached", () =>
  withResults(async (results, out) => {
    const met = await writeReport({ paths: [results], out, require: ["mnist/metamae>=89.5"] });
    assertEquals(met.requirements.map(({ met }) => met), [true]);
    await Deno.remove(out, { recursive: true });
    await assertRejects(
      () => writeReport({ paths: [results], out, require: ["mnist/metamae>=89.6"] }),
      ScoreError,
      "mnist/metamae reached 89.5 %, 89.6 % was wanted",
    );
    assert((await Deno.stat(join(out, "index.html"))).isFile, "to see why");
  }));

Deno.test("writeReport() refuses bad requirements before it writes anything", () =>
  withResults(async (results, out) => {
    for (const require of ["mnist/metamae", "mnist/emix>=1", "cifar10/mae>=1"]) {
      await assertRejects(
        () => writeReport({ paths: [results], out, require: [require] }),
        UsageError,
      );
    }
    await assertRejects(() => Deno.stat(out), Deno.errors.NotFound);
  }));

Deno.test("writeReport() refuses paths with nothing to report", () =>
  withResults(async (results, out) => {
    await assertRejects(() => writeReport({ paths: [], out }), UsageError, "no path is given");
    await assertRejects(() => writeReport({ paths: ["nowhere"], out }), MissingError, '"nowhere"');
    const damaged = join(results, "damaged");
    await writeJson(join(damaged, "result.json"), { ...result(), version: 99 });
    await assertRejects(
      () => writeReport({ paths: [damaged], out }),
      DataError,
      "the first that was left out: Cannot use",
    );
  }));

Deno.test("writeReport() keeps names with markup in place in every format", () =>
  withResults(async (results, out) => {
    const folder = join(results, "hostile");
    const options = { dataset: hostileName, method: `${hostileName}!`, notes: [hostileName] };
    await writeJson(join(folder, "result.json"), result(options));
    await writeRun(join(folder, "run"), options);
    await writeReport({ paths: [folder], out });
    const files = await filesOf(out);
    checkWellFormed(files["index.html"]!);
    assertEquals(files["index.html"]!.match(/<script/g)!.length, 1);
    assert(!files["report.md"]!.includes("<script"));
    const rows = parse(files["report.csv"]!, { columns: true }) as Record<string, string>[];
    assertEquals(rows[0]!.dataset, hostileName);
    assertEquals(JSON.parse(files["report.json"]!).results[0].dataset, hostileName);
    for (const name of Object.keys(files)) assert(/^[a-z0-9./-]+$/.test(name), name);
  }));

Deno.test("writeReport() says where it cannot write", () =>
  withResults(async (results) => {
    const file = join(results, "metamae.json");
    await assertRejects(
      () => writeReport({ paths: [results], out: file }),
      StorageError,
      "Cannot write the report",
    );
  }));

const groups = groupRecords([
  scoreRecord(experiment("mnist", "metamae"), 0.9),
  scoreRecord(experiment("mnist", "mae", { maskRatio: 0.5 }), 0.8),
  scoreRecord(experiment("mnist", "mae", { maskRatio: 0.9 }), 0.7),
  scoreRecord(experiment("stability", "mae", {}, "pfam"), 0.5, { metric: "spearman" }),
  scoreRecord(experiment("mnist", "scratch"), null),
]);
const check = (...texts: string[]) => checkRequirements(texts.map(parseRequirement), groups);

Deno.test("parseRequirement() reads data set, method and bound", () => {
  const text = " glue-cola / dabs-mae >= -0.5 ";
  assertEquals(parseRequirement(text), {
    dataset: "glue-cola",
    method: "dabs-mae",
    bound: -0.5,
    text,
  });
});

for (const text of ["mnist>=85", "mnist/mae>85", "mnist/mae>=", "mnist/mae>=a", "/mae>=1", ""]) {
  Deno.test(`parseRequirement() refuses "${text}"`, () => {
    assertThrows(() => parseRequirement(text), UsageError, '"DATASET/METHOD>=X" is wanted');
  });
}

Deno.test("checkRequirements() compares in the unit of the tables", () => {
  assertEquals(check("mnist/metamae>=90", "mnist/metamae>=90.1").map(({ met }) => met), [
    true,
    false,
  ]);
  assertEquals(check("stability/mae>=0.5")[0]!.met, true);
});

Deno.test("checkRequirements() holds the lowest of several settings against the bound", () => {
  const [outcome] = check("mnist/mae>=75");
  assertEquals([outcome!.met, Math.round(outcome!.reached!)], [false, 70]);
});

Deno.test("checkRequirements() refuses what was not reported, and names what was", () => {
  const dataset = assertThrows(() => check("mnits/mae>=1"), UsageError);
  assert(dataset.message.includes('"mnits"') && dataset.message.includes("mnist, stability"));
  assertEquals(dataset.hint, 'Did you mean "mnist"?');
  const method = assertThrows(() => check("stability/emix>=1"), UsageError);
  assert(method.message.includes("the valid names are mae"));
});

Deno.test("assertRequirements() lists what was reached", () => {
  assertRequirements(check("mnist/metamae>=90"), groups);
  const failed = check(
    "mnist/metamae>=95",
    "mnist/mae>=70",
    "mnist/scratch>=10",
    "stability/mae>=0.6",
  );
  const error = assertThrows(() => assertRequirements(failed, groups), ScoreError);
  assertEquals(
    error.message,
    "Cannot accept the scores: mnist/metamae reached 90.0 %, 95 % was wanted; " +
      "mnist/scratch has no score (the predictions are all equal), 10 % was wanted; " +
      "stability/mae reached 0.50, 0.6 was wanted",
  );
  assertEquals(error.exitCode, 8);
});
