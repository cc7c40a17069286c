import { collectGarbage } from "../../../lib/engine/backend/collect_garbage.ts";
import { assertLess } from "../../assert.ts";

Deno.test("collectGarbage() frees at once what nothing reaches any more", () => {
  const held = Array.from({ length: 500_000 }, (_, i) => ({ i }));
  const full = Deno.memoryUsage().heapUsed;
  held.length = 0;
  collectGarbage();
  assertLess(Deno.memoryUsage().heapUsed, full - 10e6);
});
