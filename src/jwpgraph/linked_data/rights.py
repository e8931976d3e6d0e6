"""Rights of each named graph: what is the project's own, and which facts come from sources with terms of their own.

The licence of a graph is a statement about it (``dcterms:license``) where the release has one, else the project's
licence of its own work. The sources are those that the statements of the graph cite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.vocabulary import ENTAILED_GRAPH, PREFIX_LINES

#: Licence of the project's own work: selection, arrangement, summaries, alignments.
PROJECT_LICENSE: Final = "https://creativecommons.org/licenses/by/4.0/"
PROJECT_LICENSE_NAME: Final = "CC BY 4.0"
OWN_WORK: Final = (
    "Selection, arrangement, summaries and alignments are the project's own work under CC BY 4.0. "
    "Facts are from the sources that are named, whose own terms apply to them."
)
OWN_WORK_ONLY: Final = "The project's own work, under CC BY 4.0."
DERIVED: Final = "Follows from the statements of the other graphs, and has their rights."

_CITED: Final = f"""{PREFIX_LINES}
SELECT DISTINCT ?graph ?source WHERE {{ GRAPH ?graph {{ ?thing dcterms:source ?source }} FILTER(isIRI(?source)) }}"""
_SOURCES: Final = f"""{PREFIX_LINES}
SELECT ?source ?name ?rights ?license ?issued ?consulted ?url WHERE {{
  ?source a jwp:Source .
  OPTIONAL {{ ?source skos:prefLabel ?name FILTER(LANG(?name) = "en") }}
  OPTIONAL {{ ?source dcterms:rights ?rights }}
  OPTIONAL {{ ?source dcterms:license ?license }}
  OPTIONAL {{ ?source dcterms:issued ?issued }}
  OPTIONAL {{ ?source jwp:consultedOn ?consulted }}
  OPTIONAL {{ ?source schema:url ?url }}
}}"""
_GRAPHS: Final = f"""{PREFIX_LINES}
SELECT ?graph ?license ?rights WHERE {{
  {{ SELECT DISTINCT ?graph WHERE {{ GRAPH ?graph {{ ?s ?p ?o }} }} }}
  OPTIONAL {{ ?graph dcterms:license ?license }}
  OPTIONAL {{ ?graph dcterms:rights ?rights }}
}}"""


@dataclass(frozen=True, slots=True)
class SourceRights:
    """A source of facts.

    Attributes:
        iri: the source.
        name: what it is called.
        rights: its terms, as far as they are recorded: a licence or a text.
        issued: its date, as its source gives it.
        consulted: the day on which it was last opened.
        url: its address.
    """

    iri: str
    name: str
    rights: str | None
    issued: str | None
    consulted: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class GraphRights:
    """The rights of a named graph.

    Attributes:
        graph: its IRI.
        license: the licence of what is the project's own; None for what is derived.
        statement: the rights in words.
        sources: the sources that its statements cite, by name.
    """

    graph: str
    license: str | None
    statement: str
    sources: Sequence[SourceRights]


async def read_rights(site: AppContext) -> Mapping[str, GraphRights]:
    """Return the rights of each graph of the served release, by its IRI."""
    return await site.once_per_release("rights of graphs", lambda: _read(site))


async def _read(site: AppContext) -> Mapping[str, GraphRights]:
    sources: dict[str, SourceRights] = {}
    for row in await site.queries.select(_SOURCES):
        text = {name: term.value for name, term in row.items()}
        iri = text["source"]
        name = text.get("name") or iri.rpartition("/")[2]
        rights = text.get("license") or text.get("rights")
        sources.setdefault(
            iri, SourceRights(iri, name, rights, text.get("issued"), text.get("consulted"), text.get("url"))
        )
    cited: dict[str, set[str]] = {}
    for row in await site.queries.select(_CITED):
        cited.setdefault(row["graph"].value, set()).add(row["source"].value)
    found: dict[str, GraphRights] = {}
    for row in await site.queries.select(_GRAPHS):
        graph = row["graph"].value
        named = sorted((sources[iri] for iri in cited.get(graph, ()) if iri in sources), key=lambda one: one.name)
        if graph == ENTAILED_GRAPH:
            found[graph] = GraphRights(graph, None, DERIVED, ())
            continue
        license_ = row["license"].value if "license" in row else PROJECT_LICENSE
        own = row["rights"].value if "rights" in row else (OWN_WORK if named else OWN_WORK_ONLY)
        found.setdefault(graph, GraphRights(graph, license_, own, named))
    return dict(sorted(found.items()))
