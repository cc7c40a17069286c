import { parse } from "csv-parse/sync";
import { assert, assertEquals, assertRejects } from "../assert.ts";
import { escapeCsv, renderCsv, reportFormats, writeReport } from "../../lib/report/report.ts";
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
import { hostileName, hostileTable, smallTable } from "./tables.ts";

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

Deno.test("renderCsv() writes exact numbers and leaves absent ones empty", () => {
  assertEquals(
    renderCsv(smallTable),
    "Data set,Scratch,MetaMAE\nPAMAP2,69.8125,90.2\nStability,,0.5\nMean rank,2,1\n",
  );
});

Deno.test("renderCsv() gives a hostile name back to a CSV parser", () => {
  const rows: string[][] = parse(renderCsv(hostileTable));
  assertEquals(rows, [[hostileName, "b"], [hostileName, hostileName]]);
});

Deno.test("escapeCsv() quotes only what needs it", () => {
  assertEquals(escapeCsv("a b_%"), "a b_%");
  assertEquals(escapeCsv('say "x", y'), '"say ""x"", y"');
  assertEquals(escapeCsv(" a"), '" a"');
  assertEquals(escapeCsv("a\nb"), '"a\nb"');
});
