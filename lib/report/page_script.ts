/**
 * The script of the HTML page: sorts a table by the column whose heading is pressed.
 *
 * @module
 */

/** JavaScript of the page. Without it the tables are complete, only not sortable. */
export const pageScript = `
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  if (body.rows.length < 2) continue;
  const keyOf = (row, i) => {
    const cell = row.cells[i];
    return cell.dataset.value ?? cell.textContent;
  };
  const compare = (a, b) => {
    if (a === "" || b === "") return 0;
    const difference = Number(a) - Number(b);
    return Number.isNaN(difference) ? a.localeCompare(b) : difference;
  };
  [...table.tHead.rows[0].cells].forEach((heading, i) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const sign = heading.ariaSort === "descending" ? 1 : -1;
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const rows = [...body.rows].map((row) => ({ row, key: keyOf(row, i) }));
      rows.sort((a, b) =>
        (a.key === "") - (b.key === "") || sign * compare(a.key, b.key)
      );
      body.append(...rows.map(({ row }) => row));
    });
  });
}
`.trim();
