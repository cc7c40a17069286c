/**
 * The command line: arguments to a subcommand, errors to exit codes.
 *
 * @module
 */

import manifest from "../deno.json" with { type: "json" };
import {
  createOutput,
  describeFailure,
  type Environment,
  failureJson,
  failureText,
  formatFacts,
  isBrokenPipe,
  type JsonDocument,
  type Output,
  type Sink,
  standardSink,
  useColor,
} from "../lib/terminal/mod.ts";
import { type ExitCode, programVersion, shellLine } from "../lib/util/mod.ts";
import { commands } from "./commands.ts";
import {
  allOptions,
  type Command,
  findCommand,
  loadCommand,
  parseCommand,
  readConfigFile,
  renderCommandHelp,
  renderRootHelp,
  resolveOptions,
  unknownCommand,
} from "./framework/mod.ts";

/** What surrounds a run; the process itself unless a test says otherwise. */
export interface Surroundings {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly environment: Environment;
}

/**
 * Runs one command line.
 *
 * @returns The exit code; errors have been printed.
 */
export async function main(
  args: readonly string[],
  surroundings: Surroundings = processSurroundings(),
): Promise<ExitCode> {
  try {
    return await dispatch(args, surroundings);
  } catch (error) {
    if (isBrokenPipe(error)) return 0;
    const failure = describeFailure(error);
    // The error may be that the environment must not be read, so this reading must not fail again.
    const environment = readable(surroundings.environment);
    const json = isJson(args, environment);
    const debug = isOn(environment("METAMAE_DEBUG"));
    try {
      surroundings.stderr.write(json ? failureJson(failure) : failureText(failure, debug));
    } catch (unwritable) {
      if (!isBrokenPipe(unwritable)) throw unwritable;
    }
    return failure.exitCode;
  }
}

async function dispatch(
  args: readonly string[],
  { stdout, stderr, environment }: Surroundings,
): Promise<ExitCode> {
  if (args[0] === "completions" && args.length > 2 && !args[2]!.startsWith("-")) {
    const { answerCompletion } = await import("./commands/completions.ts");
    stdout.write(await answerCompletion(args.slice(1), commands));
    return 0;
  }
  const helpOptions = { color: useColor(stdout, environment), width: stdout.width };
  const asksHelp = args[0] === "help" || wantsHelp(args);
  const named = args[0] === "help" ? args.slice(1) : args;
  const found = findCommand(named, commands);
  if (asksHelp && (found !== undefined || named.every((arg) => arg.startsWith("-")))) {
    stdout.write(
      found === undefined
        ? renderRootHelp(commands, helpOptions)
        : renderCommandHelp(await loadCommand(found.command), helpOptions),
    );
    return 0;
  }
  if (args.length === 0) {
    stderr.write(renderRootHelp(commands, helpOptions));
    return 2;
  }
  if (args[0] === "--version" || args[0] === "-V") {
    const json = isJson(args, environment);
    return await showVersion(createOutput(stdout, stderr, { json, quiet: false, environment }));
  }
  if (found === undefined) throw unknownCommand(named, commands);
  const command = await loadCommand(found.command);
  return await runCommand(command, found.rest, { stdout, stderr, environment });
}

async function runCommand(
  command: Command,
  rest: readonly string[],
  { stdout, stderr, environment }: Surroundings,
): Promise<ExitCode> {
  const table = allOptions(command);
  const given = parseCommand(command, rest);
  const config = given.flags.config ?? environment("METAMAE_CONFIG");
  const file = "config" in table && typeof config === "string"
    ? await readConfigFile(config)
    : undefined;
  const { values, origins } = resolveOptions(command.name, table, {
    flags: given.flags,
    environment,
    file,
  });
  const code = await command.run({
    arguments: given.arguments,
    options: pick(values, command.own),
    moreOptions: pick(values, command.more),
    origins,
    commandLine: shellLine(["metamae", ...command.name.split(" "), ...rest]),
    output: createOutput(stdout, stderr, {
      json: values.json === true,
      quiet: values.quiet === true,
      environment,
    }),
  });
  return code ?? 0;
}

async function showVersion(output: Output): Promise<ExitCode> {
  const versions = await readVersions();
  output.result(versionDocument(versions), () => versionText(versions));
  return 0;
}

function pick(values: Readonly<Record<string, unknown>>, table: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => Object.hasOwn(table, key)));
}

function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end < 0 ? args : args.slice(0, end);
  return options.includes("--help") || options.includes("-h");
}

function isJson(args: readonly string[], environment: Environment): boolean {
  if (args.includes("--no-json")) return false;
  return args.includes("--json") || isOn(environment("METAMAE_JSON"));
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && ["1", "true", "yes", "on"].includes(value.toLowerCase());
}

/** Our own variables decide results, so a missing permission is an error; others only adorn. */
function processSurroundings(): Surroundings {
  const adorning = readable((name) => Deno.env.get(name));
  return {
    stdout: standardSink(Deno.stdout),
    stderr: standardSink(Deno.stderr),
    environment: (name) => name.startsWith("METAMAE_") ? Deno.env.get(name) : adorning(name),
  };
}

function readable(environment: Environment): Environment {
  return (name) => {
    try {
      return environment(name);
    } catch {
      return undefined;
    }
  };
}

/** Versions of the program and of everything that decides its numbers. */
interface Versions {
  readonly metamae: string;
  readonly deno: string;
  readonly tfjs: string;
  /** Version of libtensorflow, `unknown` if its surroundings do not tell; null if none is found. */
  readonly libtensorflow: string | null;
}

/** Looks versions up; nothing is loaded or started. */
export async function readVersions(): Promise<Versions> {
  const { findLibtensorflow } = await import("../lib/engine/install/mod.ts");
  const { found } = findLibtensorflow();
  return {
    metamae: programVersion,
    deno: Deno.version.deno,
    tfjs: manifest.imports["@tensorflow/tfjs"].split("@").at(-1)!,
    libtensorflow: found === undefined ? null : found.version ?? "unknown",
  };
}

/** Document of `metamae --version --json`. */
export function versionDocument(versions: Versions): JsonDocument {
  return { schema: "metamae/version", version: 1, ...versions };
}

/** Text of `metamae --version`. */
export function versionText({ metamae, deno, tfjs, libtensorflow }: Versions): string {
  return formatFacts([
    ["metamae", metamae],
    ["deno", deno],
    ["tensorflow.js", tfjs],
    [
      "libtensorflow",
      libtensorflow ?? 'not installed; "metamae engine install" makes training many times faster',
    ],
  ]);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
