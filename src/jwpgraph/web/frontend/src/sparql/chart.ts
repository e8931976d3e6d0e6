/* A result as bars: one column of names, one of numbers, each to be chosen where there are several. */

import { html, svg } from "../dom";
import { type Result, columnsWith, isNumber, shortened } from "./results";
import { filled } from "../words";
import type { Words } from "./words";

const MOST = 60;
const [ROW, LEFT, WIDTH, RIGHT] = [24, 260, 800, 64];
const NAME_LENGTH = 36;

export function canChart(result: Result): boolean {
  return result.rows.length > 0 && columnsWith(result, isNumber).length > 0;
}

export function chart(result: Result, prefixes: Record<string, string>, words: Words): HTMLElement {
  const numbers = columnsWith(result, isNumber);
  const names = [...result.columns].sort((one, other) => Number(numbers.includes(one)) - Number(numbers.includes(other)));
  const stage = html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": words.chart });
  const note = html("p", { class: "quiet" });
  const [label, value] = [choice(words.label, names), choice(words.value, numbers)];
  for (const one of [label, value]) one.addEventListener("change", show);
  show();
  return html("div", { class: "answer-chart" }, html("div", { class: "answer-tools" }, label, value), stage, note);

  function show(): void {
    const [name, number] = [chosen(label), chosen(value)];
    const rows = result.rows.filter((row) => isNumber(row[number])).slice(0, MOST);
    const values = rows.map((row) => Number(row[number]?.value));
    const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
    const scale = (WIDTH - LEFT - RIGHT) / (high - low || 1);
    const zero = LEFT - low * scale;
    const bars = rows.map((row, place) => {
      const [text, amount] = [shortened(row[name], prefixes), values[place] ?? 0];
      const cut = text.length > NAME_LENGTH ? `${text.slice(0, NAME_LENGTH - 1)}…` : text;
      const start = Math.min(zero, zero + amount * scale);
      const length = Math.max(Math.abs(amount) * scale, 0.5);
      return svg(
        "g",
        { transform: `translate(0 ${place * ROW})` },
        svg("title", {}, `${text}: ${amount}`),
        svg("text", { x: LEFT - 8, y: 16, class: "name" }, cut),
        svg("rect", { x: start, y: 4, width: length, height: ROW - 8 }),
        svg("text", { x: start + length + 6, y: 16 }, amount.toLocaleString()),
      );
    });
    const drawing = svg(
      "svg",
      { class: "bars", viewBox: `0 0 ${WIDTH} ${Math.max(rows.length, 1) * ROW}`, role: "img", "aria-label": `${number}, ${name}` },
      ...bars,
      svg("line", { x1: zero, x2: zero, y1: 0, y2: rows.length * ROW }),
    );
    stage.replaceChildren(drawing);
    const all = rows.length === result.rows.length;
    note.textContent = all ? "" : filled(words.shown, { shown: rows.length, total: result.rows.length });
  }
}

function choice(name: string, columns: string[]): HTMLLabelElement {
  return html("label", {}, `${name} `, html("select", {}, ...columns.map((one) => html("option", {}, one))));
}

function chosen(label: HTMLLabelElement): string {
  return label.querySelector("select")?.value ?? "";
}
