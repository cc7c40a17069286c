import { listCases } from "./fixture_case.ts";
import { checkCases, passed } from "./check_cases.ts";
import { verdictLine } from "./main.ts";
import { fromFileUrl } from "../../lib/util/path.ts";
import { assert, assertArrayIncludes } from "../assert.ts";
import { testOnBackends } from "../engine/backends.ts";

const fixtures = fromFileUrl(new URL("../fixtures", import.meta.url));
const cases = await listCases(fixtures);

for (const name of cases) {
  testOnBackends(`the recorded case ${name} passes`, async () => {
    const [verdict] = await checkCases(fixtures, { cases: name });
    assert(passed(verdict!), verdictLine(verdict!));
  });
}

Deno.test("there is a recorded case for every method with a training objective", () => {
  const kinds = ["capri", "dabs_mae", "dabs_transfer", "emix", "mae", "metamae", "shed"];
  assertArrayIncludes(
    cases.map((name) => kinds.find((kind) => name.startsWith(`${kind}_`))),
    kinds,
  );
});
