/**
 * Whether the packages of the tensor library are there.
 *
 * @module
 */

/** A package of the tensor library. */
export interface PackageState {
  readonly name: string;
  /** Its version; null if it cannot be loaded. */
  readonly version: string | null;
  /** Why it cannot be loaded. */
  readonly problem: string | null;
}

const packages: readonly (readonly [name: string, version: () => Promise<string>])[] = [
  ["@tensorflow/tfjs", async () => (await import("@tensorflow/tfjs")).version_core],
  [
    "@tensorflow/tfjs-backend-wasm",
    async () => (await import("@tensorflow/tfjs-backend-wasm")).version_wasm,
  ],
  [
    "@tensorflow/tfjs-node-gpu",
    // Its main module would look for the native addon that this program does without.
    async () => (await import("@tensorflow/tfjs-node-gpu/dist/version.js")).version,
  ],
];

/** Loads the packages and asks for their versions. */
export function packageStates(): Promise<readonly PackageState[]> {
  return Promise.all(packages.map(async ([name, version]): Promise<PackageState> => {
    try {
      return { name, version: await version(), problem: null };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { name, version: null, problem };
    }
  }));
}
