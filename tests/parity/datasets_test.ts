import { run } from "./datasets.ts";
import { loadCase } from "./fixture_case.ts";
import { DataError } from "../../lib/util/errors.ts";
import { fromFileUrl } from "../../lib/util/path.ts";
import { assert, assertEquals, assertRejects } from "../assert.ts";

const fixtures = fromFileUrl(new URL("../fixtures", import.meta.url));
const fixture = await loadCase(fixtures, "datasets");

Deno.test("parity of datasets finds every recorded value exactly", async () => {
  const { pass, worst, checked } = await run(fixture);
  assert(pass);
  assertEquals(worst.error, 0);
  assert(checked >= 30);
});

Deno.test("parity of datasets notices a single changed value of any tensor", async () => {
  // Inputs, and labels of wafers, of which the raw files were not recorded.
  const given = /\/raw$|^wafer\/y$/;
  for (const [name, tensor] of fixture.tensors) {
    if (given.test(name)) continue;
    const data = tensor.data.slice();
    data[data.length >> 1] = Number(data[data.length >> 1]) + 1;
    const tensors = new Map(fixture.tensors).set(name, { ...tensor, data } as typeof tensor);
    const { pass, worst } = await run({ ...fixture, tensors });
    assertEquals([pass, worst.name], [false, name]);
  }
});

Deno.test("parity of datasets says which file or tensor a case lacks", async () => {
  const document = { ...fixture.document, files: {} };
  await assertRejects(
    () => run({ ...fixture, document }),
    DataError,
    'no file "higgs.csv"',
  );
  const tensors = new Map(fixture.tensors);
  tensors.delete("pfam/train/y");
  await assertRejects(() => run({ ...fixture, tensors }), DataError, '"pfam/train/y"');
});
