/**
 * A run in a process of its own, for tests that stop or kill it.
 *
 * Arguments: run folder, steps, milliseconds that each step takes at least, and `xla` for a real
 * method that is compiled instead of the fake one. Prints `step N` after each step; errors go to
 * stderr as JSON and to the exit code.
 *
 * @module
 */

import { findMethod } from "../../lib/methods/registry.ts";
import { AppError } from "../../lib/util/errors.ts";
import { fakePretrain } from "../train/fake_data.ts";

const [out, steps, pause, compile] = Deno.args as [string, string, string, string | undefined];
const real = { method: "metamae", backend: "tensorflow", compile: "xla" } as const;
try {
  await fakePretrain(
    {
      ...(compile && real),
      out,
      steps: Number(steps),
      resume: true,
      checkpointEvery: 3,
      keepLast: 2,
    },
    {
      ...(compile && { findMethod }),
      handleSignals: true,
      onProgress: ({ step }) => {
        console.log(`step ${step}`);
        const end = performance.now() + Number(pause);
        while (performance.now() < end);
      },
      warn: (message) => console.error(JSON.stringify({ warning: message })),
    },
  );
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  const { message, hint, exitCode } = error;
  console.error(JSON.stringify({ message, hint }));
  Deno.exit(exitCode);
}
