/* A result as a table that reads well aloud and in a narrow window: sorted by a click on a heading, narrowed by a word. */

import { html } from "../dom";
import { type Binding, type Result, cell, isNumber, shortened } from "./results";
import { filled } from "../words";
import type { Words } from "./words";

const PAGE = 200;

export function table(result: Result, prefixes: Record<string, string>, root: string, words: Words): HTMLElement {
  const { columns, rows } = result;
  if (rows.length === 0) return html("p", { class: "note", role: "status" }, words.none);
  let [sortedBy, descending, wanted, most] = ["", false, "", PAGE];

  const body = html("tbody");
  const count = html("p", { class: "quiet", role: "status" });
  const more = html("button", { type: "button", class: "plain" }, words.more);
  const headings = new Map(columns.map((column) => [column, html("button", { type: "button", class: "heading" }, column)]));
  const heads = columns.map((column) => html("th", { scope: "col" }, headings.get(column)));
  const filter = html("input", { type: "search", "aria-label": words.filter, placeholder: words.filter });

  headings.forEach((heading, column) =>
    heading.addEventListener("click", () => {
      [descending, sortedBy] = [sortedBy === column && !descending, column];
      heads.forEach((head, place) => {
        if (columns[place] === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
      show();
    }),
  );
  filter.addEventListener("input", () => {
    [wanted, most] = [filter.value.trim().toLocaleLowerCase(), PAGE];
    show();
  });
  more.addEventListener("click", () => {
    most += PAGE;
    show();
  });
  show();
  return html(
    "div",
    { class: "answer-table" },
    html("div", { class: "answer-tools" }, filter, count),
    html(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": words.table },
      html("table", {}, html("thead", {}, html("tr", {}, ...heads)), body),
    ),
    more,
  );

  function show(): void {
    const found = rows.filter((row) => columns.some((column) => shown(row, column).includes(wanted)));
    if (sortedBy) found.sort((one, other) => compared(one, other) * (descending ? -1 : 1));
    body.replaceChildren(
      ...found.slice(0, most).map((row) =>
        html(
          "tr",
          {},
          ...columns.map((column) =>
            html("td", isNumber(row[column]) ? { class: "n" } : {}, cell(row[column], prefixes, root)),
          ),
        ),
      ),
    );
    more.hidden = found.length <= most;
    const few = Math.min(most, found.length);
    count.textContent = few < rows.length ? filled(words.shown, { shown: few, total: rows.length }) : "";
  }

  function shown(row: Binding, column: string): string {
    return shortened(row[column], prefixes).toLocaleLowerCase();
  }

  function compared(one: Binding, other: Binding): number {
    const [left, right] = [one[sortedBy], other[sortedBy]];
    if (isNumber(left) && isNumber(right)) return Number(left?.value) - Number(right?.value);
    return shortened(left, prefixes).localeCompare(shortened(right, prefixes), undefined, { numeric: true });
  }
}
