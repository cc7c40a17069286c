import { assert, assertEquals, assertThrows } from "../assert.ts";
import { basename, dirname, extname, fromFileUrl, isAbsolute, join } from "../../lib/util/path.ts";
import { normalize, parse, relative, resolve, SEPARATOR, toFileUrl } from "../../lib/util/path.ts";

Deno.test("path door gives the functions of @std/path with their documented results", () => {
  assertEquals(join("a", "..", "b", "c.txt"), `b${SEPARATOR}c.txt`);
  assertEquals(basename("a/b.txt", ".txt"), "b");
  assertEquals(dirname("a/b.txt"), "a");
  assertEquals(extname("a/b.tar.gz"), ".gz");
  assertEquals(normalize("a//b/./c"), join("a", "b", "c"));
  assertEquals(relative("/a/b", "/a/c"), join("..", "c"));
  assertEquals(parse("/a/b.txt").name, "b");
  assert(isAbsolute(resolve("/a", "b")));
  assertEquals(fromFileUrl(toFileUrl("/a b/c")), "/a b/c");
});

Deno.test("assertThrows() of the door returns the error and fails when nothing is thrown", () => {
  const error = assertThrows(
    () => {
      throw new RangeError("too large");
    },
    RangeError,
    "large",
  );
  assertEquals(error.message, "too large");
  assertThrows(() => assertThrows(() => 1));
});
