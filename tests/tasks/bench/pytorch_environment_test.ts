import { MissingError } from "../../../lib/util/errors.ts";
import { environmentSteps, findPytorch } from "../../../tasks/bench/pytorch_environment.ts";
import { answerOfAny, pythonNames } from "../../../tasks/bench/processes.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";

Deno.test("environmentSteps() pin every package and stay inside of the folder", () => {
  const steps = environmentSteps("python3", "cache/pytorch");
  assertEquals(steps[0]!.slice(1), ["python3", ["-m", "venv", "--clear", "cache/pytorch"]]);
  for (const [what, program, args] of steps.slice(1)) {
    assert(program.startsWith("cache/pytorch/bin/"), what);
    assert(args.some((argument) => /^(torch|uv)==\d+\.\d+\.\d+$/.test(argument)), what);
    assert(args.includes("--only-binary=:all:"), what);
  }
  // The build for CPUs comes first; the large one only where that cannot be had.
  assert(steps[2]![2].includes("--torch-backend=cpu"));
  assertEquals(steps.length, 4);
});

Deno.test("environmentSteps() put other packages beside PyTorch, and pinned ones alone", () => {
  const steps = environmentSteps("python3", "cache/pytorch", {
    beside: ["torchvision==1.2.3"],
    hashed: "some/requirements.txt",
  });
  const alone = ["--no-deps", "--require-hashes", "-r", "some/requirements.txt"];
  assertEquals(steps[2]![2].slice(-4), alone);
  for (const [what, , args] of steps.slice(3)) {
    assertEquals(args.at(-1), "torchvision==1.2.3", what);
  }
  assertEquals(steps.length, 5);
});

Deno.test("findPytorch() tries no other Python than the one that was named", async () => {
  const lines: string[] = [];
  const error = await assertRejects(
    () => findPytorch({ python: "no/such/python", onProgress: (line) => lines.push(line) }),
    MissingError,
    'Cannot compare with PyTorch: "no/such/python" has no PyTorch',
  );
  assertEquals([error.exitCode, lines], [7, []]);
});

Deno.test("answerOfAny() goes on to the next program only if one is not there", async () => {
  const script = "import json, sys; print('noise'); print(json.dumps([1, sys.argv[1]]))";
  const { value } = await answerOfAny(["no-such-program", ...pythonNames], ["-c", script, "x"]);
  assertEquals(value, [1, "x"]);
  const none = await answerOfAny(["no-such-program"], []);
  assert(none.problem !== undefined);
  const failing = await answerOfAny(pythonNames, ["-c", "raise ValueError('out of luck')"]);
  assertStringIncludes(failing.problem!, "out of luck");
  const quiet = await answerOfAny(pythonNames, ["-c", "raise SystemExit(9)"]);
  assertStringIncludes(quiet.problem!, "code 9");
});
