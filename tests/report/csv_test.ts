import { parse } from "csv-parse/sync";
import { assertEquals } from "../assert.ts";
import { escapeCsv, renderCsv } from "../../lib/report/csv.ts";
import { hostileName, hostileTable, smallTable } from "./tables.ts";

Deno.test("renderCsv() writes exact numbers and leaves absent ones empty", () => {
  assertEquals(
    renderCsv(smallTable),
    "Data set,Scratch,MetaMAE\nPAMAP2,69.8125,90.2\nStability,,0.5\nMean rank,2,1\n",
  );
});

Deno.test("renderCsv() gives a hostile name back to a CSV parser", () => {
  const rows: string[][] = parse(renderCsv(hostileTable));
  assertEquals(rows, [[hostileName, "b"], [hostileName, hostileName]]);
});

Deno.test("escapeCsv() quotes only what needs it", () => {
  assertEquals(escapeCsv("a b_%"), "a b_%");
  assertEquals(escapeCsv('say "x", y'), '"say ""x"", y"');
  assertEquals(escapeCsv(" a"), '" a"');
  assertEquals(escapeCsv("a\nb"), '"a\nb"');
});
