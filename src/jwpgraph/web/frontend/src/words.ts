/** *text* with its places filled: ``%(shown)s of %(total)s``. Texts come from the template, in the reader's language. */
export function filled(text: string, places: Record<string, string | number>): string {
  return text.replace(/%\((\w+)\)s/g, (_, name: string) => String(places[name] ?? ""));
}
