import {
  describeFailure,
  failureJson,
  failureText,
  isBrokenPipe,
} from "../../lib/terminal/errors.ts";
import { DataError, ScoreError, UsageError } from "../../lib/util/errors.ts";
import { assert, assertEquals, assertFalse, assertStringIncludes } from "../assert.ts";

Deno.test("describeFailure keeps code, message and hint of an actionable error", () => {
  const { exitCode, message, hint } = describeFailure(
    new UsageError("Unknown x", { hint: "Try y" }),
  );
  assertEquals([exitCode, message, hint], [2, "Unknown x", "Try y"]);
  assertEquals(describeFailure(new DataError("a")).exitCode, 3);
  assertEquals(describeFailure(new ScoreError("a")).exitCode, 8);
});

Deno.test("describeFailure calls anything unexpected an internal error", () => {
  const failure = describeFailure(new TypeError("x is undefined"));
  assertEquals(failure.exitCode, 1);
  assertEquals(failure.message, "Internal error: x is undefined");
  assertEquals(describeFailure("text").message, "Internal error: text");
});

Deno.test("describeFailure names the permission flag that is missing", () => {
  const failure = describeFailure(
    new Deno.errors.NotCapable(
      'Requires read access to "/a b", run again with the --allow-read flag',
    ),
  );
  assertEquals(failure.exitCode, 7);
  assertStringIncludes(`${failure.message} ${failure.hint}`, '--allow-read="/a b"');
});

Deno.test("describeFailure explains a full disk, a read-only disk and a missing permission", () => {
  for (const code of ["ENOSPC", "EROFS", "EACCES"]) {
    const failure = describeFailure(
      Object.assign(new Error(`os error, write '/data/x'`), { code }),
    );
    assertEquals(failure.exitCode, 4);
    assertStringIncludes(failure.message, '"/data/x"');
  }
});

Deno.test("failureText shows the stack only for debugging", () => {
  const failure = describeFailure(new Error("odd"));
  const plain = failureText(failure, false);
  assertStringIncludes(plain, "Error: Internal error: odd\nHint: ");
  assertFalse(plain.includes("errors_test.ts"));
  assert(failureText(failure, true).includes("errors_test.ts"));
});

Deno.test("failureJson is one line that parses", () => {
  const line = failureJson(describeFailure(new UsageError('a "b"\nc')));
  assertEquals(line.split("\n").length, 2);
  assertEquals(JSON.parse(line), {
    schema: "metamae/error",
    version: 1,
    exitCode: 2,
    message: 'a "b"\nc',
    hint: null,
  });
});

Deno.test("isBrokenPipe tells a closed pipe from other errors", () => {
  assert(isBrokenPipe(new Deno.errors.BrokenPipe("x")));
  assertFalse(isBrokenPipe(new Error("x")));
});
