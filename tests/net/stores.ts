/**
 * Calls that make a store of everything that can be tokenized.
 *
 * @module
 */

import { unzipSync } from "fflate";
import { type Call, root } from "./net.ts";

/** The part of `metamae datasets --json` that is used here. */
interface ListedDataset {
  readonly id: string;
  readonly role: string;
  readonly files: readonly { readonly path: string }[];
  readonly variants: readonly { readonly name: string }[];
}

const call = (name: string, dataset: string, ...args: readonly string[]): Call => {
  const store = `stores/${name.replaceAll(/[ /]/g, "-")}`;
  return { name, args: ["tokenize", dataset, ...args, "--out", store], writes: [store] };
};

/** Every data set of the list in every variant; the first one also with a limit and unpacked. */
export async function registryCalls(
  work: string,
  datasets: readonly ListedDataset[],
): Promise<Call[]> {
  const calls: Call[] = [];
  for (const { id, role, files, variants } of datasets) {
    if (role === "generic") continue;
    const folder = rawFolder(id);
    const raw = files.length === 0 ? [] : ["--raw", `raw/${folder}`];
    for (const { name } of variants) {
      calls.push(call(`${id} ${name}`, id, ...raw, "--variant", name));
    }
    calls.push(call(`${id} limited`, id, ...raw, "--limit", "3"));
    if (files.length === 0) continue;
    await unpack(`${work}/raw/${folder}`, `${work}/unpacked/${folder}`);
    calls.push(call(`${id} unpacked`, id, "--raw", `unpacked/${folder}`));
  }
  return calls;
}

/** The folder of a data set's raw fixtures, or its family's: `glue` for `glue-cola`. */
function rawFolder(id: string): string {
  const words = id.split("-");
  const names = words.map((_, i) => words.slice(0, words.length - i).join("-"));
  const folders = new Set(
    Array.from(Deno.readDirSync(`${root}/tests/fixtures/raw`), ({ name }) => name),
  );
  return names.find((name) => folders.has(name)) ?? id;
}

/** Archives without a folder of their own inside, and the folder that they are unpacked to. */
const homes: Readonly<Record<string, string>> = {
  "ILSVRC2012_img_train.tar": "train",
  "ILSVRC2012_img_val.tar": "val",
};

/** Unpacks every archive of a folder, once, beside links to the other files. */
async function unpack(from: string, to: string): Promise<void> {
  if (await Deno.stat(to).then(() => true, () => false)) return;
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) {
    const home = homes[name] === undefined ? to : `${to}/${homes[name]}`;
    if (name.endsWith(".zip")) await unzip(`${from}/${name}`, home);
    else if (/\.(tar|tgz|tar\.gz)$/.test(name)) await untar(`${from}/${name}`, home);
    else await Deno.symlink(`${from}/${name}`, `${to}/${name}`).catch(unlessThere);
  }
}

/** A file of the fixtures that an archive holds too. */
function unlessThere(error: unknown): void {
  if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
}

async function untar(archive: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  const script = 'tar -xf "$0" -C "$1"';
  const { success } = await new Deno.Command("sh", { args: ["-c", script, archive, to] }).output();
  if (!success) throw new Error(`tar does not read ${archive}`);
  for await (const { name } of Deno.readDir(to)) {
    if (!name.endsWith(".tar")) continue;
    await untar(`${to}/${name}`, `${to}/${name.slice(0, -4)}`);
    await Deno.remove(`${to}/${name}`);
  }
}

async function unzip(archive: string, to: string): Promise<void> {
  for (const [name, bytes] of Object.entries(unzipSync(await Deno.readFile(archive)))) {
    const path = `${to}/${name}`;
    await Deno.mkdir(path.replace(/\/[^/]*$/, ""), { recursive: true });
    if (!name.endsWith("/")) await Deno.writeFile(path, bytes);
  }
}

/** The texts in Parquet files, one of two CIFAR-10 archives alone, and such other raw forms. */
export function otherForms(work: string): Call[] {
  const glue = ["cola", "mnli-m", "mnli-mm", "mrpc", "stsb"].map((task) =>
    call(`glue-${task} parquet`, `glue-${task}`, "--raw", "raw/text-hub/glue")
  );
  /** A raw folder of links to these fixtures. */
  const linked = (form: string, dataset: string, ...paths: readonly string[]) => {
    const folder = `linked/${dataset}-${form}`;
    Deno.mkdirSync(`${work}/${folder}`, { recursive: true });
    for (const path of paths) {
      const name = path.split("/").at(-1)!;
      Deno.symlinkSync(`${root}/tests/fixtures/raw/${path}`, `${work}/${folder}/${name}`);
    }
    return call(`${dataset} ${form}`, dataset, "--raw", folder);
  };
  const languages = ["de", "en", "es", "fr", "ja", "ko", "zh"].map((l) => `text-hub/mc4/${l}`);
  const paws = ["text-hub/paws-x/en", "text-hub/paws-x/ko", "paws-x/sentencepiece.bpe.model"];
  return [
    ...glue,
    linked("parquet", "mc4", ...languages, "mc4/sentencepiece.bpe.model"),
    linked("parquet", "paws-x-en", ...paws),
    linked("parquet", "paws-x-ko", ...paws),
    call("wikitext103 parquet", "wikitext103", "--raw", "raw/text-hub"),
    linked("python-archive", "cifar10", "cifar10/cifar-10-python.tar.gz"),
    linked("binary-archive", "cifar10", "cifar10/cifar-10-binary.tar.gz"),
  ];
}

