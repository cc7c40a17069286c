/**
 * The builds of libtensorflow that can be installed, and the platforms that they are for: Python
 * wheels, pinned by version and SHA-256.
 *
 * The digests are those that the Python package index publishes. The wheels of the GPU build are
 * what `tensorflow[and-cuda]==2.21.0` resolved to when they were pinned.
 *
 * @module
 */

/** Operating system, processor and C library. */
export interface Platform {
  /** Operating system, in Deno's words. */
  readonly os: typeof Deno.build.os;
  /** Processor architecture, in Deno's words. */
  readonly arch: typeof Deno.build.arch;
  /** C library of a Linux system; `none` elsewhere. */
  readonly libc: "glibc" | "musl" | "none";
}

/** What is known about the build of this Deno. */
type BuildInfo = Pick<typeof Deno.build, "os" | "arch" | "target">;

/** The platform that a build of Deno runs on. */
export function currentPlatform(build: BuildInfo = Deno.build): Platform {
  const libc = build.os !== "linux" ? "none" : build.target.includes("musl") ? "musl" : "glibc";
  return { os: build.os, arch: build.arch, libc };
}

/** Short name of a platform: `linux-x86_64`, `linux-x86_64-musl`, `darwin-aarch64`. */
export function platformName({ os, arch, libc }: Platform): string {
  return `${os}-${arch}${libc === "musl" ? "-musl" : ""}`;
}

/** Wheels that together hold a libtensorflow for a platform. */
export interface EngineBuild {
  /** Name of the folder that it is installed in. */
  readonly id: string;
  /** Version of TensorFlow. */
  readonly version: string;
  /** Whether it computes on NVIDIA GPUs. */
  readonly gpu: boolean;
  /** What has to be fetched, in megabytes (1e6 bytes). */
  readonly downloadMegabytes: number;
  /** Space that is needed while installing, in megabytes. */
  readonly spaceMegabytes: number;
  /** Version of Python that the wheels are tagged for; the Python that installs them may differ. */
  readonly pythonVersion: string;
  /** Platform tags of the wheels for pip. */
  readonly pipPlatforms: readonly string[];
  /** The same for uv, which has one name for them. */
  readonly uvPlatform: string;
  /** Requirements file: one line a wheel, every line with its digest. */
  readonly requirements: string;
  /** Path of the library with the C API in the wheels. */
  readonly library: string;
  /** Path of the library that it needs beside it. */
  readonly framework: string;
  /** Paths of the files that are kept of the wheels. */
  readonly keeps: RegExp;
}

/** Options of {@linkcode engineBuildFor} and {@linkcode whyNoBuild}. */
interface BuildOptions {
  /** Whether the build can use NVIDIA GPUs. */
  readonly gpu?: boolean;
}

const version = "2.21.0";

/** A requirements file, from a version and a SHA-256 a line. */
const pinned = (wheels: string) => wheels.trimStart().replaceAll(" ", " --hash=sha256:");

const onCpu = {
  version,
  gpu: false,
  spaceMegabytes: 1600,
  pythonVersion: "3.12",
  library: "tensorflow/libtensorflow_cc.so.2",
  framework: "tensorflow/libtensorflow_framework.so.2",
  keeps: /^tensorflow\/(libtensorflow_(cc|framework)\.|THIRD_PARTY_NOTICES)/,
} as const;

