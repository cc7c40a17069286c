import { commands } from "../../../cli/commands.ts";
import { answerCompletion } from "../../../cli/commands/completions.ts";
import { datasets } from "../../../lib/datasets/registry.ts";
import { methods } from "../../../lib/methods/registry.ts";
import { UsageError } from "../../../lib/util/errors.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";

async function answers(...words: readonly string[]): Promise<readonly string[]> {
  const text = await answerCompletion(["bash", ...words], commands);
  return text === "" ? [] : text.split("\n");
}

Deno.test("answerCompletion offers every command", async () => {
  const offered = await answers("");
  for (const { name } of commands) assert(offered.includes(name.split(" ")[0]!), name);
});

Deno.test("answerCompletion offers every data set and every method by name", async () => {
  assertEquals((await answers("tokenize", "")).toSorted(), [...datasets.keys()].toSorted());
  assertEquals((await answers("methods", "")).toSorted(), [...methods.keys()].toSorted());
  assertEquals(
    (await answers("pretrain", "--method", "")).toSorted(),
    [...methods.keys()].toSorted(),
  );
});

Deno.test("answerCompletion offers choices and leaves paths to the shell", async () => {
  assertEquals(await answers("pretrain", "--preset", "s"), ["small"]);
  const [path] = await answers("inspect", "st");
  assert(path!.startsWith("__FILE__:directory"), path);
});

Deno.test("answerCompletion offers the options of methods behind those of the command", async () => {
  assert((await answers("pretrain", "--support")).includes("--support-ratio"));
  assertEquals(await answers("probe", "--support"), []);
});

Deno.test("answerCompletion refuses an unknown shell", async () => {
  await assertRejects(
    () => answerCompletion(["tcsh", ""], commands),
    UsageError,
    "bash, zsh, fish",
  );
});
