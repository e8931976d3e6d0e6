/* Prefixes that a query uses without declaring them. */

const STRINGS = /"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|<[^<>"{}|^`\s]*>|#[^\n]*/g;

/** The known prefixes that *query* uses and does not declare. */
export function undeclared(query: string, known: Record<string, string>): string[] {
  const declared = new Set([...query.matchAll(/\bPREFIX\s+([\w-]*):/gi)].map((found) => found[1]));
  const used = [...query.replace(STRINGS, " ").matchAll(/(?<![\w?$:-])([A-Za-z][\w-]*):/g)].map((found) => found[1] ?? "");
  return [...new Set(used)].filter((name) => !declared.has(name) && name in known);
}

/** *query* with declarations of *names* in front. */
export function declare(query: string, names: string[], known: Record<string, string>): string {
  return names.map((name) => `PREFIX ${name}: <${known[name]}>\n`).join("") + query;
}
