/* Completes prefixes, classes and properties from those that the release uses. YASGUI's own lists come from services of
   others, which are never asked here. */

import type Yasgui from "@zazuko/yasgui";

interface Term {
  iri: string;
  label: string | null;
  uses: number;
}

interface Terms {
  prefixes: Record<string, string>;
  classes: Term[];
  properties: Term[];
}

type YasqeClass = typeof Yasgui.Yasqe;

/** Registers the completers with *Yasqe*, and returns their names. */
export function completeFrom(address: string, Yasqe: YasqeClass): string[] {
  let asked: Promise<Terms> | undefined;
  const terms = (): Promise<Terms> => (asked ??= ask(address));
  const known = new Map<string, Term>();

  const named = (kind: "classes" | "properties") => async (): Promise<string[]> => {
    const found = (await terms())[kind];
    for (const term of found) known.set(term.iri, term);
    return found.map((term) => term.iri);
  };
  Yasqe.forkAutocompleter("class", { name: "release-classes", bulk: true, persistenceId: null, get: named("classes") });
  Yasqe.forkAutocompleter("property", {
    name: "release-properties",
    bulk: true,
    persistenceId: null,
    get: named("properties"),
  });
  Yasqe.forkAutocompleter("prefixes", {
    name: "release-prefixes",
    bulk: true,
    persistenceId: null,
    get: async () => Object.entries((await terms()).prefixes).map(([prefix, iri]) => `${prefix}: <${iri}>`),
  });
  return ["variables", "release-prefixes", "release-classes", "release-properties"];
}

async function ask(address: string): Promise<Terms> {
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  return answer.ok ? ((await answer.json()) as Terms) : { prefixes: {}, classes: [], properties: [] };
}
