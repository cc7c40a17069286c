/**
 * `metamae engine install`: fetches libtensorflow, which makes training many times faster.
 *
 * @module
 */

import { z } from "zod";
import { defineCommand } from "../framework/mod.ts";
import { formatDuration, listenForStop } from "../../lib/terminal/mod.ts";

/** `metamae engine install`. */
export const engineInstallCommand = defineCommand({
  example: "metamae engine install",
  details: [
    "The library comes from TensorFlow's Python wheel; any Python will do, and none is needed " +
    "later. Index and mirror settings of uv and pip apply. It goes into the cache folder " +
    "(METAMAE_CACHE), complete or not at all. To use a library that is already there, let " +
    "METAMAE_LIBTENSORFLOW name it instead.",
  ],
  options: z.strictObject({
    gpu: z.boolean().default(false)
      .describe("Install the build for NVIDIA GPUs (Linux x86_64, 3.4 GB to fetch)"),
  }),
  async run({ options, output }) {
    const { installEngine } = await import("../../lib/engine/install/mod.ts");
    using stop = listenForStop("nothing was installed");
    const { folder, engine, alreadyInstalled, seconds } = await installEngine({
      gpu: options.gpu,
      signal: stop.signal,
      onProgress: (line) => output.note(line),
    });
    const name = `TensorFlow ${engine.tensorflow}${engine.gpu ? " for NVIDIA GPUs" : ""}`;
    output.result(
      { schema: "metamae/engine-install", version: 1, folder, alreadyInstalled, seconds, engine },
      () =>
        alreadyInstalled
          ? `${name} is already installed in "${folder}"`
          : `${name} is installed in "${folder}" (by ${engine.installer}, ${
            formatDuration(seconds)
          })`,
    );
  },
});
