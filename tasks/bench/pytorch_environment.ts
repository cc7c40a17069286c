/**
 * Finding a Python with PyTorch, or making one in the cache folder.
 *
 * @module
 */

import { cacheDir, join, MissingError } from "../../lib/util/mod.ts";
import { type Answer, answerOfAny, pythonNames, pytorchVersion } from "./processes.ts";

/** What is installed where no PyTorch is found. */
const pinned = { torch: "2.15.0", uv: "0.13.9" } as const;

/** A Python that has PyTorch. */
export interface PytorchPython {
  /** Path of the program. */
  readonly path: string;
  /** Version of PyTorch. */
  readonly version: string;
}

/** PyTorch and what is wanted beside it. */
export interface PythonPackages {
  /** What they are called. */
  readonly name: string;
  /** What they are for, as errors say it, such as `compare with PyTorch`. */
  readonly purpose: string;
  /** Packages beside PyTorch by name and version, from where it comes from; none by default. */
  readonly beside?: readonly string[];
  /** File of packages by version and hash, installed without those that they name. */
  readonly hashed?: string;
  /** The version of PyTorch of a Python that has all of them. */
  check(python: string): Promise<Answer<string>>;
}

const pytorch: PythonPackages = {
  name: "PyTorch",
  purpose: "compare with PyTorch",
  check: pytorchVersion,
};

/** Options of {@linkcode findPytorch}. */
export interface FindPytorchOptions {
  /** Path of the Python to take; no other is tried. */
  readonly python?: string | undefined;
  /** What it has to have; PyTorch alone by default. */
  readonly packages?: PythonPackages;
  /** Told what is going to be installed, and how it goes on. */
  readonly onProgress: (line: string) => void;
}

/**
 * The Python that was named, else the one of the PATH, else one in an environment of its own below
 * the cache folder, which is made if it is not there: this is the only thing that uses the network.
 *
 * @throws {MissingError} If there is none and none can be made.
 */
export async function findPytorch(
  { python, packages = pytorch, onProgress }: FindPytorchOptions,
): Promise<PytorchPython> {
  const { name, purpose } = packages;
  if (python !== undefined) {
    const { value, problem } = await packages.check(python);
    if (value !== undefined) return { path: python, version: value };
    throw new MissingError(`Cannot ${purpose}: "${python}" has no ${name}: ${problem}`);
  }
  const usual = await answerOfAny<string>(pythonNames, [
    "-c",
    "import json, sys; print(json.dumps(sys.executable))",
  ]);
  if (usual.value === undefined) {
    throw new MissingError(`Cannot ${purpose}: ${usual.problem}`, {
      hint: `Install Python 3, or pass --python with one that has ${name}`,
    });
  }
  const folder = join(cacheDir(), `pytorch-${pinned.torch}`);
  for (const path of [usual.value, pythonOf(folder)]) {
    const { value } = await packages.check(path);
    if (value !== undefined) return { path, version: value };
  }
  return await makeEnvironment(usual.value, folder, packages, onProgress);
}

function pythonOf(folder: string): string {
  return join(folder, "bin", "python");
}

/** Commands that make an environment: what each one does, the program, its arguments. */
export function environmentSteps(
  python: string,
  folder: string,
  { beside = [], hashed }: Pick<PythonPackages, "beside" | "hashed"> = {},
): readonly (readonly [what: string, program: string, args: readonly string[]])[] {
  const inside = pythonOf(folder);
  const uv = join(folder, "bin", "uv");
  const quiet = ["--quiet", "--only-binary=:all:", "--no-cache-dir"];
  const torch = [`torch==${pinned.torch}`, ...beside];
  const alone = ["--no-deps", "--require-hashes", "-r", hashed ?? ""];
  return [
    ["Making a Python environment", python, ["-m", "venv", "--clear", folder]],
    [`Installing uv ${pinned.uv}`, inside, ["-m", "pip", "install", ...quiet, `uv==${pinned.uv}`]],
    ...(hashed === undefined ? [] : [
      [`Installing what "${hashed}" lists`, inside, ["-m", "pip", "install", ...quiet, ...alone]],
    ] as const),
    // uv knows where the builds without GPU libraries are; they are a tenth of the size.
    [`Installing PyTorch ${pinned.torch} for CPUs (1 GB on the disk)`, uv, [
      ...["pip", "install", "--quiet", "--no-cache", "--only-binary=:all:"],
      ...["--python", inside, "--torch-backend=cpu", ...torch],
    ]],
    [`Installing PyTorch ${pinned.torch} as pip finds it (up to 6 GB)`, inside, [
      ...["-m", "pip", "install", ...quiet, ...torch],
    ]],
  ];
}

/** Makes the environment, or puts what is missing into the one that has PyTorch already. */
async function makeEnvironment(
  python: string,
  folder: string,
  packages: PythonPackages,
  onProgress: (line: string) => void,
): Promise<PytorchPython> {
  const path = pythonOf(folder);
  const { name, purpose } = packages;
  const hasPytorch = (await pytorchVersion(path)).value !== undefined;
  const steps = environmentSteps(python, folder, packages).slice(hasPytorch ? 2 : 0);
  onProgress(`No ${name} was found: it goes into "${folder}"`);
  let problem = "nothing was tried";
  for (const [what, program, args] of steps) {
    onProgress(`${what} ...`);
    const answer = await runQuietly(program, args);
    if (answer !== undefined) onProgress(problem = `it did not work: ${answer}`);
    const { value } = await packages.check(path);
    if (value !== undefined) return { path, version: value };
  }
  throw new MissingError(
    `Cannot ${purpose}: ${name} cannot be installed in "${folder}": ${problem}`,
    {
      hint: `Pass --python with a Python that has ${name}`,
    },
  );
}

/** Runs a program that prints what it likes; gives why it failed. */
async function runQuietly(program: string, args: readonly string[]): Promise<string | undefined> {
  const script = "import json, subprocess, sys\n" +
    "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n" +
    "sys.exit(code) if code else print(json.dumps(0))";
  const { problem } = await answerOfAny(pythonNames, ["-c", script, program, ...args]);
  return problem;
}
