/**
 * A tiny wheel in place of TensorFlow's, and programs in place of pip and uv.
 *
 * @module
 */

import { strToU8, unzipSync, zipSync } from "fflate";
import type { EngineBuild } from "../../../lib/engine/install/engine_builds.ts";
import type {
  InstallPlaces,
  PackageInstaller,
} from "../../../lib/engine/install/package_installers.ts";
import { sha256 } from "../../../lib/util/hash.ts";
import { join } from "../../../lib/util/path.ts";

const name = "fakeflow";
const library = "tensorflow/libtensorflow_cc.so.2";
const framework = "tensorflow/libtensorflow_framework.so.2";

/** A wheel on the disk and the build that pins it. */
export interface FakeWheel {
  readonly folder: string;
  readonly path: string;
  readonly build: EngineBuild;
  /** Contents of the library inside. */
  readonly libraryBytes: Uint8Array;
}

/** Options of {@linkcode writeFakeWheel}. */
export interface FakeWheelOptions {
  /** Changes what the wheel's list of files says. */
  readonly changeRecord?: (text: string) => string;
  /** Files to leave out. */
  readonly without?: readonly string[];
}

/** Writes a wheel with two libraries and a file that no engine keeps. */
export async function writeFakeWheel(
  folder: string,
  options: FakeWheelOptions = {},
): Promise<FakeWheel> {
  const libraryBytes = strToU8("not a library ".repeat(2000));
  const info = `${name}-2.21.0.dist-info`;
  const contents: Record<string, Uint8Array> = {
    [library]: libraryBytes,
    [framework]: strToU8("framework"),
    "tensorflow/__init__.py": strToU8("raise SystemExit"),
    "nvidia/cuda_nvcc/bin/ptxas": strToU8("#!/bin/sh\n"),
    [`${info}/METADATA`]: strToU8(`Metadata-Version: 2.1\nName: ${name}\nVersion: 2.21.0\n`),
    [`${info}/WHEEL`]: strToU8(
      "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\n" +
        "Tag: cp312-cp312-manylinux_2_27_x86_64\n",
    ),
  };
  for (const path of options.without ?? []) delete contents[path];
  const record = [
    ...Object.entries(contents).map(([path, bytes]) =>
      `${path},sha256=${base64Url(sha256(bytes))},${bytes.length}`
    ),
    `${info}/RECORD,,`,
  ].join("\n") + "\n";
  contents[`${info}/RECORD`] = strToU8((options.changeRecord ?? String)(record));
  const bytes = zipSync(contents);
  const path = join(folder, `${name}-2.21.0-cp312-cp312-manylinux_2_27_x86_64.whl`);
  await Deno.writeFile(path, bytes);
  return { folder, path, libraryBytes, build: fakeBuild(sha256(bytes)) };
}

/** The build that pins a fake wheel by its digest. */
export function fakeBuild(digest: string): EngineBuild {
  return {
    id: "fakeflow-2.21.0",
    version: "2.21.0",
    gpu: false,
    downloadMegabytes: 1,
    spaceMegabytes: 1,
    pythonVersion: "3.12",
    pipPlatforms: ["manylinux_2_27_x86_64"],
    uvPlatform: "x86_64-manylinux_2_28",
    requirements: `${name}==2.21.0 --hash=sha256:${digest}\n`,
    library,
    framework,
    keeps: /^(tensorflow\/libtensorflow_|nvidia\/.*\/bin\/)/,
  };
}

/** A program that runs a piece of TypeScript; `places` is what an installer is given. */
export function scripted(name: string, unpacks: boolean, code: string): PackageInstaller {
  return {
    name,
    command: Deno.execPath(),
    unpacks,
    arguments: (_build: EngineBuild, places: InstallPlaces) => [
      "eval",
      "--no-config",
      "--no-lock",
      `const places = ${JSON.stringify(places)};\n${code}`,
    ],
  };
}

/** A program that fetches a wheel as pip does. */
export function copying(wheel: FakeWheel): PackageInstaller {
  return scripted(
    "copying",
    false,
    `await Deno.mkdir(places.target);
     await Deno.copyFile(${JSON.stringify(wheel.path)}, places.target + "/some.whl");`,
  );
}

/** A program that unpacks a wheel as uv does. */
export function unpacking(wheel: FakeWheel): PackageInstaller {
  const files = Object.entries(unzipSync(Deno.readFileSync(wheel.path)))
    .map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]);
  return scripted(
    "unpacking",
    true,
    `for (const [path, text] of ${JSON.stringify(files)}) {
       const file = places.target + "/" + path;
       await Deno.mkdir(file.replace(/[^/]*$/, ""), { recursive: true });
       await Deno.writeTextFile(file, text);
     }`,
  );
}

/** Permissions that an installation needs, and no more; FFI is not among them. */
export function installPermissions(commands: readonly string[]): Deno.PermissionOptionsObject {
  return { env: true, read: true, write: true, run: [...commands], ffi: false, sys: ["statfs"] };
}

function base64Url(hex: string): string {
  const binary = String.fromCharCode(...hex.match(/../g)!.map((byte) => parseInt(byte, 16)));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
