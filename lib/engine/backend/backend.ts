/**
 * Choosing and starting the engine's backend.
 *
 * @module
 */

import type { BackendName } from "../../spec/mod.ts";
import { cacheDir, join } from "../../util/mod.ts";
import type { CompileMode } from "./compile.ts";
import { type Cluster, encodeServerDef } from "../cluster/cluster.ts";
import {
  chooseBackend,
  findLibtensorflow,
  type Libtensorflow,
  missingLibtensorflow,
} from "../install/locate.ts";
import { setEnvironment } from "../native/library.ts";
import { redirectStderr } from "../native/process.ts";
import { startNativeBackend } from "./native_backend.ts";
import { type Tensor, tf } from "./tf.ts";
import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs";

/** What was started. */
export interface EngineInfo {
  /** Backend that runs. */
  readonly backend: "tensorflow" | "wasm" | "cpu";
  /** The mode that `auto` resolves to on this backend, or the one that was asked for. */
  readonly compile: CompileMode;
  /** Version of the native library or of the packaged backend. */
  readonly version: string;
  /** Why `auto` did not take TensorFlow, one line for the user. */
  readonly reason: string | undefined;
}

/** Options of {@linkcode startEngine}. */
export interface EngineOptions {
  /** Backend that is wanted; `auto` by default. */
  readonly backend?: BackendName;
  /** How functions are compiled; `auto`, the default, goes by the backend and by `purpose`. */
  readonly compile?: CompileMode | "auto";
  /**
   * What `auto` compiles for: long training loops go through XLA, whose steps take less time and
   * memory and pay for the compilation within some hundred steps; short work (the default) does
   * not.
   */
  readonly purpose?: "training" | "inference";
  /** Processes to compute with: starts the server of TensorFlow's collective runtime. */
  readonly cluster?: Cluster;
}

/**
 * Starts a backend; further calls may switch to another one.
 *
 * Needs `--allow-ffi` for TensorFlow, read permission for the library, and `--allow-env`.
 *
 * @throws {MissingError} If TensorFlow was asked for and is not installed or cannot be loaded.
 */
export async function startEngine(options: EngineOptions = {}): Promise<EngineInfo> {
  const { backend = "auto", compile = "auto", purpose = "inference", cluster } = options;
  if (backend === "wasm" || backend === "cpu") return await startEmbedded(backend, undefined);
  const search = findLibtensorflow();
  const choice = chooseBackend(search);
  if (backend === "auto" && choice.backend === "wasm") {
    return await startEmbedded("wasm", choice.reason);
  }
  if (search.found === undefined) throw missingLibtensorflow(search);
  const version = await startTensorflow(search.found, cluster);
  return {
    backend: "tensorflow",
    compile: compile !== "auto" ? compile : purpose === "training" ? "xla" : "graph",
    version,
    reason: undefined,
  };
}

/** Backends inside npm packages, without a compiler. */
async function startEmbedded(
  backend: "wasm" | "cpu",
  reason: string | undefined,
): Promise<EngineInfo> {
  if (backend === "wasm") await startWasmBackend();
  else await tf.setBackend(backend);
  return { backend, compile: "off", version: tf.version_core, reason };
}

async function startTensorflow(
  found: Libtensorflow,
  cluster: Cluster | undefined,
): Promise<string> {
  const cache = cacheDir();
  setEnvironment({ cache, library: found.library, version: found.version });
  const restore = redirectStderr(engineLog(cache));
  try {
    const native = await startNativeBackend(found.library, {
      server: cluster && encodeServerDef(cluster),
    });
    await tf.setBackend("tensorflow");
    return native.library.version;
  } finally {
    restore();
  }
}

/** File that takes what the native library prints; its folder is made if that is possible. */
function engineLog(cache: string): string {
  try {
    Deno.mkdirSync(cache, { recursive: true });
  } catch {
    return "/dev/null";
  }
  return join(cache, "engine.log");
}

let replaced = false;

/** Makes the packaged wasm backend the active one. */
async function startWasmBackend(): Promise<void> {
  await import("@tensorflow/tfjs-backend-wasm");
  if (!replaced) replaceMatMul(tf.getKernel("BatchMatMul", "wasm"));
  replaced = true;
  await tf.setBackend("wasm");
}

/**
 * The packaged product takes its fast path only if neither factor is transposed, and is ten times
 * slower else: transposing first is cheap beside that.
 */
function replaceMatMul(packaged: KernelConfig): void {
  tf.unregisterKernel("BatchMatMul", "wasm");
  tf.registerKernel({
    ...packaged,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = attrs as unknown as Record<string, boolean>;
      const left = transposeA ? transposed(a) : a;
      const right = transposeB ? transposed(b) : b;
      const product = packaged.kernelFunc({
        inputs: { a: left, b: right },
        backend,
        attrs: { transposeA: false, transposeB: false },
      });
      if (left !== a) (left as Tensor).dispose();
      if (right !== b) (right as Tensor).dispose();
      return product;
    },
  });
}

/** Swaps the last two axes. */
function transposed(x: TensorInfo): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  const order = [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!];
  return tf.transpose(x as Tensor, order);
}
