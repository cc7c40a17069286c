/**
 * `metamae completions`: the script that teaches a shell the commands and options, and the answers
 * that the script asks for while the user types.
 *
 * @module
 */

import type { ShellCompletion } from "@optique/core/completion";
import { z } from "zod";
import { lookUp } from "../../lib/util/mod.ts";
import { type CommandEntry, defineCommand, suggestNext } from "../framework/mod.ts";

/** `metamae completions SHELL`. */
export const completionsCommand = defineCommand({
  example: "metamae completions bash > ~/.local/share/bash-completion/completions/metamae",
  argument: z.enum(["bash", "zsh", "fish"])
    .meta({ metavar: "SHELL", description: "Your shell: bash, zsh or fish" }),
  options: z.strictObject({}),
  async run({ arguments: [name], output }) {
    const script = (await shellNamed(name!)).generateScript("metamae", ["completions", name!]);
    output.result(
      { schema: "metamae/completions", version: 1, shell: name, script },
      () => script.trimStart(),
    );
  },
});

/**
 * The answer to a script's question.
 *
 * @param args The words behind `metamae completions`: the shell, the words before the cursor, and
 * the word that is being typed.
 */
export async function answerCompletion(
  args: readonly string[],
  commands: readonly CommandEntry[],
): Promise<string> {
  const [name, ...words] = args;
  const suggestions = await suggestNext(commands, words);
  return [...(await shellNamed(name!)).encodeSuggestions(suggestions)].join("");
}

async function shellNamed(name: string): Promise<ShellCompletion> {
  const { bash, fish, zsh } = await import("@optique/core/completion");
  return lookUp("shell", name, new Map([["bash", bash], ["zsh", zsh], ["fish", fish]]));
}
