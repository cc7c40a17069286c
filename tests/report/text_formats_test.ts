import { parse } from "csv-parse/sync";
import { assert, assertEquals } from "../assert.ts";
import { composeReport } from "../../lib/report/document.ts";
import {
  escapeCsv,
  escapeLatex,
  escapeMarkdown,
  renderCsv,
  renderLatex,
  renderLatexTable,
  renderMarkdown,
  renderMarkdownTable,
} from "../../lib/report/text_formats.ts";
import { curve, experiment, scoreRecord } from "./builders.ts";
import { hostileName, hostileTable, smallTable } from "./tables.ts";

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

Deno.test("renderMarkdown() writes findings, tables, remarks, figures and provenance in order", () => {
  const mae = experiment("mnist", "mae", { steps: 1000 });
  const document = composeReport({
    scores: [
      scoreRecord(mae, 0.9, { half: 0.01, notes: ["Split by a fixed seed"] }),
      scoreRecord(experiment("mnist", "scratch"), 0.8, { half: 0.01 }),
    ],
    adaptations: [],
    curves: [curve(mae, 2, 1)],
    galleries: [],
    skipped: [{ source: "a_b.json", reason: "it is damaged" }],
  });
  assertEquals(
    renderMarkdown(document, ({ id }) => `figures/${id}.svg`),
    `# Results on MNIST

On MNIST, MAE has the best accuracy by linear probe: 90.0 % (95 % CI 89.0 to 91.0), +10.0 points against an untrained encoder (95 % CI +8.6 to +11.4).

## MNIST

| Method  |         Linear probe, % | Difference to scratch |
| ------- | ----------------------: | --------------------: |
| Scratch |     80.0 (79.0 to 81.0) |                     – |
| MAE     | **90.0 (89.0 to 91.0)** | +10.0 (+8.6 to +11.4) |

Accuracy on 2,000 test samples, with 95 % confidence intervals over test samples (bootstrap); differences are paired sample by sample where possible.

MAE: steps 1,000.

![Bar chart, linear probe on MNIST: Scratch 80.0, MAE 90.0](figures/scores-mnist-default.svg)

About the data:

- Split by a fixed seed

### Settings

| Setting | Scratch |   MAE |
| ------- | ------: | ----: |
| Steps   |       – | 1,000 |

## Training curves

![Line chart of the training loss by step: MAE from 2.00 to 1.01](figures/training-mnist-default.svg)

## Provenance

| Data set | Method  | Seed | Configuration | Data     | Engine          | Record                       |
| -------- | ------- | ---: | ------------- | -------- | --------------- | ---------------------------- |
| MNIST    | Scratch |    0 | 0123abcd      | 89ef4567 | tensorflow 2.21 | results/mnist-scratch-0.json |
| MNIST    | MAE     |    0 | 0123abcd      | 89ef4567 | tensorflow 2.21 | results/mnist-mae-0.json     |

Configuration and data are the first digits of SHA-256 digests.

## Left out

| Input     | Reason        |
| --------- | ------------- |
| a\\_b.json | it is damaged |
`,
  );
});

Deno.test("renderLatexTable() writes a booktabs table", () => {
  assertEquals(
    renderLatexTable(smallTable),
    String.raw`\begin{table}
  \centering
  \caption{In-domain accuracy. Mean over 3 seeds.}
  \label{tab:small}
  \begin{tabular}{lrr}
    \toprule
    Data set & Scratch & MetaMAE \\
    \midrule
    PAMAP2 & 69.8 $\pm$ 0.4 (69.8 $\approx$) & \textbf{90.2 $\pm$ 0.3 (89.3 $\uparrow$)} \\
    Stability & --\textsuperscript{a} & 0.50 (1 seed; 0.53) \\
    \midrule
    Mean rank & 2.0 & 1.0\textsuperscript{b} \\
    \bottomrule
  \end{tabular}
  \par\footnotesize\textsuperscript{a}~the predictions are all equal.
  \par\footnotesize\textsuperscript{b}~of one data set.
\end{table}
`,
  );
});

Deno.test("escapeLatex() leaves no command character of a name", () => {
  assertEquals(
    escapeLatex("a|b<c>&d_e%{f}\\g^h~i$j#k\n[l]*m"),
    "a\\textbar{}b\\textless{}c\\textgreater{}\\&d\\_e\\%\\{f\\}\\textbackslash{}g" +
      "\\textasciicircum{}h\\textasciitilde{}i\\$j\\#k {[}l{]}{*}m",
  );
});

Deno.test("renderLatexTable() keeps a hostile name in its cell", () => {
  const text = renderLatexTable(hostileTable);
  assert(!/(?<!\\)[%#]/.test(text), "no unescaped comment or parameter character");
  const row = text.split("\n").find((line) =>
    line.includes("textsuperscript{a}") && line.endsWith("\\\\")
  )!;
  assertEquals(row.match(/(?<!\\)&/g)!.length, 1);
});

Deno.test("renderLatexTable() shrinks tables that are wider than a page", () => {
  const wide = {
    ...smallTable,
    columns: [...smallTable.columns, { title: "x".repeat(60), align: "right" as const }],
    rows: smallTable.rows.map((row) => [...row, { text: "1" }]),
    summary: [],
  };
  const text = renderLatexTable(wide);
  assert(text.includes("\\resizebox{\\textwidth}{!}{\n  \\begin{tabular}{lrrr}"));
  assert(text.includes("\\end{tabular}}\n"));
  assert(!renderLatexTable(smallTable).includes("resizebox"));
});

Deno.test("renderLatex() writes the tables of the report, and says which packages they need", () => {
  const scores = [
    scoreRecord(experiment("pamap2", "metamae"), 0.9),
    scoreRecord(experiment("mnist", "metamae"), 0.9),
  ];
  const parts = { adaptations: [], curves: [], galleries: [], skipped: [] };
  const text = renderLatex(composeReport({ scores, ...parts }));
  assert(text.startsWith("% Needs \\usepackage{booktabs}"));
  const labels = [...text.matchAll(/\\label{tab:(.*?)}/g)].map(([, label]) => label);
  assertEquals(labels, [
    "in-domain",
    "other",
    "data-mnist-default-scores",
    "data-pamap2-default-scores",
  ]);
  assertEquals(text.match(/\\begin{table}/g)!.length, text.match(/\\end{table}/g)!.length);
});

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
