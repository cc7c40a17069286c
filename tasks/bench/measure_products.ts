/**
 * Measures matrix products of our engine in a process of its own.
 *
 * @module
 */

import { compile, disposeTree, startEngine, tf, uploadTree } from "../../lib/engine/mod.ts";
import { drawKey, float32, normals } from "../../lib/util/mod.ts";
import type { ProductSpeeds } from "./processes.ts";
import type { Configuration, ProductShape } from "./work.ts";

/** What is measured. */
export interface ProductsConfiguration extends Pick<Configuration, "backend" | "compile"> {
  readonly shapes: readonly ProductShape[];
}

/** Operations of one timed run; shorter ones would time the call. */
const operations = 4e9;
const runs = 6;

/** The best of some runs for every shape, in the order of the shapes. */
export async function measureProducts(
  { backend, compile: wanted, shapes }: ProductsConfiguration,
): Promise<ProductSpeeds> {
  const engine = await startEngine({ backend, compile: wanted });
  const embedded = engine.backend !== "tensorflow";
  const gigaflops: number[] = [];
  for (const [m, k, n] of shapes) {
    const key = drawKey(0, "matrix products");
    const inputs = uploadTree({
      a: float32([m, k], normals(key, m * k)),
      b: float32([k, n], normals(key, k * n)),
    });
    const multiply = compile(
      ({ a, b }: Readonly<Record<"a" | "b", tf.Tensor>>) => ({ c: tf.matMul(a, b) }),
      { name: "product", mode: engine.compile },
    );
    const flops = 2 * m * k * n;
    const repeats = embedded ? 1 : Math.max(1, Math.round(operations / flops));
    let best = 0;
    for (let run = 0; run < (embedded ? 2 : runs); run++) {
      const start = performance.now();
      for (let i = 0; i < repeats; i++) {
        const outputs = await multiply(inputs);
        // The last one is read, so that an engine that queues its work has to finish it.
        if (i === repeats - 1 && embedded) await outputs["c"]!.data();
        disposeTree(outputs);
      }
      best = Math.max(best, flops * repeats / (performance.now() - start) / 1e6);
    }
    gigaflops.push(best);
    disposeTree(inputs);
    multiply.dispose();
  }
  return { gigaflops };
}

if (import.meta.main) {
  const configuration = JSON.parse(Deno.args[0]!) as ProductsConfiguration;
  console.log(JSON.stringify(await measureProducts(configuration)));
}
