import { busyShare, measureBusyShare } from "../../../tasks/bench/busy_share.ts";
import { assert, assertAlmostEquals, assertEquals } from "../../assert.ts";

Deno.test("busyShare() is what was not idle between two readings", () => {
  assertAlmostEquals(busyShare({ idle: 100, total: 400 }, { idle: 175, total: 500 }), 0.25);
  assertEquals(busyShare({ idle: 1, total: 5 }, { idle: 11, total: 15 }), 0);
  assertEquals(busyShare({ idle: 1, total: 5 }, { idle: 1, total: 5 }), 0);
});

Deno.test("measureBusyShare() measures where it may", async () => {
  const share = await measureBusyShare();
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "cpus" });
  if (state === "granted") assert(share !== undefined && share >= 0 && share <= 1);
  else assertEquals(share, undefined);
});
