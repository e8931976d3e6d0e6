/* What the views of a result share: columns by what they hold, values as readers read them, links into this service. */

import type { Parser } from "@zazuko/yasr";
import { html } from "../dom";

export type Binding = Parser.Binding;
export type Value = Parser.BindingValue;

export const BASE = "https://w3id.org/jwpgraph/";
const COUNTRY = `${BASE}id/country/`;
const POINT = /^\s*POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)\s*$/i;
const NUMERIC = /#(integer|decimal|double|float|(unsigned|positive|nonNegative)?(Int|Integer|int|long|short))$/;

export interface Result {
  columns: string[];
  rows: Binding[];
}

export function isNumber(value: Value | undefined): boolean {
  return value !== undefined && NUMERIC.test(value.datatype ?? "") && Number.isFinite(Number(value.value));
}

/** Longitude and latitude of a value, where it is a point in well-known text. */
export function pointOf(value: Value | undefined): [longitude: number, latitude: number] | undefined {
  const match = value && POINT.exec(value.value);
  return match ? [Number(match[1]), Number(match[2])] : undefined;
}

/** The two-letter code of a value, where it is a country. */
export function countryOf(value: Value | undefined): string | undefined {
  if (value?.type !== "uri" || !value.value.startsWith(COUNTRY)) return undefined;
  const code = value.value.slice(COUNTRY.length);
  return /^[A-Z]{2}$/.test(code) ? code : undefined;
}

/** The columns in which some row holds what *wanted* looks for. */
export function columnsWith({ columns, rows }: Result, wanted: (value: Value | undefined) => unknown): string[] {
  return columns.filter((column) => rows.some((row) => wanted(row[column])));
}

/** A value in few words: an IRI by its prefix, or without the base of this service. */
export function shortened(value: Value | undefined, prefixes: Record<string, string>): string {
  if (!value) return "";
  if (value.type !== "uri") return value.type === "bnode" ? `_:${value.value}` : value.value;
  let [best, length] = [value.value, 0];
  for (const [prefix, iri] of Object.entries(prefixes)) {
    const local = value.value.slice(iri.length);
    if (value.value.startsWith(iri) && iri.length > length && /^[\w.-]*$/.test(local)) {
      [best, length] = [`${prefix}:${local}`, iri.length];
    }
  }
  return best.startsWith(`${BASE}id/`) ? best.slice(BASE.length + 3) : best;
}

/** A cell: an IRI of this service links to its page here, one of others to itself, a text says its language. */
export function cell(value: Value | undefined, prefixes: Record<string, string>, root: string): Node {
  if (!value) return document.createTextNode("");
  const text = shortened(value, prefixes);
  if (value.type === "uri") {
    const own = value.value.startsWith(`${BASE}id/`);
    const safe = own || /^https?:\/\//i.test(value.value);
    const href = own ? `${root}/doc/${value.value.slice(BASE.length + 3)}` : value.value;
    return safe ? html("a", { href, title: value.value, rel: own ? undefined : "noopener nofollow" }, text) : html("span", {}, text);
  }
  const language = value["xml:lang"];
  const said = html("span", language ? { lang: language, dir: "auto" } : {}, text);
  if (!language || language === "en") return said;
  return html("span", {}, said, " ", html("span", { class: "tongue" }, language));
}
