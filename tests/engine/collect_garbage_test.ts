import { collectGarbage } from "../../lib/engine/collect_garbage.ts";
import { assertLess } from "../assert.ts";

Deno.test("collectGarbage() frees at once what nothing reaches any more", () => {
  let list: object[] | undefined = Array.from({ length: 500_000 }, (_, i) => ({ i }));
  const full = Deno.memoryUsage().heapUsed;
  list = undefined;
  collectGarbage();
  assertLess(Deno.memoryUsage().heapUsed, full - 10e6, `${list}`);
});
