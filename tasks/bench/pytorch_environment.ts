/**
 * Finding a Python with PyTorch, or making one in the cache folder.
 *
 * @module
 */

import { cacheDir, join, MissingError } from "../../lib/util/mod.ts";
import { answerOfAny, pythonNames, pytorchVersion } from "./processes.ts";

/** What is installed where no PyTorch is found. */
const pinned = { torch: "2.15.0", uv: "0.13.9" } as const;

/** A Python that has PyTorch. */
export interface PytorchPython {
  /** Path of the program. */
  readonly path: string;
  /** Version of PyTorch. */
  readonly version: string;
}

/** Options of {@linkcode findPytorch}. */
export interface FindPytorchOptions {
  /** Path of the Python to take; no other is tried. */
  readonly python?: string | undefined;
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
  { python, onProgress }: FindPytorchOptions,
): Promise<PytorchPython> {
  if (python !== undefined) {
    const { value, problem } = await pytorchVersion(python);
    if (value !== undefined) return { path: python, version: value };
    throw new MissingError(`Cannot compare with PyTorch: "${python}" has none: ${problem}`);
  }
  const usual = await answerOfAny<string>(pythonNames, [
    "-c",
    "import json, sys; print(json.dumps(sys.executable))",
  ]);
  if (usual.value === undefined) {
    throw new MissingError(`Cannot compare with PyTorch: ${usual.problem}`, {
      hint: "Install Python 3, or pass --python with one that has PyTorch",
    });
  }
  const folder = join(cacheDir(), `pytorch-${pinned.torch}`);
  for (const path of [usual.value, join(folder, "bin", "python")]) {
    const { value } = await pytorchVersion(path);
    if (value !== undefined) return { path, version: value };
  }
  return await makeEnvironment(usual.value, folder, onProgress);
}

/** Commands that make an environment: what each one does, the program, its arguments. */
export function environmentSteps(
  python: string,
  folder: string,
): readonly (readonly [what: string, program: string, args: readonly string[]])[] {
  const inside = (name: string) => join(folder, "bin", name);
  const quiet = ["--quiet", "--only-binary=:all:", "--no-cache-dir"];
  const torch = `torch==${pinned.torch}`;
  return [
    ["Making a Python environment", python, ["-m", "venv", "--clear", folder]],
    [`Installing uv ${pinned.uv}`, inside("python"), [
      ...["-m", "pip", "install", ...quiet, `uv==${pinned.uv}`],
    ]],
    // uv knows where the builds without GPU libraries are; they are a tenth of the size.
    [`Installing PyTorch ${pinned.torch} for CPUs (1 GB on the disk)`, inside("uv"), [
      ...["pip", "install", "--quiet", "--no-cache", "--only-binary=:all:"],
      ...["--python", inside("python"), "--torch-backend=cpu", torch],
    ]],
    [`Installing PyTorch ${pinned.torch} as pip finds it (up to 6 GB)`, inside("python"), [
      ...["-m", "pip", "install", ...quiet, torch],
    ]],
  ];
}

async function makeEnvironment(
  python: string,
  folder: string,
  onProgress: (line: string) => void,
): Promise<PytorchPython> {
  const path = join(folder, "bin", "python");
  onProgress(`No PyTorch was found: PyTorch ${pinned.torch} goes into "${folder}"`);
  let problem = "nothing was tried";
  for (const [what, program, args] of environmentSteps(python, folder)) {
    onProgress(`${what} ...`);
    const answer = await runQuietly(program, args);
    if (answer !== undefined) onProgress(problem = `it did not work: ${answer}`);
    const { value } = await pytorchVersion(path);
    if (value !== undefined) return { path, version: value };
  }
  throw new MissingError(`Cannot install PyTorch ${pinned.torch} in "${folder}": ${problem}`, {
    hint: "Pass --python with a Python that has PyTorch",
  });
}

/** Runs a program that prints what it likes; gives why it failed. */
async function runQuietly(program: string, args: readonly string[]): Promise<string | undefined> {
  const script = "import json, subprocess, sys\n" +
    "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode\n" +
    "sys.exit(code) if code else print(json.dumps(0))";
  const { problem } = await answerOfAny(pythonNames, ["-c", script, program, ...args]);
  return problem;
}
