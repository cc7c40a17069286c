import { assertEquals, assertThrows } from "../assert.ts";
import { createJobLedger } from "../../lib/store/journal.ts";
import { DataError } from "../../lib/util/errors.ts";

Deno.test("createJobLedger() joins jobs that gave the same", () => {
  const ledger = createJobLedger([], undefined);
  const jobs = [[1, {}], [1, {}], [1, { odd: 1 }], [2, { odd: 1 }], [2, { odd: 1 }], [
    1,
    {},
  ]] as const;
  for (const [i, [rows, counts]] of jobs.entries()) ledger.add(`job ${i}`, { rows, counts });
  assertEquals(ledger.drain(), {
    jobs: [[1, 2, {}], [1, 1, { odd: 1 }], [2, 2, { odd: 1 }], [1, 1, {}]],
    key: "job 5",
  });
  assertEquals(ledger.drain(), { jobs: [], key: "job 5" });
  ledger.add("job 6", { rows: 1, counts: {} });
  assertEquals(ledger.drain(), { jobs: [[1, 1, {}]], key: "job 6" });
});

Deno.test("createJobLedger() gives the jobs that were done before, one after the other", () => {
  const ledger = createJobLedger([[1, 2, {}], [0, 1, { odd: 3 }], [4, 1, {}]], "last");
  const taken = [];
  while (ledger.kept > 0) taken.push(ledger.take(ledger.kept === 1 ? "last" : "any"));
  assertEquals(taken, [
    { rows: 1, counts: {} },
    { rows: 1, counts: {} },
    { rows: 0, counts: { odd: 3 } },
    { rows: 4, counts: {} },
  ]);
  assertEquals(ledger.drain(), { jobs: [], key: undefined });
});

Deno.test("createJobLedger() notices that the last job was another", () => {
  const ledger = createJobLedger([[1, 2, {}]], "b.jpg");
  ledger.take("a.jpg");
  const error = assertThrows(
    () => ledger.take("c.jpg"),
    DataError,
    'it stopped after "b.jpg", the raw files now have "c.jpg" there',
  );
  assertEquals(error.hint, "Run the same command again: it starts anew");
});
