"""Counts of names by content language, so that languages without names can be marked."""

from __future__ import annotations

from jwpgraph.entities.app_context import AppContext
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import PREFIX_LINES
from jwpgraph.web.languages import CONTENT

_COUNTS = f"""{PREFIX_LINES}
SELECT ?language (COUNT(DISTINCT ?thing) AS ?things) WHERE {{
  VALUES ?property {{ skos:prefLabel skos:altLabel dwc:vernacularName }}
  ?thing ?property ?name BIND(LANG(?name) AS ?language)
  FILTER(?language IN ({", ".join(f'"{code}"' for code in CONTENT)}))
}} GROUP BY ?language"""
_NAME = "names by language"


async def count_names(site: AppContext) -> dict[str, int]:
    """Return the number of entities with a name in each content language; empty if it is not available yet."""

    async def read() -> dict[str, int]:
        found = {row["language"].value: int(row["things"].value) for row in await site.queries.select(_COUNTS)}
        return {code: found.get(code, 0) for code in CONTENT}

    try:
        return await site.once_per_release(_NAME, read)
    except ProblemError:
        return {}
