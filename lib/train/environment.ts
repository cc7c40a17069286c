/**
 * What a run ran on, for the record.
 *
 * @module
 */

import { cpus } from "node:os";
import type { CompileMode, EngineInfo } from "../engine/mod.ts";
import { programVersion } from "../util/mod.ts";

/** One session of a run: a start or a resumption. */
export interface Session {
  /** Number of steps that had been taken when it started. */
  readonly startStep: number;
  readonly metamae: string;
  readonly deno: string;
  readonly platform: string;
  readonly backend: string;
  readonly backendVersion: string;
  readonly compile: CompileMode;
  /** Processes that shared the batches. */
  readonly workers: number;
  /** Threads that the machine offers. */
  readonly threads: number;
  /** Name of the processor, where the permission to ask for it was given. */
  readonly cpu: string | undefined;
}

/**
 * Describes the surroundings of this process.
 *
 * @param workers Processes that share the batches.
 */
export async function describeSession(
  startStep: number,
  engine: EngineInfo,
  workers = 1,
): Promise<Session> {
  return {
    startStep,
    metamae: programVersion,
    deno: Deno.version.deno,
    platform: `${Deno.build.os} ${Deno.build.arch}`,
    backend: engine.backend,
    backendVersion: engine.version,
    compile: engine.compile,
    workers,
    threads: navigator.hardwareConcurrency,
    cpu: await cpuName(),
  };
}

async function cpuName(): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "sys", kind: "cpus" });
  return state === "granted" ? cpus()[0]?.model : undefined;
}
