/**
 * The one driver of compiled functions: a state on the engine, inputs from the host, results to the
 * host.
 *
 * Training, fitting a head, measuring and encoding all do the same: upload what a step needs, run
 * it, read its results, put the new state in the place of the old one and free everything else,
 * while signals are heard and other workers are looked after.
 *
 * @module
 */

import type { Workers } from "../distributed/workers.ts";
import { collectGarbage } from "../native/process.ts";
import { compile, type CompileOptions } from "../backend/compile.ts";
import { disposeTree, downloadTree, uploadTree } from "../backend/tensors.ts";
import type { HostArrays, HostTree, TensorTree } from "../backend/tree.ts";

/**
 * A pure function that takes a step. What it gives no new state for, such as an encoder, leaves the
 * state as it is.
 */
export type Step<State, Inputs, Results> = (
  state: State,
  inputs: Inputs,
) => { readonly state?: State; readonly results: Results };

/** Inputs of a step that takes none. */
export type NoInputs = Readonly<Record<string, never>>;

/** What {@linkcode createStepper} makes. */
export interface Stepper<State, Inputs, Results> {
  /**
   * Takes a step. The upload is over when this returns its promise.
   *
   * @param state Its tensors are freed once there is a new state; after a failure they are as they
   * were.
   * @param check Looks at results and at the tensors of the step before the state moves on; what it
   * throws is thrown, and the old state stays.
   * @throws {LostWorkerError} If another worker is lost.
   */
  run(
    state: State,
    inputs: HostTree<Inputs>,
    check?: (
      results: HostTree<Results>,
      given: { readonly state: State; readonly inputs: Inputs },
    ) => Promise<void>,
  ): Promise<{ readonly state: State; readonly results: HostTree<Results> }>;
  /** Operations of the program that was compiled first; 0 if nothing is compiled. */
  operations(): number;
  /** Frees the compiled programs; the state stays the caller's. */
  dispose(): void;
}

/** Options of {@linkcode createStepper}. */
export interface StepperOptions extends CompileOptions {
  /** Workers that take every step together with this one; they are looked after meanwhile. */
  readonly workers?: Pick<Workers, "watch"> | undefined;
}

/** Longest time in milliseconds without a turn of the event loop, in which signals are handled. */
const longestTurn = 100;

/**
 * Milliseconds between two collections of garbage. What a step leaves behind often outlives the
 * cheap ones, and the thorough ones would come only after the memory of the process had grown for
 * tens of thousands of steps.
 */
const collectInterval = 10_000;

/** Prepares to take steps; the first one with new shapes is compiled. */
export function createStepper<
  State extends TensorTree,
  Inputs extends TensorTree,
  Results extends TensorTree,
>(
  step: Step<State, Inputs, Results>,
  { workers, ...options }: StepperOptions,
): Stepper<State, Inputs, Results> {
  const compiled = compile(
    ({ state, inputs }: { readonly state: State; readonly inputs: Inputs }) => step(state, inputs),
    options,
  );
  const turn = createTurns();
  return {
    async run(state, host, check) {
      const inputs = uploadTree(host as HostArrays) as unknown as Inputs;
      try {
        const call = () => compiled({ state, inputs });
        const outputs = await (workers === undefined ? call() : workers.watch(call));
        try {
          const results = await downloadTree(outputs.results);
          await check?.(results, { state, inputs });
          if (outputs.state === undefined) return { state, results };
          disposeTree(state);
          return { state: outputs.state, results };
        } catch (error) {
          if (outputs.state !== undefined) disposeTree(outputs.state);
          throw error;
        } finally {
          disposeTree(outputs.results);
        }
      } finally {
        disposeTree(inputs);
        await turn();
      }
    },
    operations: () => compiled.sizes()[0] ?? 0,
    dispose: compiled.dispose,
  };
}

/** Lets the event loop turn, and garbage be collected, whenever it is time. */
function createTurns(): () => Promise<void> {
  let turned = performance.now(), collected = turned;
  return async () => {
    if (performance.now() - turned <= longestTurn) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    turned = performance.now();
    if (turned - collected <= collectInterval) return;
    collectGarbage();
    collected = turned;
  };
}
