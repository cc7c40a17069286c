/**
 * A long run in a process of its own, for the test that nothing grows with the number of steps.
 *
 * Arguments: run folder, steps, how steps are compiled. Prints `STEP TENSORS BYTES` for every sixteenth of
 * the run: tensors alive and resident memory.
 *
 * @module
 */

import { tf } from "../../lib/engine/backend/tf.ts";
import { findMethod } from "../../lib/methods/registry.ts";
import type { CompileMode } from "../../lib/engine/backend/compile.ts";
import { fakePretrain } from "../train/fake_data.ts";

const [out, steps, compile] = Deno.args as [string, string, CompileMode];
const every = Math.floor(Number(steps) / 16);
await fakePretrain(
  {
    ...{ out, steps: Number(steps), method: "metamae", backend: "tensorflow", compile },
    keepLast: 1,
    healthEvery: every,
  },
  {
    findMethod,
    onProgress: ({ step }) => {
      if (step % every !== 0) return;
      console.log(`${step} ${tf.memory().numTensors} ${Deno.memoryUsage().rss}`);
    },
  },
);
