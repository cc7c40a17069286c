/**
 * A run of the fake method in a process of its own, for tests that stop or kill it.
 *
 * Arguments: run folder, steps, milliseconds that each step takes at least. Prints `step N` after each
 * step; errors go to stderr as JSON and to the exit code.
 *
 * @module
 */

import { AppError } from "../../lib/util/errors.ts";
import { fakePretrain } from "../train/fake_data.ts";

const [out, steps, pause] = Deno.args as [string, string, string];
try {
  await fakePretrain(
    { out, steps: Number(steps), resume: true, checkpointEvery: 3, keepLast: 2 },
    {
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
