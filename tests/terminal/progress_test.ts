import { createProgress, type ProgressState, renderProgress } from "../../lib/terminal/output.ts";
import { assert, assertEquals } from "../assert.ts";

const state: ProgressState = {
  label: "pretrain",
  done: 420,
  total: 1000,
  unit: "steps",
  rate: "812 samples/s",
  loss: 0.12345,
  secondsLeft: 125,
};

Deno.test("renderProgress draws bar, counts, loss, rate and remaining time", () => {
  assertEquals(
    renderProgress(state, 120),
    "pretrain  [============>                 ]  420/1,000 steps  42%  loss 0.1235  812 samples/s  " +
      "2m05s left",
  );
});

Deno.test("renderProgress shrinks the bar, then drops it, then cuts the line", () => {
  const facts = "420/1,000 steps  42%  loss 0.1235  812 samples/s  2m05s left";
  assertEquals(renderProgress(state, 80), `pretrain  [==>   ]  ${facts}`);
  assertEquals(renderProgress(state, 76), `pretrain  ${facts}`);
  assertEquals(renderProgress(state, 20), "pretrain  420/1,000 ");
});

Deno.test("renderProgress leaves the bar out of log files", () => {
  assertEquals(
    renderProgress({ label: "read", done: 5, total: 10, unit: "files" }, Infinity),
    "read  5/10 files  50%",
  );
});

Deno.test("renderProgress shows an empty and a full bar, and no share without a total", () => {
  const at = (done: number, total: number | undefined) =>
    renderProgress({ label: "x", done, total, unit: "u" }, 40);
  assertEquals(at(0, 9), "x  [                        ]  0/9 u  0%");
  assertEquals(at(9, 9), "x  [======================]  9/9 u  100%");
  assertEquals(at(0, 0), "x  [======================]  0/0 u  100%");
  assertEquals(at(7, undefined), "x  7 u");
});

function harness(redraw: boolean) {
  let time = 0;
  const writes: string[] = [];
  const progress = createProgress({
    label: "train",
    unit: "steps",
    width: 200,
    redraw,
    write: (text) => writes.push(text),
    now: () => time,
  });
  return { progress, writes, wait: (ms: number) => time += ms };
}

Deno.test("createProgress writes the first and last line and one every ten seconds to a log", () => {
  const { progress, writes, wait } = harness(false);
  for (let done = 1; done <= 250; done++) {
    wait(100);
    progress.update({ done, total: 250 });
  }
  progress.finish();
  assertEquals(writes.map((line) => /(\d+)\/250/.exec(line)?.[1]), ["1", "101", "201", "250"]);
  assert(writes.every((line) => line.endsWith("\n") && !line.includes("\r")));
});

Deno.test("createProgress does not repeat a line that was just written", () => {
  const { progress, writes } = harness(false);
  progress.update({ done: 1, total: 1 });
  progress.finish();
  progress.finish();
  assertEquals(writes.length, 1);
});

Deno.test("createProgress redraws one line on a terminal, ten times a second at most", () => {
  const { progress, writes, wait } = harness(true);
  for (let done = 1; done <= 100; done++) {
    wait(10);
    progress.update({ done, total: 100 });
  }
  progress.finish();
  assertEquals(writes.length, 12);
  assert(writes.slice(0, -1).every((line) => line.startsWith("\r") && line.endsWith("\x1b[K")));
  assertEquals(writes.at(-1), "\n");
});

Deno.test("createProgress takes the pace from what is done now, not from what an earlier run did", () => {
  const { progress, writes, wait } = harness(false);
  for (let done = 1; done <= 900; done++) progress.update({ done, total: 1000, kept: true });
  for (let done = 901; done <= 920; done++) {
    wait(1_000);
    progress.update({ done, total: 1000 });
  }
  progress.finish();
  assert(writes[0]!.includes("901/1,000"), writes[0]);
  assert(writes.at(-1)!.endsWith("920/1,000 steps  92%  1 steps/s  1m20s left\n"), writes.at(-1));
});

Deno.test("createProgress estimates the end from the median, so one slow step does not matter", () => {
  const { progress, writes, wait } = harness(false);
  for (let done = 1; done <= 10; done++) {
    wait(done === 5 ? 60_000 : 1_000);
    progress.update({ done, total: 100 });
  }
  progress.finish();
  assert(writes.at(-1)!.includes("1m30s left"), writes.at(-1));
});

Deno.test("createProgress.interrupt clears the line of a terminal and redraws at once after it", () => {
  const { progress, writes } = harness(true);
  progress.update({ done: 1, total: 3 });
  progress.interrupt();
  assertEquals(writes.at(-1), "\r\x1b[K");
  progress.update({ done: 2, total: 3 });
  assert(writes.at(-1)!.includes("2/3"));
});

Deno.test("createProgress starts to measure again when the count starts again", () => {
  const { progress, writes, wait } = harness(false);
  wait(10_000);
  progress.update({ done: 10, total: 10 });
  for (let done = 1; done <= 20; done++) {
    wait(1_000);
    progress.update({ done, total: 20, unit: "files" });
  }
  progress.finish();
  assert(writes.at(-1)!.includes("20/20 files  100%  1.1 files/s"), writes.at(-1));
});

Deno.test("createProgress counts by the minute what takes longer than a second each", () => {
  const { progress, writes, wait } = harness(false);
  progress.update({ done: 0, total: 40 });
  wait(100_000);
  progress.update({ done: 10, total: 40 });
  assert(writes.at(-1)!.includes("10/40 steps  25%  6 steps/min"), writes.at(-1));
});
