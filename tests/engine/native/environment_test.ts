import { setEnvironment } from "../../../lib/engine/native/environment.ts";
import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "../../assert.ts";

const names = ["TF_CPP_MIN_LOG_LEVEL", "TF_CPU_ALLOCATOR_USE_BFC", "TF_XLA_FLAGS"];

/** Runs a test with these variables unset, and puts them back. */
function withoutVariables(body: () => void): void {
  const kept = names.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of names) Deno.env.delete(name);
  try {
    body();
  } finally {
    for (const [name, value] of kept) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

const options = { cache: "/somewhere/cache", library: "/lib/a.so", version: "2.21.0" };

Deno.test("setEnvironment() sets what the user has not set", () => {
  withoutVariables(() => {
    Deno.env.set("TF_CPP_MIN_LOG_LEVEL", "0");
    const programs = setEnvironment(options);
    assertEquals(Deno.env.get("TF_CPP_MIN_LOG_LEVEL"), "0");
    assertEquals(Deno.env.get("TF_CPU_ALLOCATOR_USE_BFC"), "1");
    assertStringIncludes(Deno.env.get("TF_XLA_FLAGS")!, programs);
    assert(programs.startsWith("/somewhere/cache/programs/"));
  });
});

Deno.test("setEnvironment() keeps programs of other libraries and versions apart", () => {
  withoutVariables(() => {
    const folder = (change: object) => setEnvironment({ ...options, ...change });
    assertEquals(folder({}), folder({}));
    assertNotEquals(folder({}), folder({ version: "2.22.0" }));
    assertNotEquals(folder({}), folder({ library: "/lib/b.so" }));
  });
});