/** Own data with a spread of their options; the files that no fixture has are made here. */
export async function ownCalls(work: string): Promise<Call[]> {
  await Deno.mkdir(`${work}/own/texts/a`, { recursive: true });
  await Deno.mkdir(`${work}/own/texts/b`, { recursive: true });
  await Deno.writeTextFile(`${work}/own/texts/a/1.txt`, "x\ny");
  await Deno.writeTextFile(`${work}/own/texts/b/2.txt`, "a good film");
  await Deno.writeTextFile(`${work}/own/texts/b/3.txt`, "w");
  await Deno.writeTextFile(
    `${work}/own/holes.csv`,
    "a;b;c\n1;2;x\n2;;y\n3;NaN;x\n4;5;y\n-1;2.5;x\n7;1e-3;y\n0;1;x\n",
  );
  const csv = (name: string, file: string, ...args: readonly string[]) =>
    call(`csv ${name}`, "csv", "--raw", `raw/own/${file}`, ...args);
  const npy = (name: string, file: string, ...args: readonly string[]) =>
    call(`npy ${name}`, "npy", "--raw", `raw/own/${file}`, ...args);
  const fasta = (name: string, file: string, ...args: readonly string[]) =>
    call(`fasta ${name}`, "fasta", "--raw", `raw/own/${file}`, ...args);
  const text = (name: string, ...args: readonly string[]) =>
    call(`text ${name}`, "text", "--raw", "raw/own/texts", ...args);
  const folder = (name: string, raw: string, ...args: readonly string[]) =>
    call(`folder ${name}`, "folder", "--raw", `raw/own/${raw}`, ...args);
  const ab = ["--columns", "a,b"];
  const xy = ["--columns", "x,y"];
  return [
    csv("classes", "table.csv", ...ab, "--label", "kind"),
    csv("packed", "table.csv.gz", ...ab, "--label", "kind", "--separator", "semicolon"),
    csv("splits", "table.csv", ...ab, "--label", "kind", "--split-column", "part"),
    csv("groups", "table.csv", ...ab, "--group-column", "subject"),
    csv("regression", "table.csv", "--columns", "a", "--label", "price", "--split-seed", "7"),
    csv("prices as classes", "table.csv", ...ab, "--label", "price", "--task", "classes"),
    csv("quarter", "table.csv", ...ab, "--label", "price", "--test-fraction", "0.25"),
    csv("limited", "table.csv", ...ab, "--label", "price", "--limit", "4"),
    csv("plain", "plain.csv", "--normalize", "none"),
    csv("numbered", "plain.csv", "--columns", "1,2", "--label", "3", "--header", "no"),
    csv(
      "windows",
      "series.csv",
      ...xy,
      ...["--label", "activity", "--split-column", "part", "--window", "8", "--stride", "4"],
    ),
    csv("segments", "series.csv", ...xy, "--window", "8", "--patch", "4"),
    call(
      "csv holes dropped",
      "csv",
      ...["--raw", "own/holes.csv", "--separator", "semicolon", "--missing", "drop"],
      ...["--columns", "a,b", "--label", "c", "--test-fraction", "0.3"],
    ),
    call(
      "csv holes refused",
      "csv",
      ...["--raw", "own/holes.csv", "--separator", "semicolon", "--columns", "a,b"],
    ),
    npy("images", "arrays.npz", "--label", "y", "--channels-last"),
    npy("images in patches of 2", "arrays.npz", "--channels-last", "--patch", "2"),
    npy("normalised images", "arrays.npz", "--channels-last", "--normalize", "standard"),
    npy("series", "arrays", "--label", "y"),
    npy("series in patches of 2", "arrays", "--label", "y", "--patch", "2"),
    npy("tokens", "tokens.npy", "--kind", "tokens"),
    npy("table", "tokens.npy", "--normalize", "none"),
    npy("normalised table", "tokens.npy", "--test-fraction", "0.3", "--split-seed", "3"),
    fasta("windows", "genomes", "--window", "20", "--test-fraction", "0.2"),
    fasta("overlapping", "genomes", "--window", "20", "--stride", "5"),
    fasta("apart", "genomes", "--window", "10", "--stride", "30"),
    fasta("files", "genomes", "--window", "10", "--label-pattern", "^(.)", "--test-pattern", "^b"),
    fasta(
      "proteins",
      "proteins.fasta",
      ...["--alphabet", "protein", "--window", "12"],
      ...["--label-pattern", "family=(\\w+)", "--test-pattern", "^P4"],
    ),
    text("bytes", "--tokenizer", "bytes", "--labelled", "--window", "12"),
    text("word pieces", "--labelled", "--window", "6"),
    text("unlabelled", "--tokenizer", "bytes"),
    call(
      "text files",
      "text",
      ...["--raw", "own/texts", "--unit", "file", "--tokenizer", "bytes", "--window", "5"],
    ),
    call("text patterns", "text", "--raw", "own/texts", "--label-pattern", "^(\\w)"),
    folder("colours", "images", "--size", "16"),
    folder("greys", "images", "--size", "8", "--grey", "--patch", "2"),
    folder("normalised", "images", "--size", "16", "--normalize", "standard"),
    folder("as it comes", "images"),
    folder("unlabelled", "images/train/cat"),
    folder(
      "recordings",
      "recordings",
      ...["--label-pattern", "^(\\d)_", "--test-pattern", "_0\\.wav$"],
    ),
  ];
}

/** The data sets of the list that `metamae datasets --json` prints. */
export function readList(text: string): readonly ListedDataset[] {
  return JSON.parse(text).datasets;
}
