/* A result on the map of the world: countries shaded by a number where there is one, points where they are. */

import { HEIGHT, WIDTH, project } from "../projection";
import { html, svg } from "../dom";
import { type Result, columnsWith, countryOf, isNumber, pointOf, shortened } from "./results";
import { filled } from "../words";
import type { Words } from "./words";

const TONES = 5;

export function canMap(result: Result): boolean {
  return columnsWith(result, countryOf).length > 0 || columnsWith(result, pointOf).length > 0;
}

export function map(
  result: Result,
  prefixes: Record<string, string>,
  address: { sheet: string; root: string },
  words: Words,
): HTMLElement {
  const [country, number] = [columnsWith(result, countryOf)[0], columnsWith(result, isNumber)[0]];
  const place = columnsWith(result, pointOf)[0];
  const names = result.columns.filter((column) => column !== place && column !== country && column !== number);
  const spoken = (row: Result["rows"][number]): string =>
    [...names.slice(0, 2), number].map((column) => (column ? shortened(row[column], prefixes) : "")).filter(Boolean).join(" · ");

  const counted = new Map<string, { amount: number; says: string[] }>();
  for (const row of country ? result.rows : []) {
    const code = countryOf(row[country ?? ""]);
    if (!code) continue;
    const found = counted.get(code) ?? { amount: 0, says: [] };
    found.amount += number ? Number(row[number]?.value ?? 0) : 1;
    found.says.push(spoken(row));
    counted.set(code, found);
  }
  const most = Math.max(...[...counted.values()].map((one) => one.amount), 1);
  const shapes = [...counted].map(([code, { amount, says }]) =>
    svg(
      "use",
      { href: `${address.sheet}#${code}`, class: `tone t${Math.max(1, Math.ceil((amount / most) * TONES))}` },
      svg("title", {}, [code, amount, ...says.slice(0, 3)].filter(Boolean).join(" · ")),
    ),
  );
  const points = (place ? result.rows : []).flatMap((row) => {
    const found = pointOf(row[place ?? ""]);
    if (!found) return [];
    const [x, y] = project(...found);
    return [svg("circle", { cx: Math.round(x), cy: Math.round(y), r: 14, class: "dot" }, svg("title", {}, spoken(row)))];
  });
  const says = [
    counted.size ? filled(words.count, { number: counted.size, most }) : "",
    points.length ? filled(words.points, { number: points.length }) : "",
  ];
  return html(
    "figure",
    { class: "answer-map" },
    svg(
      "svg",
      { class: "world", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": words.map },
      svg("use", { class: "land", href: `${address.sheet}#land` }),
      ...shapes,
      svg("use", { class: "borders", href: `${address.sheet}#borders` }),
      ...points,
    ),
    html("figcaption", {}, says.filter(Boolean).join(" ")),
  );
}
