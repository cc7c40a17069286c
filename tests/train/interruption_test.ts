import { signalExitCode, watchSignals } from "../../lib/train/interruption.ts";
import { assertEquals } from "../assert.ts";

/** Sends a signal to this process and waits until it was seen; SIGINT would end the test runner. */
async function send(signal: Deno.Signal, seen: () => boolean): Promise<void> {
  Deno.kill(Deno.pid, signal);
  for (let i = 0; i < 500 && !seen(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
}

Deno.test("watchSignals notes the first signal and exits at the second", async () => {
  const exits: number[] = [];
  using watch = watchSignals((code) => exits.push(code));
  watch.exitAtOnce = false;
  assertEquals(watch.received(), undefined);
  await send("SIGUSR1", () => watch.received() !== undefined);
  assertEquals([watch.received(), exits], ["SIGUSR1", []]);
  await send("SIGTERM", () => exits.length > 0);
  assertEquals([watch.received(), exits], ["SIGUSR1", [143]]);
});

Deno.test("watchSignals exits at the first signal while nothing can be saved", async () => {
  const exits: number[] = [];
  using _watch = watchSignals((code) => exits.push(code));
  await send("SIGTERM", () => exits.length > 0);
  assertEquals(exits, [143]);
});

Deno.test("watchSignals leaves signals alone once it is disposed of", async () => {
  const exits: number[] = [];
  const noted: string[] = [];
  const listener = () => noted.push("SIGUSR1");
  Deno.addSignalListener("SIGUSR1", listener);
  watchSignals((code) => exits.push(code))[Symbol.dispose]();
  await send("SIGUSR1", () => noted.length > 0);
  Deno.removeSignalListener("SIGUSR1", listener);
  assertEquals([exits, noted], [[], ["SIGUSR1"]]);
});

Deno.test("signalExitCode follows the shells", () => {
  assertEquals(signalExitCode("SIGINT"), 130);
  assertEquals(signalExitCode("SIGTERM"), 143);
  assertEquals(signalExitCode("SIGUSR1"), 143);
});
