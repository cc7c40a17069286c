import { parseCoreList, shareCores } from "../../../tasks/reproduce/core_share.ts";
import { assert, assertEquals } from "../../assert.ts";

const commands = (jobs: number, cores: readonly number[]) =>
  shareCores(jobs, { cores, canBind: true }).map(({ command }) => command.at(-1));
const threads = (jobs: number, cores: readonly number[]) =>
  shareCores(jobs, { cores }).map(({ environment }) => Number(environment.TF_NUM_INTRAOP_THREADS));

Deno.test("shareCores() gives every core to one job", () => {
  assertEquals(commands(1, [0, 1, 2, 3]), ["0,1,2,3"]);
  assertEquals(commands(2, [0, 1, 2, 3]), ["0,1", "2,3"]);
  assertEquals(commands(3, [4, 5, 6, 7]), ["4", "5", "6,7"]);
  assertEquals(threads(2, [0, 1, 2, 3, 4]), [2, 3]);
});

Deno.test("shareCores() lets more jobs than cores share them, one thread each", () => {
  assertEquals(threads(4, [0, 1]), [1, 1, 1, 1]);
  assertEquals(commands(4, [0, 1]), ["0", "0", "1", "1"]);
});

Deno.test("shareCores() binds nothing where that is impossible", () => {
  assertEquals(shareCores(2, { cores: [0, 1], canBind: false })[0]!.command, []);
  const sum = shareCores(1).map(({ environment }) => Number(environment.OMP_NUM_THREADS))[0]!;
  assert(sum >= 1 && sum <= navigator.hardwareConcurrency);
});

Deno.test("parseCoreList() reads what Linux writes", () => {
  assertEquals(parseCoreList("0-3,8\n"), [0, 1, 2, 3, 8]);
  assertEquals(parseCoreList("5"), [5]);
  assertEquals(parseCoreList("f,ff"), undefined);
});
