/**
 * The help pages, made from the same data as the parser.
 *
 * @module
 */

import { type DocEntry, formatDocPage } from "@optique/core/doc";
import { text } from "@optique/core/message";
import { wrapWords } from "../../lib/terminal/mod.ts";
import { flagName } from "../../lib/util/mod.ts";
import { type Command, type CommandEntry, commonOptions } from "./command.ts";
import { environmentName, type OptionSpec, type OptionTable } from "./options.ts";

/** Options of the help pages. */
export interface HelpOptions {
  readonly color: boolean;
  readonly width: number;
}

/** The page of the whole program. */
export function renderRootHelp(
  commands: readonly Pick<CommandEntry, "name" | "summary">[],
  options: HelpOptions,
): string {
  const page = {
    sections: [
      {
        title: "Commands",
        entries: commands.map((command): DocEntry => ({
          term: { type: "command", name: command.name },
          description: [text(command.summary)],
        })),
      },
      {
        title: "Options",
        entries: [
          {
            term: optionTerm("--help", "-h"),
            description: [text("Show this help, or a command's")],
          },
          { term: optionTerm("--version"), description: [text("Show versions")] },
        ],
      },
    ],
    footer: [
      text(
        "Exit codes: 0 success, 1 internal error, 2 usage, 3 bad data, 4 input or output, 5 " +
          "numeric failure, 6 folder in use, 7 something is missing, 8 score not reached, 130 " +
          "and 143 stopped.",
      ),
    ],
  };
  return [
    "Example: metamae tokenize mnist --out mnist.store",
    "         metamae pretrain --data mnist.store --method metamae --preset small --out mnist.run",
    "",
    "Domain-agnostic self-supervised learning: MetaMAE and the DABS benchmark.",
    "",
    format("metamae", page, options),
  ].join("\n");
}

/** The page of a subcommand; it starts with an example. */
export function renderCommandHelp(command: Command, options: HelpOptions): string {
  const { argument, own, more } = command;
  const tail = argument === undefined ? "" : {
    one: ` ${argument.parser.metavar}`,
    optional: ` [${argument.parser.metavar}]`,
    many: ` ${argument.parser.metavar}...`,
  }[argument.count];
  const required = Object.entries(own).filter(([, spec]) => spec.presence === "required")
    .map(([key, spec]) => ` ${flagName(key)} ${spec.parser.metavar}`).join("");
  const page = {
    sections: [
      ...(argument === undefined ? [] : [{
        title: "Argument",
        entries: [
          {
            term: { type: "argument", metavar: argument.parser.metavar },
            description: [text(argument.description)],
          } satisfies DocEntry,
        ],
      }]),
      { title: "Options", entries: optionEntries(own) },
      { title: command.moreTitle ?? "Method options", entries: optionEntries(more) },
      {
        title: "Common options",
        entries: [
          ...optionEntries(commonOptions),
          { term: optionTerm("--help", "-h"), description: [text("Show this help")] },
        ],
      },
    ].filter((section) => section.entries.length > 0),
    footer: [text(environmentRemark(own, more))],
  };
  return [
    `Example: ${command.example}`,
    "",
    `${command.summary}.`,
    ...(command.details ?? []).flatMap((
      paragraph,
    ) => ["", ...wrapWords(paragraph, textWidth(options))]),
    "",
    `Usage: metamae ${command.name}${command.usage ?? `${tail}${required}`} [options]`,
    "",
    format(`metamae ${command.name}`, page, options),
  ].join("\n");
}

function environmentRemark(own: OptionTable, more: OptionTable): string {
  const names = Object.keys({ ...own, ...more });
  const key = names.includes("seed") ? "seed" : Object.keys(own)[0] ?? "json";
  return `Every option can also be set in the environment: ${environmentName(key)} is ` +
    `${flagName(key)}. Switches have a --no- form.`;
}

function format(
  name: string,
  page: Parameters<typeof formatDocPage>[1],
  options: HelpOptions,
): string {
  return formatDocPage(name, page, {
    colors: options.color,
    maxWidth: textWidth(options),
    termWidth: "auto",
    showUsage: false,
    showDefault: { prefix: " [default: ", suffix: "]" },
    sectionOrder: () => 0,
  }).replace(/^\n+/, "").replace(/[ \t]+$/gm, "").trimEnd() + "\n";
}

function optionEntries(table: OptionTable): readonly DocEntry[] {
  return Object.entries(table).map(([key, spec]) => ({
    term: {
      type: "option",
      names: [flagName(key)],
      ...(spec.form === "toggle" ? {} : { metavar: spec.parser.metavar }),
    },
    description: [text(describe(spec))],
    ...(spec.shown === "" ? {} : { default: [text(spec.shown)] }),
  }));
}

function describe(spec: OptionSpec): string {
  const choices = spec.parser.choices;
  const words = choices === undefined ? "" : ` (${choices.join(", ")})`;
  return `${spec.description}${words}${spec.presence === "required" ? " (required)" : ""}`;
}

function optionTerm(...names: readonly `-${string}`[]): DocEntry["term"] {
  return { type: "option", names };
}

function textWidth({ width }: HelpOptions): number {
  return Math.max(60, Math.min(100, width));
}