const cpuBuilds: Readonly<Record<string, EngineBuild>> = {
  "linux-x86_64": {
    ...onCpu,
    id: `tensorflow-${version}-linux-x86_64`,
    downloadMegabytes: 274,
    pipPlatforms: ["manylinux_2_27_x86_64"],
    uvPlatform: "x86_64-manylinux_2_28",
    requirements: pinned(`
tensorflow-cpu==${version} dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb
`),
  },
  "linux-aarch64": {
    ...onCpu,
    id: `tensorflow-${version}-linux-aarch64`,
    downloadMegabytes: 282,
    pipPlatforms: ["manylinux_2_27_aarch64"],
    uvPlatform: "aarch64-manylinux_2_28",
    requirements: pinned(`
tensorflow==${version} b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552
`),
  },
  "darwin-aarch64": {
    ...onCpu,
    id: `tensorflow-${version}-darwin-aarch64`,
    downloadMegabytes: 224,
    pipPlatforms: ["macosx_12_0_arm64"],
    uvPlatform: "aarch64-apple-darwin",
    requirements: pinned(`
tensorflow==${version} 56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712
`),
    library: "tensorflow/libtensorflow_cc.2.dylib",
    framework: "tensorflow/libtensorflow_framework.2.dylib",
  },
};

const gpuBuilds: Readonly<Record<string, EngineBuild>> = {
  "linux-x86_64": {
    ...onCpu,
    id: `tensorflow-${version}-linux-x86_64-cuda`,
    gpu: true,
    downloadMegabytes: 3380,
    spaceMegabytes: 11000,
    pipPlatforms: [
      ...["2_12", "2_17", "2_25", "2_27"].map((glibc) => `manylinux_${glibc}_x86_64`),
      "manylinux2010_x86_64",
      "manylinux2014_x86_64",
    ],
    uvPlatform: "x86_64-manylinux_2_28",
    requirements: pinned(`
tensorflow==2.21.0 b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0
nvidia-cublas-cu12==12.9.3.13 d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72
nvidia-cuda-cupti-cu12==12.9.79 096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f
nvidia-cuda-nvcc-cu12==12.9.86 5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0
nvidia-cuda-nvrtc-cu12==12.9.86 210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4
nvidia-cuda-runtime-cu12==12.9.79 25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3
nvidia-cudnn-cu12==9.28.0.42 9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375
nvidia-cufft-cu12==11.4.1.4 c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28
nvidia-curand-cu12==10.3.10.19 49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e
nvidia-cusolver-cu12==11.7.5.82 15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88
nvidia-cusparse-cu12==12.5.10.65 73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78
nvidia-nccl-cu12==2.32.3 bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c
nvidia-nvjitlink-cu12==12.9.86 e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9
`),
    // TensorFlow opens NVIDIA's libraries by run paths that are relative to its own, and XLA looks
    // for ptxas and libdevice in the same way: so the folders of the wheels are kept as they are,
    // and no LD_LIBRARY_PATH is needed.
    keeps: new RegExp(
      `${onCpu.keeps.source}|` +
        /^nvidia\/\w+\/(lib\/[^/]+\.so[.\d]*$|bin\/|nvvm\/(bin|lib64|libdevice)\/)/.source,
    ),
  },
};

/** The build for a platform, if there is one. */
export function engineBuildFor(
  platform: Platform,
  { gpu = false }: BuildOptions = {},
): EngineBuild | undefined {
  return (gpu ? gpuBuilds : cpuBuilds)[platformName(platform)];
}

/**
 * The builds that a platform can run; one for GPUs comes first, since it is there only on request.
 */
export function engineBuildsFor(platform: Platform): readonly EngineBuild[] {
  return [engineBuildFor(platform, { gpu: true }), engineBuildFor(platform)]
    .filter((build) => build !== undefined);
}

/** Why a platform has no build: one line for the user. */
export function whyNoBuild(platform: Platform, { gpu = false }: BuildOptions = {}): string {
  const name = platformName(platform);
  if (gpu && engineBuildFor(platform) !== undefined) {
    return `TensorFlow's wheels use GPUs on linux-x86_64 only, this machine is ${name}`;
  }
  if (platform.libc === "musl") {
    return "TensorFlow's wheels need glibc, this system's C library is musl";
  }
  if (platform.os === "windows") return "TensorFlow's wheels for Windows do not export its C API";
  return `TensorFlow has no wheel for ${name}`;
}

/** The pinned requirements of a build, one a wheel. */
export function requirementLines(build: EngineBuild): readonly string[] {
  return build.requirements.split("\n").filter((line) => line !== "");
}
