/**
 * `metamae completions`: the script that teaches a shell the commands and options, and the answers
 * that the script asks for while the user types.
 *
 * @module
 */

import type { ShellCompletion } from "@optique/core/completion";
import {
  type Command,
  commonOptions,
  defineCommand,
  findCommand,
  oneOf,
  type OptionSpec,
  type OptionTable,
  optionTable,
  withSuggestions,
} from "../framework/mod.ts";
import { lookUp } from "../../lib/util/mod.ts";

/** `metamae completions SHELL`. */
export const completions: Command = defineCommand({
  name: "completions",
  summary: "Print a script that completes commands, options and names in your shell",
  example: "metamae completions bash > ~/.local/share/bash-completion/completions/metamae",
  argument: {
    parser: oneOf(["bash", "zsh", "fish"], "SHELL"),
    description: "Your shell: bash, zsh or fish",
    count: "one",
  },
  options: {},
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
 * @param args The words behind `metamae completions`: the shell, the words before the cursor, and the
 * word that is being typed.
 */

export async function answerCompletion(
  args: readonly string[],
  commands: readonly Command[],
): Promise<string> {
  const [name, ...words] = args;
  const current = findCommand(words, commands)?.command;
  const tables = await Promise.all(
    commands.map(async (command) =>
      command === current
        ? await withNames(command)
        : [command, { ...command.options, ...commonOptions }] as const
    ),
  );
  const { suggestNext } = await import("../framework/mod.ts");
  const suggestions = suggestNext(tables, words);
  return [...(await shellNamed(name!)).encodeSuggestions(suggestions)].join("");
}

async function shellNamed(name: string): Promise<ShellCompletion> {
  const { bash, fish, zsh } = await import("@optique/core/completion");
  return lookUp("shell", name, new Map([["bash", bash], ["zsh", zsh], ["fish", fish]]));
}

/** The command that is being typed, with everything it can suggest. */
async function withNames(command: Command): Promise<readonly [Command, OptionTable]> {
  const options: Record<string, OptionSpec> = {};
  for (const [key, spec] of Object.entries(await optionTable(command))) {
    options[key] = { ...spec, parser: await withSuggestions(spec.parser) };
  }
  const { argument } = command;
  if (argument === undefined) return [command, options];
  const parser = await withSuggestions(argument.parser);
  return [{ ...command, argument: { ...argument, parser } }, options];
}
