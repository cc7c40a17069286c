import {
  AppError,
  DataError,
  LockedError,
  lookUp,
  MissingError,
  nearest,
  NumericError,
  ScoreError,
  StorageError,
  UsageError,
} from "../../lib/util/errors.ts";
import { assert, assertEquals, assertThrows } from "../assert.ts";

Deno.test("every error carries its documented exit code, its name and its hint", () => {
  const classes = [
    [UsageError, 2],
    [DataError, 3],
    [StorageError, 4],
    [NumericError, 5],
    [LockedError, 6],
    [MissingError, 7],
    [ScoreError, 8],
  ] as const;
  for (const [Class, code] of classes) {
    const error = new Class("Cannot do it", { hint: "Try again" });
    assert(error instanceof AppError && error instanceof Error);
    assertEquals([error.exitCode, error.name, error.hint], [code, Class.name, "Try again"]);
  }
  assertEquals(new UsageError("Cannot do it").hint, undefined);
});

Deno.test("lookUp() lists the valid names and suggests the nearest one", () => {
  const table = new Map([["metamae", 1], ["mae", 2]]);
  assertEquals(lookUp("method", "mae", table), 2);
  const error = assertThrows(() => lookUp("method", "metmae", table), UsageError, "metamae, mae");
  assertEquals((error as UsageError).hint, 'Did you mean "metamae"?');
});

Deno.test("nearest() ignores case and gives up on names that are far away", () => {
  assertEquals(nearest("PAMAP", ["higgs", "pamap2"]), "pamap2");
  assertEquals(nearest("zzzzzz", ["higgs", "pamap2"]), undefined);
});
