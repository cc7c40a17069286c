import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "../assert.ts";
import { DataError, MissingError, StorageError } from "../../lib/util/errors.ts";
import { explained, explainIoError, ioErrorCode } from "../../lib/util/io_errors.ts";
import { makeTempDir } from "../temporary.ts";

function coded(code: string): Error {
  return Object.assign(new Error(`os error`), { code });
}

Deno.test("explainIoError() maps what a full or read-only disk reports to exit code 4", () => {
  for (const code of ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EIO", "EISDIR", "ENAMETOOLONG"]) {
    const error = explainIoError(coded(code), 'Cannot write "a"');
    assertInstanceOf(error, StorageError);
    assertEquals(error.exitCode, 4);
    assert(error.message.startsWith('Cannot write "a": '));
    assert(error.message.endsWith(`(${code})`));
  }
});

Deno.test("explainIoError() maps an absent file to exit code 7", () => {
  const error = explainIoError(new Deno.errors.NotFound("x"), 'Cannot read "a"');
  assertInstanceOf(error, MissingError);
  assertEquals(error.message, 'Cannot read "a": there is no such file or folder');
});

Deno.test("explainIoError() leaves errors alone that it does not know", () => {
  const own = new DataError("Cannot parse it: it is empty");
  assertStrictEquals(explainIoError(own, "Cannot do"), own);
  const foreign = new TypeError("x is not a function");
  assertStrictEquals(explainIoError(foreign, "Cannot do"), foreign);
  assertStrictEquals(explainIoError("text", "Cannot do"), "text");
});

Deno.test("ioErrorCode() knows classes that carry no code", () => {
  assertEquals(ioErrorCode(new Deno.errors.PermissionDenied("x")), "EACCES");
  assertEquals(ioErrorCode(new Deno.errors.AlreadyExists("x")), "EEXIST");
  assertEquals(ioErrorCode(new Error("x")), undefined);
});

Deno.test({
  name: "explained() names the exact flag of a permission that is missing",
  permissions: { read: false, env: false, net: false },
  fn: async () => {
    const cases: readonly (readonly [() => unknown, string])[] = [
      [() => Deno.readFileSync("/some/file"), "--allow-read=/some/file"],
      [() => Deno.readFileSync("/a b/file"), '--allow-read="/a b/file"'],
      [() => Deno.env.get("METAMAE_CACHE"), "--allow-env=METAMAE_CACHE"],
      [() => Deno.connect({ hostname: "localhost", port: 8080 }), "--allow-net=localhost:8080"],
    ];
    for (const [run, flag] of cases) {
      const error = await assertRejects(
        () => explained("Cannot start", () => Promise.resolve().then(run)),
        MissingError,
        `Cannot start: the Deno permission ${flag} is missing`,
      );
      assertEquals(error.hint, `Run it again with ${flag}`);
    }
  },
});

Deno.test("explained() explains real refusals of the file system", async () => {
  const folder = await makeTempDir();
  await assertRejects(
    () => explained("Cannot read it", () => Deno.readFile(folder)),
    StorageError,
    "it is a folder",
  );
  await assertRejects(
    () => explained("Cannot make it", () => Deno.mkdir(folder)),
    StorageError,
    "it exists already",
  );
  await assertRejects(
    () =>
      explained("Cannot write it", () => Deno.writeTextFile(`${folder}/${"a".repeat(300)}`, "")),
    StorageError,
    "the name is too long",
  );
});
