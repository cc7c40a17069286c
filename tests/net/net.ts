/**
 * The net below the whole tree: what the program writes for fixed inputs, as digests of every file.
 *
 * It knows the program by its command line only, so it stays as it is when modules move. A recorded
 * digest is a promise about a format on disk or about the bits of a computation. With
 * `METAMAE_TEST_RECORD=1` a test writes what it has seen to `digests.json` instead of comparing;
 * with `METAMAE_TEST_KEEP=1` it leaves its folder and says where, so that two trees can be compared
 * file by file.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";

/** Folder of the repository, without a slash at its end. */
export const root: string = decodeURIComponent(new URL("../..", import.meta.url).pathname)
  .replace(/\/$/, "");

/** One call of the program. */
export interface Call {
  /** Name of the entry in `digests.json`. */
  readonly name: string;
  /** Arguments of the command line; paths are relative to the work folder. */
  readonly args: readonly string[];
  /** Files and folders that the call writes. */
  readonly writes?: readonly string[];
  /** Of the records in a list that the call prints, the ids that are compared; all if left out. */
  readonly only?: ReadonlySet<string>;
}

/** Digests of an entry, by file; `exit`, `stdout` and `stderr` are among them. */
export type Digests = Readonly<Record<string, string>>;

/** Processes at a time: what the smallest machine of the gate has. */
const parallel = 2;

/** What a call printed and how it ended. */
interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs command lines one after the other in one process, without libtensorflow. */
export async function runPrograms(
  cwd: string,
  list: readonly (readonly string[])[],
): Promise<Printed[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "--no-prompt", "--config", `${root}/deno.json`],
      ...["--allow-read", "--allow-write", "--allow-env", "--allow-ffi"],
      ...["--allow-sys=cpus,statfs,systemMemoryInfo", `${root}/tests/net/run_many.ts`],
    ],
    env: { NO_COLOR: "1", METAMAE_LIBTENSORFLOW: "" },
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  await new Response(JSON.stringify(list)).body!.pipeTo(child.stdin);
  const { stdout, stderr } = await output;
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  if (lines.length !== list.length) throw new Error(new TextDecoder().decode(stderr));
  return lines.map((line) => JSON.parse(line));
}

/**
 * Runs calls that do not need each other, and gives the digests of what each wrote.
 *
 * @param together Calls in one process: quick, but training wants a process of its own.
 */
