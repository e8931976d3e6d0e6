/* Texts of the SPARQL page, in the reader's language: the template fills them into data-words. */

export interface Words {
  editor: string;
  run: string;
  running: string;
  table: string;
  chart: string;
  map: string;
  response: string;
  shown: string;
  more: string;
  filter: string;
  label: string;
  value: string;
  count: string;
  points: string;
  failed: string;
  suggestions: string;
}

/** *text* with its places filled: ``%(shown)s of %(total)s``. */
export function filled(text: string, places: Record<string, string | number>): string {
  return text.replace(/%\((\w+)\)s/g, (_, name: string) => String(places[name] ?? ""));
}
