import { float32 } from "../../../lib/util/ndarray.ts";
import { MissingError, UsageError } from "../../../lib/util/errors.ts";
import { fromFileUrl, join } from "../../../lib/util/path.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { timmAvailable } from "../../tasks/bench/pytorch_available.ts";
import { makeTempDir } from "../../temporary.ts";
import { main } from "../main.ts";
import { judge, tableHead, tableRow } from "./published.ts";
import { compareGradients, type PublishedRun, type StepComparison } from "./run.ts";

const run: PublishedRun = {
  ...{ input: "series", method: "metamae", dropout: 0.1, preset: "tiny" },
  ...{ batchSize: 2, steps: 2, precision: "float32" },
};
const step: StepComparison = {
  step: 1,
  loss: { published: 1.25, ours: 1.2500005 },
  lossError: 4e-7,
  gradientNorm: { published: 3, ours: 3.000001 },
  gradientError: 3e-7,
  worst: { name: "cls_token", error: 2e-5 },
};

/** A folder that holds a `models.py` with a text. */
async function checkoutOf(text: string): Promise<string> {
  const folder = await makeTempDir();
  await Deno.writeTextFile(join(folder, "models.py"), text);
  return folder;
}

/** Exit code of a call and what it prints. */
async function printed(...args: readonly string[]) {
  const { log, error } = console;
  const lines: string[] = [];
  console.log = (line: string) => void lines.push(line);
  console.error = () => {};
  try {
    return { code: await main(args), text: lines.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

const short = ["--preset", "tiny", "--batch-size", "3", "--steps", "2", "--inputs", "tabular"];

Deno.test("--help says whose code --published runs, and where", async () => {
  const { code, text } = await printed("--help");
  assertEquals(code, 0);
  assertStringIncludes(text, "Only --published runs code of others: models.py of your checkout");
  assertStringIncludes(text, "with the classes unchanged");
});

Deno.test("options of recorded cases and of published classes do not mix", async () => {
  const refused: readonly (readonly [args: readonly string[], message: string])[] = [
    [["--inputs", "image"], "Cannot use --inputs: it belongs to --published"],
    [["--batch-size", "4"], "Cannot use --batch-size: it belongs to --published"],
    [["--python", "p"], "Cannot use --python: it belongs to --published"],
    [["f", "--published", "x"], "Cannot use FOLDER with --published"],
    [["--cases", "c", "--published", "x"], "Cannot use --cases with --published"],
    [["--published", "x", "--batch-size", "1"], "Cannot use --batch-size 1"],
    [["--published", "x", "--steps", "0"], "positive whole number"],
    [["--published", "x", "--inputs", "smell"], "image, tabular, tokens, series"],
    [["--published", "x", "--methods", "emix"], "metamae, metamae-first-order, mae"],
  ];
  for (const [args, message] of refused) await assertRejects(() => main(args), UsageError, message);
});

Deno.test("a checkout without models.py and a Python without the packages are named", async () => {
  const empty = await makeTempDir();
  const error = await assertRejects(
    () => main(["--published", empty]),
    MissingError,
    `Cannot run the published classes: "${empty}" has no "models.py"`,
  );
  assertEquals(error.exitCode, 7);
  const checkout = await checkoutOf("");
  await assertRejects(
    () => main(["--published", checkout, "--python", "no/such/python"]),
    MissingError,
    'Cannot run the published classes: "no/such/python" has no PyTorch with timm 0.6.13',
  );
});

Deno.test("a published side that learns something else fails, number by number", async () => {
  const python = fromFileUrl(new URL("fake_python.py", import.meta.url));
  const checkout = await checkoutOf("raise SystemExit('never imported')");
  const { code, text } = await printed(
    ...["--published", checkout, "--python", python, "--backend", "wasm", ...short],
  );
  assertEquals(code, 1);
  assert(/metamae +tabular +0 +1 +1\.500000000 +\d\.\d+ +\d\.\de-\d/.test(text), text);
  assert(/metamae +tabular +0\.1 +2 /.test(text), text);
  assertStringIncludes(text, "metamae, tabular, dropout 0.1: FAIL, losses of 2 steps within");
  assertStringIncludes(text, "0 of 2 comparisons pass");
});

Deno.test("judge() holds ten losses, and the gradients of the nearest step, to their bounds", () => {
  const pass = (...steps: readonly StepComparison[]) => judge(run, steps).pass;
  assert(pass(step, { ...step, step: 2, gradientError: 1e-3 }));
  assert(!pass(step, { ...step, step: 2, lossError: 1.1e-6 }));
  assert(!pass(step, { ...step, step: 2, lossError: NaN }));
  assert(pass({ ...step, gradientError: 2e-5 }, { ...step, step: 2 }));
  assert(!pass({ ...step, gradientError: 2e-5 }, { ...step, step: 2, gradientError: 3e-5 }));
  assert(!pass({ ...step, gradientError: NaN }));
  assert(!pass({ ...step, worst: { name: "cls_token", error: 1e-3 } }));
  const drifted = { ...step, lossError: 1e-5 };
  assert(pass(...new Array<StepComparison>(10).fill(step), drifted));
  assert(judge({ ...run, input: "tokens" }, [drifted]).pass);
  assertEquals(
    judge(run, [step]).text,
    "losses of 1 steps within 4.0e-7 (1.0e-6 is allowed), gradients of step 1 within 3.0e-7 " +
      "(1.0e-5), of one tensor within 2.0e-5 (5.0e-4, cls_token)",
  );
});

Deno.test("compareGradients() measures all of them, and misses none that one side lacks", () => {
  const published = new Map([["a", float32([2], [3, 4])], ["b", float32([1], [0])]]);
  const ours = { a: float32([2], [3, 4.5]), b: float32([1], [0]) };
  const { gradientNorm, gradientError, worst } = compareGradients(published, ours);
  assertEquals(gradientNorm, { published: 5, ours: Math.hypot(3, 4.5) });
  assertEquals(gradientError, 0.1);
  assertEquals(worst, { name: "a", error: 0.125 });
  assertEquals(compareGradients(published, { a: ours.a }).worst, { name: "b", error: Infinity });
  assertEquals(compareGradients(new Map(), ours).gradientError, Infinity);
});

Deno.test("tableRow() shows losses and gradients side by side below their names", () => {
  const [head, row] = [tableHead(), tableRow(run, step)];
  assertEquals(
    row.replace(/ +/g, " "),
    "metamae series 0.1 1 1.250000000 1.250000500 4.0e-7 3.000000 3.000001 3.0e-7 2.0e-5",
  );
  assertEquals(row.length, head.length);
});

if (timmAvailable) {
  const bench = fromFileUrl(new URL("../../../tasks/bench", import.meta.url));
  const source = await Deno.readTextFile(new URL("stand_in.py", import.meta.url));
  const standIn = source.replace("{bench}", bench);

  Deno.test("classes that learn the same pass on every input, with and without dropout", async () => {
    const checkout = await checkoutOf(standIn);
    const { code, text } = await printed("--published", checkout, ...short.slice(0, -2));
    assertStringIncludes(text, "8 of 8 comparisons pass");
    assertEquals(code, 0);
    assertEquals([...Deno.readDirSync(checkout)].map(({ name }) => name), ["models.py"]);
  });

  Deno.test("classes with another temperature fail", async () => {
    const checkout = await checkoutOf(`${standIn}        \n`.replace(
      "sizes, dropout)",
      "sizes, dropout)\n        self.setting['temperature'] = 0.51",
    ));
    const { code, text } = await printed("--published", checkout, ...short);
    assertStringIncludes(text, "0 of 2 comparisons pass");
    assertEquals(code, 1);
  });

  Deno.test("what the published side cannot do is said as it says it", async () => {
    const checkout = await checkoutOf("import no_such_package");
    const { code, text } = await printed("--published", checkout, ...short);
    assertStringIncludes(text, "FAIL, No module named 'no_such_package'");
    assertEquals(code, 1);
  });
}