export async function runCalls(
  work: string,
  calls: readonly Call[],
  together = 1,
): Promise<Record<string, Digests>> {
  const seen: Record<string, Digests> = {};
  const left = [...calls];
  const runner = async () => {
    for (let part = left.splice(0, together); part.length > 0; part = left.splice(0, together)) {
      const lines = part.map(({ args }) => [...args, "--json", "--quiet"]);
      const printed = await runPrograms(work, lines);
      for (const [i, call] of part.entries()) {
        seen[call.name] = await digest(work, call, printed[i]!);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, runner));
  return seen;
}

async function digest(work: string, { writes, only }: Call, { code, stdout, stderr }: Printed) {
  const digests: Record<string, string> = {
    exit: code === 0 ? "0" : `${code}: ${normalize("stderr", stderr, work)}`,
    stdout: await sha256(normalize("stdout.json", only ? listed(stdout, only) : stdout, work)),
    stderr: await sha256(normalize("stderr", stderr, work)),
  };
  for (const path of writes ?? []) Object.assign(digests, await digestPath(work, path));
  return digests;
}

/** A document whose lists hold the named records only: others have come since. */
function listed(text: string, only: ReadonlySet<string>): string {
  return JSON.stringify(
    JSON.parse(
      text,
      (_, value) =>
        Array.isArray(value)
          ? value.filter((item) => typeof item?.id !== "string" || only.has(item.id))
          : value,
    ),
  );
}

/** Metrics of probes that results are compared by: a new one changes none of them. */
const metrics = new Set([
  ...["accuracy", "accuracy-without-padding", "auroc", "pearson", "spearman", "weighted-f1"],
]);

/** Takes metrics that have come since out of the result records of a folder, for later stages. */
export async function dropNewMetrics(work: string, folder: string): Promise<void> {
  for (const file of await listFiles(`${work}/${folder}`, folder)) {
    if (!file.endsWith(".json")) continue;
    const text = await Deno.readTextFile(`${work}/${file}`);
    if (!text.includes('"metamae/result"')) continue;
    const kept = JSON.stringify(JSON.parse(text, withoutNewMetrics));
    if (kept !== JSON.stringify(JSON.parse(text))) {
      await Deno.writeTextFile(`${work}/${file}`, kept);
    }
  }
}

function withoutNewMetrics(key: string, value: unknown): unknown {
  if (key !== "metrics" || typeof value !== "object" || value === null) return value;
  const isMeasured = (metric: unknown) => typeof metric === "object";
  return Object.fromEntries(
    Object.entries(value).filter(([name, metric]) =>
      !isMeasured(metric) || metrics.has(name.replace(/-mean-over-batches$/, ""))
    ),
  );
}

/**
 * What a file says beside time, machine and place; the one way in which the net looks away.
 *
 * - Paths of the work folder and of the repository become words.
 * - JSON loses fields that hold times (`seconds`, `samplesPerSecond`), versions of program and
 *   packages (`writer`, `versions`), and `sources.config`, a digest of a file that names the absolute
 *   folder of the store. Its keys are sorted: their order means nothing. Not so in a store, whose
 *   manifest is compared byte by byte (`digestPath`): only `look`, by which a column of version 2 says
 *   how its images are drawn, is taken out, and with it the version becomes 1 again.
 * - Metrics of probes that are not in the list `metrics` are taken out.
 * - The table "Provenance" of a report loses the columns that repeat them: configuration, versions,
 *   and the machine of the training.
 */
export function normalize(name: string, text: string, work: string): string {
  if (name === manifest) return withoutLook(text);
  const placed = text.replaceAll(work, "WORK").replaceAll(root, "ROOT");
  if (name.endsWith(".jsonl")) {
    return placed.split("\n").map((line) => line === "" ? "" : canonical(line)).join("\n");
  }
  if (name.endsWith(".json")) return placed.trim() === "" ? "" : canonical(placed);
  return withoutMachine(placed);
}

/** Name of a store's manifest for {@linkcode normalize}. */
const manifest = "store.json";

function withoutLook(text: string): string {
  const plain = text.replaceAll(/,\n *"look": "[a-z]+"/g, "");
  return plain === text ? text : plain.replace('"version": 2', '"version": 1');
}

/** Columns of the table "Provenance" that tell versions and the machine, by their place in a row. */
const told = new Set([3, 6, 7, 8, 9]);
const toldNames = new Set(["Configuration", "metamae", "deno", "wasm", "Trained on"]);

/** A report in Markdown or HTML without the columns `told`, and without the padding to their width. */
function withoutMachine(text: string): string {
  const kept = (_: string, at: number) => !told.has(at);
  const line = (row: string) => {
    const cells = row.split("|").slice(1).map((cell) => cell.trim().replace(/^-+:?$/, "-"));
    return cells.filter(kept).join("|");
  };
  return text
    .replace(
      /^\|[^\n]*\| Configuration +\|[^\n]*\n(\|[^\n]*\n)*/m,
      (table) => table.split("\n").map(line).join("\n"),
    )
    .replace(
      /<th scope="col">Configuration<\/th>[^]*?<\/table>/,
      (table) =>
        table.split("<tr>").map((row) => row.split("<td").filter((_, i) => kept("", i)).join("<td"))
          .join("<tr>"),
    );
}

const unstable = new Set(["seconds", "samplesPerSecond", "writer", "versions", "config"]);

function canonical(json: string): string {
  return JSON.stringify(
    JSON.parse(json, (key, value) => {
      if (unstable.has(key) && !(key === "config" && typeof value === "object")) return undefined;
      if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
      const entries = Object.entries(withoutNewMetrics(key, value) as object).filter(([name]) =>
        !("Configuration" in value && toldNames.has(name))
      );
      return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1));
    }),
  );
}

/** Files that describe the machine or the hours only; that they are there is recorded. */
const presence = /(^|\/)(environment\.json|timing\.jsonl|events\.out\.tfevents\.[^/]*)$/;
const textual = /\.(json|jsonl|md|tex|csv|html|svg|txt)$/;

