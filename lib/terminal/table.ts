/**
 * Tables of plain text, aligned by display width.
 *
 * @module
 */

/** A column of a table. */
export interface TextColumn {
  readonly title: string;
  readonly align?: "left" | "right";
  /** The column that is wrapped when the table is too wide. */
  readonly elastic?: boolean;
}

/** Options of {@linkcode formatTable}. */
export interface TextTableOptions {
  /** Columns of the screen. */
  readonly width?: number;
  /** Marks up the header line, which is already padded. */
  readonly header?: (line: string) => string;
}

/**
 * Lays out rows under titles, two blanks between columns; the elastic column wraps at words.
 *
 * Control characters in a cell are shown escaped, so that a name cannot break the layout.
 */
export function formatTable(
  columns: readonly TextColumn[],
  rows: readonly (readonly string[])[],
  options: TextTableOptions = {},
): string {
  const { width = Infinity, header = (line) => line } = options;
  const cells = rows.map((row) => columns.map((_, i) => visible(row[i] ?? "")));
  const widths = columns.map((column, i) =>
    Math.max(displayWidth(column.title), ...cells.map((row) => displayWidth(row[i]!)))
  );
  const excess = widths.reduce((sum, w) => sum + w + 2, -2) - width;
  const elastic = columns.findIndex((column) => column.elastic === true);
  if (excess > 0 && elastic >= 0) widths[elastic] = Math.max(16, widths[elastic]! - excess);
  const line = (row: readonly string[]) =>
    row.map((cell, i) => pad(cell, widths[i]!, columns[i]!.align ?? "left")).join("  ").trimEnd();
  const lines = (row: readonly string[]) => {
    if (elastic < 0) return [line(row)];
    return wrapWords(row[elastic]!, widths[elastic]!).map((part, k) =>
      line(row.map((cell, i) => i === elastic ? part : k === 0 ? cell : ""))
    );
  };
  return [header(line(columns.map((column) => column.title))), ...cells.flatMap(lines)].join("\n");
}

/**
 * Breaks text at blanks so that each line fits the width; a longer word keeps a line of its own.
 */
export function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Names and values below each other, the values aligned; entries without a value are left out. */
export function formatFacts(
  facts: readonly (readonly [name: string, value: string | undefined])[],
  name: (padded: string) => string = (padded) => padded,
): string {
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
  const width = Math.max(0, ...known.map(([title]) => displayWidth(title)));
  return known.map(([title, value]) =>
    `${name(pad(title, width, "left"))}  ${visible(value)}`.trimEnd()
  ).join("\n");
}

/**
 * Columns that text takes on a terminal: none for combining marks, two for wide characters.
 */
export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of segmenter.segment(text)) {
    width += wide.test(segment) ? 2 : 1;
  }
  return width;
}

/** Pictures, and the blocks of East Asian scripts. */
const wide = new RegExp(
  "\\p{Emoji_Presentation}|" +
    "[\\u1100-\\u115f\\u2e80-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f" +
    "\\uff00-\\uff60\\uffe0-\\uffe6]",
  "u",
);

const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

function pad(text: string, width: number, align: "left" | "right"): string {
  const blanks = " ".repeat(Math.max(0, width - displayWidth(text)));
  return align === "left" ? text + blanks : blanks + text;
}

function visible(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (c) => c === "\n" ? "\\n" : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
