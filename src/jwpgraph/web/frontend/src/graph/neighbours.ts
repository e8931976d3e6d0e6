/* What the service tells of a thing and its neighbours (/api/v1/neighbourhood). */

export interface Thing {
  iri: string;
  kind: string;
  label: string;
  notation: string | null;
  relation: string;
  outgoing: boolean;
}

export interface Neighbourhood {
  of: Thing;
  neighbours: Thing[];
  total: number;
  left_out: { relation: string; outgoing: boolean; count: number }[];
}

/** The neighbours of a thing; undefined where they cannot be had. */
export async function neighboursOf(address: string, iri: string): Promise<Neighbourhood | undefined> {
  try {
    const answer = await fetch(`${address}?${new URLSearchParams({ of: iri })}`, { headers: { Accept: "application/json" } });
    return answer.ok ? ((await answer.json()) as Neighbourhood) : undefined;
  } catch {
    return undefined;
  }
}

/** Whose taxonomy a taxon belongs to: ``cites`` or ``cms``. */
export function treatyOf(thing: Thing): string | undefined {
  return /\/id\/taxon\/(cites|cms)\//.exec(thing.iri)?.[1];
}

export function nameOf(thing: Thing): string {
  const treaty = treatyOf(thing);
  if (treaty) return `${thing.label} (${treaty.toUpperCase()})`;
  return thing.notation ? `${thing.notation} ${thing.label}` : thing.label;
}