/** Digests of a file, or of every file of a folder, by path below the work folder. */
export async function digestPath(work: string, path: string): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  const files = await listFiles(`${work}/${path}`, path);
  const isStore = files.includes(`${path}/store.json`);
  for (const file of files) {
    const bytes = await Deno.readFile(`${work}/${file}`);
    if (presence.test(file)) {
      digests[file.replace(/(tfevents)\..*/, "$1")] = "there";
    } else if (isStore && file === `${path}/${manifest}`) {
      digests[file] = await sha256(normalize(manifest, new TextDecoder().decode(bytes), work));
    } else if (isStore || !textual.test(file)) {
      digests[file] = await sha256(bytes);
    } else {
      const text = new TextDecoder().decode(bytes);
      digests[file] = await sha256(normalize(file, text, work));
    }
  }
  return digests;
}

async function listFiles(full: string, path: string): Promise<string[]> {
  const info = await Deno.stat(full).catch(() => undefined);
  if (info === undefined) return [];
  if (!info.isDirectory) return [path];
  const files: string[] = [];
  for await (const { name } of Deno.readDir(full)) {
    files.push(...await listFiles(`${full}/${name}`, `${path}/${name}`));
  }
  return files.sort();
}

/** The first 128 bits of SHA-256, as hexadecimal digits. */
async function sha256(content: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 16);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const book = `${root}/tests/net/digests.json`;

/** Ids of the data sets whose stores are recorded, and of the readers of own data. */
export const recordedDatasets: ReadonlySet<string> = new Set([
  ...Object.keys(JSON.parse(await Deno.readTextFile(book).catch(() => "{}")).stores ?? {})
    .map((name) => name.split(" ")[0]!),
  ...["folder", "csv", "npy", "fasta", "text"],
]);

/** Compares with the recorded digests of one part, or records them. */
export async function compare(part: string, seen: Readonly<Record<string, Digests>>) {
  const recorded = JSON.parse(await Deno.readTextFile(book).catch(() => "{}"));
  if (Deno.env.get("METAMAE_TEST_RECORD") === "1") {
    const names = Object.keys(seen).sort();
    recorded[part] = Object.fromEntries(names.map((name) => [name, seen[name]]));
    await Deno.writeTextFile(book, JSON.stringify(recorded, null, 2) + "\n");
    return;
  }
  assertEquals(differences(seen, recorded[part] ?? {}), []);
}

/**
 * One line for every entry that is not as recorded; it names the first file that differs. What was
 * never recorded has come since, and has tests of its own.
 */
export function differences(
  seen: Readonly<Record<string, Digests>>,
  recorded: Readonly<Record<string, Digests>>,
): string[] {
  const names = Object.keys(recorded).sort();
  return names.flatMap((name) => {
    const [now, then] = [seen[name], recorded[name]!];
    if (now === undefined) return [`${name}: was not made`];
    const order = (file: string) => file === "stdout" || file === "stderr" ? 1 : 0;
    const files = [...new Set([...Object.keys(then), ...Object.keys(now)])]
      .sort((a, b) => order(a) - order(b));
    const first = files.find((file) => now[file] !== then[file]);
    if (first === undefined) return [];
    const count = files.filter((file) => now[file] !== then[file]).length;
    const what = now.exit === then.exit
      ? `${first} was ${then[first] ?? "absent"}, is ${now[first] ?? "absent"}`
      : `it ended with ${now.exit}, and with ${then.exit} before`;
    return [`${name}: ${what} (${count} of ${files.length} differ)`];
  });
}

/** Runs a test in a new folder with the raw fixtures as `raw`. */
export async function inWorkFolder(test: (work: string) => Promise<void>): Promise<void> {
  const work = await Deno.realPath(await Deno.makeTempDir({ prefix: "metamae-net-" }));
  try {
    await Deno.symlink(`${root}/tests/fixtures/raw`, `${work}/raw`);
    await test(work);
  } finally {
    if (Deno.env.get("METAMAE_TEST_KEEP") === "1") console.log(`kept: ${work}`);
    else await Deno.remove(work, { recursive: true });
  }
}
