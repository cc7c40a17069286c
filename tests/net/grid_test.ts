import { compare, type Digests, dropNewMetrics, inWorkFolder, runCalls } from "./net.ts";
import { adaptationCalls, gridStores, probeCalls, reportCalls, trainingCalls } from "./grid.ts";

Deno.test("the net: runs, features, results and reports have the recorded bits", async () => {
  await inWorkFolder(async (work) => {
    const seen: Record<string, Digests> = {};
    const stages = [gridStores, trainingCalls, adaptationCalls, probeCalls, reportCalls];
    for (const stage of stages) {
      if (stage === reportCalls) {
        for (const folder of ["results", "runs"]) await dropNewMetrics(work, folder);
      }
      Object.assign(seen, await runCalls(work, stage));
    }
    await compare("grid", seen);
  });
});
