import {
  currentPlatform,
  engineBuildFor,
  engineBuildsFor,
  type Platform,
  platformName,
  requirementLines,
  whyNoBuild,
} from "../../../lib/engine/install/engine_builds.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";

const linux: Platform = { os: "linux", arch: "x86_64", libc: "glibc" };
const arm: Platform = { os: "linux", arch: "aarch64", libc: "glibc" };
const mac: Platform = { os: "darwin", arch: "aarch64", libc: "none" };
const windows: Platform = { os: "windows", arch: "x86_64", libc: "none" };
const alpine: Platform = { os: "linux", arch: "x86_64", libc: "musl" };

Deno.test("engineBuildFor knows Linux and Apple silicon, and GPUs on Linux x86_64 only", () => {
  for (const platform of [linux, arm, mac]) assert(engineBuildFor(platform) !== undefined);
  for (const platform of [windows, alpine, { ...mac, arch: "x86_64" } as const]) {
    assertEquals(engineBuildFor(platform), undefined);
  }
  assert(engineBuildFor(linux, { gpu: true })?.gpu);
  assertEquals(engineBuildFor(arm, { gpu: true }), undefined);
});

Deno.test("engineBuildFor pins every wheel by version and SHA-256", () => {
  for (const build of [linux, arm, mac].flatMap(engineBuildsFor)) {
    const lines = requirementLines(build);
    assertEquals(lines.length, build.gpu ? 13 : 1);
    for (const line of lines) {
      assertMatch(
        line,
        /^(tensorflow|tensorflow-cpu|nvidia-[a-z0-9-]+)==[\d.]+ --hash=sha256:[0-9a-f]{64}$/,
      );
    }
    assertMatch(lines[0]!, new RegExp(`^tensorflow(-cpu)?==${build.version} `));
    assertEquals(new Set(lines).size, lines.length);
  }
});

Deno.test("engineBuildFor keeps the two libraries, and NVIDIA's for GPUs, but no Python or headers", () => {
  const cpu = engineBuildFor(linux)!.keeps;
  const gpu = engineBuildFor(linux, { gpu: true })!.keeps;
  for (const build of [linux, arm, mac].flatMap(engineBuildsFor)) {
    assert(build.keeps.test(build.library), build.id);
    assert(build.keeps.test(build.framework), build.id);
    assert(!build.keeps.test("tensorflow/python/framework/ops.py"), build.id);
    assert(!build.keeps.test("tensorflow/include/tensorflow/c/c_api.h"), build.id);
  }
  for (
    const path of [
      "nvidia/cublas/lib/libcublas.so.12",
      "nvidia/cuda_nvcc/bin/ptxas",
      "nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc",
    ]
  ) {
    assert(gpu.test(path), path);
    assert(!cpu.test(path), path);
  }
  assert(!gpu.test("nvidia/cudnn/include/cudnn.h"));
  assert(!gpu.test("nvidia/cublas/__init__.py"));
});

Deno.test("engineBuildsFor puts the build for GPUs first", () => {
  assertEquals(engineBuildsFor(linux).map(({ gpu }) => gpu), [true, false]);
  assertEquals(engineBuildsFor(arm).map(({ gpu }) => gpu), [false]);
  assertEquals(engineBuildsFor(windows), []);
});

Deno.test("engineBuildsFor gives every build a folder of its own", () => {
  const ids = [linux, arm, mac].flatMap(engineBuildsFor).map(({ id }) => id);
  assertEquals(new Set(ids).size, 4);
});

Deno.test("whyNoBuild says what the wheels lack", () => {
  assertStringIncludes(whyNoBuild(alpine), "musl");
  assertStringIncludes(whyNoBuild(windows), "Windows do not export its C API");
  assertStringIncludes(whyNoBuild(mac, { gpu: true }), "linux-x86_64 only");
  assertStringIncludes(whyNoBuild({ ...mac, arch: "x86_64" }), "no wheel for darwin-x86_64");
});

Deno.test("currentPlatform tells musl from glibc by the target of this Deno", () => {
  const build = { os: "linux", arch: "x86_64" } as const;
  assertEquals(currentPlatform({ ...build, target: "x86_64-unknown-linux-gnu" }), linux);
  assertEquals(currentPlatform({ ...build, target: "x86_64-alpine-linux-musl" }), alpine);
  const target = "aarch64-apple-darwin";
  assertEquals(currentPlatform({ os: "darwin", arch: "aarch64", target }), mac);
});

Deno.test("platformName names musl and nothing else beside system and processor", () => {
  assertEquals([linux, arm, mac, alpine].map(platformName), [
    "linux-x86_64",
    "linux-aarch64",
    "darwin-aarch64",
    "linux-x86_64-musl",
  ]);
});
