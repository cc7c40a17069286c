import { assertEquals } from "../assert.ts";
import {
  type Call,
  compare,
  type Digests,
  inWorkFolder,
  normalize,
  root,
  runCalls,
} from "./net.ts";

const wasm = ["--backend", "wasm"];

/** What is done with the committed store, run, features and result, copied to the work folder. */
const calls: readonly Call[] = [
  {
    name: "store is verified and shown",
    args: ["inspect", "store", "--verify", "--picture", "store.svg"],
    writes: ["store.svg"],
  },
  {
    name: "store is made again",
    args: [
      ...["tokenize", "csv", "--raw", "raw/own/table.csv", "--columns", "a,b"],
      ...["--label", "price", "--out", "again"],
    ],
    writes: ["again"],
  },
  {
    name: "store is trained on",
    args: [
      ...["pretrain", "--data", "store", "--method", "mae", "--preset", "tiny", "--steps", "2"],
      ...["--batch-size", "8", "--out", "fresh", ...wasm],
    ],
    writes: ["fresh"],
  },
  {
    name: "stopped run is resumed",
    args: ["pretrain", "--resume", "--out", "resumed", "--data", "store", ...wasm],
    writes: ["resumed"],
  },
  {
    name: "stopped run is adapted",
    args: ["adapt", "--run", "run", "--data", "store", "--gallery", "2", "--out", "made", ...wasm],
    writes: ["made"],
  },
  {
    name: "stopped run is fine-tuned",
    args: [
      ...["adapt", "--mode", "finetune", "--run", "run", "--data", "store", "--out", "tuned"],
      ...["--epochs", "1", "--batch-size", "8", ...wasm],
    ],
    writes: ["tuned"],
  },
  {
    name: "features are probed",
    args: [
      ...["probe", "--features", "features", "--probe", "all", "--epochs", "3"],
      ...["--out", "result-again.json", ...wasm],
    ],
    writes: ["result-again.json"],
  },
  {
    name: "result, run and features are reported",
    args: ["report", "result.json", "run", "features", "--out", "report"],
    writes: ["report"],
  },
  {
    name: "uninterrupted run",
    args: [
      ...["pretrain", "--data", "store", "--method", "mae", "--preset", "tiny", "--out", "whole"],
      ...["--steps", "40", "--batch-size", "8", "--health-every", "5", "--seed", "1", ...wasm],
    ],
    writes: ["whole"],
  },
];

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("the net: what an earlier version wrote is read, and gone on with to the same bits", async () => {
  await inWorkFolder(async (work) => {
    const fixtures = `${root}/tests/fixtures/net`;
    await copyFolder(fixtures, work);
    await copyFolder(`${fixtures}/run`, `${work}/resumed`);
    const seen: Record<string, Digests> = await runCalls(work, calls);
    await compare("formats", seen);

    const text = async (name: string) =>
      normalize(name, await Deno.readTextFile(`${work}/${name}`), work);
    assertEquals(await text("result-again.json"), await text("result.json"));
    const last = "checkpoints/step-00000040/model.safetensors";
    const [whole, resumed] = [seen["uninterrupted run"]!, seen["stopped run is resumed"]!];
    for (const file of [last, "metrics.jsonl"]) {
      assertEquals(resumed[`resumed/${file}`], whole[`whole/${file}`], file);
    }
  });
});
