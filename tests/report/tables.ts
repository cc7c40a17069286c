/** Tables for the tests of the renderers. */

import type { Table } from "../../lib/report/table.ts";

/** A table with every part that a renderer has to write. */
export const smallTable: Table = {
  id: "small",
  title: "In-domain accuracy",
  caption: "Mean over 3 seeds",
  columns: [
    { title: "Data set", align: "left" },
    { title: "Scratch", align: "right" },
    { title: "MetaMAE", align: "right" },
  ],
  rows: [
    [
      { text: "PAMAP2" },
      { text: "69.8 ± 0.4", value: 69.8125, published: { text: "69.8", mark: "within" } },
      { text: "90.2 ± 0.3", value: 90.2, best: true, published: { text: "89.3", mark: "above" } },
    ],
    [
      { text: "Stability" },
      { text: "–", value: null, note: "the predictions are all equal" },
      { text: "0.50", value: 0.5, detail: "1 seed", published: { text: "0.53" } },
    ],
  ],
  summary: [[
    { text: "Mean rank" },
    { text: "2.0", value: 2 },
    { text: "1.0", value: 1, note: "of one data set" },
  ]],
};

/** A name that tries to leave its cell in every format. */
export const hostileName =
  'a|b <script>alert("x")</script> & c_d %{e} \\f ^g ~h $i$ #j\n[k] *l* `m`';

/** A table whose texts all carry the hostile name. */
export const hostileTable: Table = {
  id: "hostile",
  title: hostileName,
  caption: hostileName,
  columns: [{ title: hostileName, align: "left" }, { title: "b", align: "right" }],
  rows: [[{ text: hostileName }, { text: hostileName, note: hostileName, detail: hostileName }]],
};
