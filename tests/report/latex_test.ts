import { assert, assertEquals } from "../assert.ts";
import { composeReport } from "../../lib/report/document.ts";
import { escapeLatex, renderLatex, renderLatexTable } from "../../lib/report/latex.ts";
import { experiment, scoreRecord } from "./builders.ts";
import { hostileTable, smallTable } from "./tables.ts";

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
