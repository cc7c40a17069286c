import { assert, assertEquals } from "../assert.ts";
import { escapeMarkdown, renderMarkdownTable } from "../../lib/report/markdown.ts";
import { hostileTable, smallTable } from "./tables.ts";

Deno.test("renderMarkdownTable() writes an aligned table with caption and footnotes", () => {
  assertEquals(
    renderMarkdownTable(smallTable),
    `## In-domain accuracy

| Data set  |             Scratch |                 MetaMAE |
| --------- | ------------------: | ----------------------: |
| PAMAP2    | 69.8 ± 0.4 (69.8 ≈) | **90.2 ± 0.3 (89.3 ↑)** |
| Stability |      – <sup>a</sup> |     0.50 (1 seed; 0.53) |
| Mean rank |                 2.0 |        1.0 <sup>b</sup> |

Mean over 3 seeds.

<sup>a</sup> the predictions are all equal${"  "}
<sup>b</sup> of one data set
`,
  );
});

Deno.test("renderMarkdownTable() keeps a hostile name in its cell", () => {
  const text = renderMarkdownTable(hostileTable);
  assert(!text.includes("<script>"));
  const rows = text.split("\n").filter((line) => line.startsWith("|"));
  assertEquals(rows.length, 3);
  for (const row of rows) assertEquals(row.match(/(?<!\\)\|/g)!.length, 3, row);
});

Deno.test("escapeMarkdown() escapes what Markdown would read as markup", () => {
  assertEquals(
    escapeMarkdown("a|b_c*d`e\\f[g]<h>&i\r\nj~k#l$m"),
    "a\\|b\\_c\\*d\\`e\\\\f\\[g\\]&lt;h&gt;&amp;i j\\~k\\#l\\$m",
  );
});
