/**
 * Who runs in turns, and what the others are compared with.
 *
 * @module
 */

import { threadVariables } from "../reproduce/core_share.ts";
import { type BenchOptions, engines } from "./options.ts";
import { type BenchSetting, measuredMethod } from "./settings.ts";
import type { Configuration, Work } from "./work.ts";

/** One process of a round. */
export interface Contestant {
  readonly name: string;
  /** The step: of ours with its engine, or of PyTorch's. */
  readonly step: { readonly side: "ours"; readonly configuration: Configuration } | {
    readonly side: "pytorch";
    readonly work: Work;
  };
  readonly environment: Readonly<Record<string, string>>;
}

/** Processes that do the same work and run in turns. */
export interface Group {
  readonly setting: BenchSetting;
  readonly method: string;
  readonly batchSize: number;
  /** The work without departures of single contestants. */
  readonly work: Work;
  readonly contestants: readonly Contestant[];
  /** Name of the contestant that the others are divided by, if they are compared. */
  readonly base: string | undefined;
}

/** Options of {@linkcode planGroups}. */
export interface GroupOptions extends BenchOptions {
  /** Folder of the store of a setting, for `loading`. */
  readonly storeOf?: (setting: BenchSetting) => string;
}

/** Everything that is to be measured, in order. */
export function planGroups(options: GroupOptions): readonly Group[] {
  const { preset, steps, warmup, threads } = options;
  return options.settings.flatMap((setting) =>
    (options.batchSizes ?? setting.batchSizes).flatMap((batchSize) =>
      options.methods.map((method) => {
        const work = { setting, method, preset, batchSize, steps, warmup, threads };
        return { setting, method, batchSize, work, ...contest(work, options) };
      })
    )
  );
}

function contest(work: Work, options: GroupOptions): Pick<Group, "contestants" | "base"> {
  switch (options.comparison) {
    case "none":
      return { contestants: options.engines.map((name) => ours(work, name)), base: undefined };
    case "pytorch":
      return {
        contestants: [
          ...options.engines.map((name) => ours(work, name)),
          {
            name: "pytorch",
            step: { side: "pytorch", work },
            environment: { OMP_NUM_THREADS: String(work.threads) },
          },
        ],
        base: "pytorch",
      };
    case "levers":
      return { contestants: levers(work), base: allLevers };
    case "loading":
      return {
        contestants: options.engines.flatMap((engine) => {
          const resident = ours(work, engine, { name: "resident batch" });
          const store = options.storeOf?.(work.setting);
          if (store === undefined) return [resident];
          return [ours(work, engine, { name: "from a store", store }), resident];
        }),
        base: "resident batch",
      };
  }
}

const allLevers = "all levers";

/** The fast way, and it again without one lever each. */
function levers(work: Work): readonly Contestant[] {
  const engine = "tensorflow-xla";
  const without: Contestant[] = [
    ours(work, "tensorflow-graph", { name: "graph, no XLA" }),
    ours(work, "tensorflow-off", { name: "operation by operation" }),
    ours(work, engine, {
      name: "no pooling allocator",
      environment: { TF_CPU_ALLOCATOR_USE_BFC: "0" },
    }),
    // Any value keeps the program from naming its folder; it shows in the first step only.
    ours(work, engine, { name: "no stored programs", environment: { TF_XLA_FLAGS: "" } }),
  ];
  if (work.threads > 1) {
    without.push(ours({ ...work, threads: 1 }, engine, { name: "1 thread" }));
  }
  const { firstOrder } = measuredMethod(work.method);
  if (firstOrder !== undefined) {
    without.push(ours({ ...work, method: firstOrder }, engine, { name: "first order" }));
  }
  return [ours(work, engine, { name: allLevers }), ...without];
}

/** Options of {@linkcode ours}. */
interface OursOptions {
  readonly name?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly store?: string;
}

function ours(
  work: Work,
  engine: string,
  { name = engine, environment = {}, store }: OursOptions = {},
): Contestant {
  const chosen = engines.get(engine)!;
  // A step of the embedded engines takes minutes at the larger sizes.
  const few = chosen.backend === "tensorflow" ? {} : { steps: 1, warmup: 1 };
  return {
    name,
    step: {
      side: "ours",
      configuration: { ...work, ...chosen, ...few, ...(store === undefined ? {} : { store }) },
    },
    environment: { ...threadVariables(String(work.threads)), ...environment },
  };
}
