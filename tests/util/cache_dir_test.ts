import { assertEquals, assertThrows } from "../assert.ts";
import { MissingError } from "../../lib/util/errors.ts";
import { cacheDir, join, resolve } from "../../lib/util/path.ts";

function surroundings(variables: Record<string, string>, os = "linux") {
  return { env: (name: string) => variables[name], os };
}

Deno.test("cacheDir() takes METAMAE_CACHE before XDG_CACHE_HOME before HOME", () => {
  const all = { METAMAE_CACHE: "/own", XDG_CACHE_HOME: "/xdg", HOME: "/home/a" };
  assertEquals(cacheDir(surroundings(all)), "/own");
  assertEquals(cacheDir(surroundings({ ...all, METAMAE_CACHE: "" })), "/xdg/metamae");
  assertEquals(cacheDir(surroundings({ HOME: "/home/a" })), "/home/a/.cache/metamae");
  assertEquals(cacheDir(surroundings({ ...all, METAMAE_CACHE: "rel" })), resolve("rel"));
});

Deno.test("cacheDir() ignores a relative XDG_CACHE_HOME, as the specification demands", () => {
  const relative = { XDG_CACHE_HOME: "xdg", HOME: "/home/a" };
  assertEquals(cacheDir(surroundings(relative)), "/home/a/.cache/metamae");
});

Deno.test("cacheDir() works without a home folder, away from shared folders", () => {
  assertEquals(cacheDir(surroundings({ TMPDIR: "/tmp" })), resolve(".metamae", "cache"));
});

Deno.test("cacheDir() uses the local application data on Windows", () => {
  const windows = surroundings({ LOCALAPPDATA: "/local" }, "windows");
  assertEquals(cacheDir(windows), join("/local", "metamae", "cache"));
});

Deno.test({
  name: "cacheDir() names the permission that it lacks",
  permissions: { env: false },
  fn: () => {
    assertThrows(() => cacheDir(), MissingError, "--allow-env=METAMAE_CACHE");
  },
});
