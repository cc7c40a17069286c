import { checkCases, matchesGlob, passed } from "./check_cases.ts";
import { loadCase } from "./fixture_case.ts";
import { verdictLine } from "./main.ts";
import { DataError, MissingError } from "../../lib/util/errors.ts";
import { fromFileUrl } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";

const fixtures = fromFileUrl(new URL("../fixtures", import.meta.url));

for (const name of ["lengths", "metrics", "posembed", "rng", "splits"]) {
  Deno.test(`checkCases() passes the recorded case ${name}`, async () => {
    const [verdict] = await checkCases(fixtures, { cases: name });
    assert(passed(verdict!), verdictLine(verdict!));
    assert(verdict!.result!.checked >= 6);
  });
}

Deno.test("checkCases() takes the cases that a glob names, in order", async () => {
  const names: string[] = [];
  const verdicts = await checkCases(fixtures, {
    cases: "s?lits,r*",
    onVerdict: ({ name }) => names.push(name),
  });
  assertEquals(names, ["rng", "splits"]);
  assertEquals(verdicts.map(({ name }) => name), names);
});

Deno.test("checkCases() fails where no case matches or there is no folder", async () => {
  await assertRejects(() => checkCases(fixtures, { cases: "nothing" }), MissingError, '"nothing"');
  await assertRejects(() => checkCases(`${fixtures}/none`), MissingError, "no such file or folder");
});

Deno.test("checkCases() fails a changed number and a case of an unknown kind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const lengths = JSON.parse(await Deno.readTextFile(`${fixtures}/lengths.json`));
    lengths.keep_len[0].keep += 1;
    await Deno.writeTextFile(`${folder}/changed.json`, JSON.stringify(lengths));
    const odd = { case: "odd", method: "telepathy" };
    await Deno.writeTextFile(`${folder}/odd.json`, JSON.stringify(odd));
    await Deno.writeTextFile(`${folder}/notes.json`, '{"text": "no case"}');
    const [changed, unknown, ...others] = await checkCases(folder);
    assertEquals(others, [], "a document that names no case is none");
    assert(!passed(changed!) && !passed(unknown!));
    assertStringIncludes(verdictLine(changed!), "FAIL");
    assertStringIncludes(verdictLine(changed!), "keep_len/keep");
    assertStringIncludes(verdictLine(unknown!), 'unknown kind "telepathy"');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadCase() names the field that is wrong", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/bad.json`, '{"case": "bad"}');
    await assertRejects(() => loadCase(folder, "bad"), DataError, '"method"');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("matchesGlob() takes literal text, *, ? and lists", () => {
  assert(matchesGlob("mae_rgb32", "mae_*"));
  assert(!matchesGlob("metamae_rgb32", "mae_*"));
  assert(matchesGlob("rng", "splits, rng"));
  assert(!matchesGlob("rxg", "r.g"), "a dot is a dot");
});
