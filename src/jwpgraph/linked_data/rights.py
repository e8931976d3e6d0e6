"""Rights of each named graph: the project's own work, and the sources of facts, which have terms of their own.

The sources of a graph are those that its statements cite (``dcterms:source``). Where the release describes a graph
(``dcterms:license``, ``dcterms:rights``), that description is used. A graph that is neither shipped nor described has
no known rights.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import pyoxigraph as ox

from jwpgraph.entities.app_context import AppContext
from jwpgraph.query_execution.queries import GraphReader, SolutionRow
from jwpgraph.shipped_files import list_shipped_sources
from jwpgraph.vocabulary import BASE, ENTAILED_GRAPH, PREFIX_LINES, PREFIXES, expand_name

#: Licence of the project's own work.
PROJECT_LICENSE: Final = "https://creativecommons.org/licenses/by/4.0/"
OWN_WORK: Final = (
    "The facts come from the sources that are named, whose own terms apply to them; the terms of a source are not "
    "known where none are given. Selection, arrangement, summaries and alignments are the project's own work, under "
    "CC BY 4.0."
)
OWN_WORK_ONLY: Final = "The project's own work, under CC BY 4.0."
DERIVED: Final = "Follows from the statements of the other graphs, whose rights apply to it."
NOT_STATED: Final = "The rights of this graph are not stated."
#: Rights in all graphs together.
WHOLE: Final = (
    "Each named graph states its own rights. Selection, arrangement, summaries and alignments are the project's "
    "own work, under CC BY 4.0; facts come from the sources that are named, whose own terms apply to them. The terms "
    "of a source are not known where none are given."
)

_CITED: Final = f"""{PREFIX_LINES}
SELECT DISTINCT ?graph ?source WHERE {{ GRAPH ?graph {{ ?thing dcterms:source ?source }} FILTER(isIRI(?source)) }}"""
_SOURCES: Final = f"""{PREFIX_LINES}
SELECT ?source ?property ?value WHERE {{
  ?source a jwp:Source ; ?property ?value .
  VALUES ?property {{
    skos:prefLabel dcterms:bibliographicCitation dcterms:rights dcterms:license dcterms:issued
    jwp:consultedOn schema:url
  }}
}} ORDER BY ?source ?property ?value"""
_DESCRIBED: Final = f"""{PREFIX_LINES}
SELECT ?graph ?property ?value WHERE {{
  ?graph a void:Dataset ; ?property ?value . VALUES ?property {{ dcterms:title dcterms:license dcterms:rights }}
}} ORDER BY ?graph ?property ?value"""


@dataclass(frozen=True, slots=True)
class SourceRights:
    """A source of facts.

    Attributes:
        iri: the source.
        name: its title.
        citation: the bibliographic citation.
        rights: its terms, a licence or a text; ``None`` if the release does not record them.
        issued: the date of the source.
        consulted: the day on which it was last opened.
        url: its address.
    """

    iri: str
    name: str
    citation: str | None = None
    rights: str | None = None
    issued: str | None = None
    consulted: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class GraphRights:
    """The rights of a named graph.

    Attributes:
        graph: its IRI.
        title: its title, if the release has one.
        license: the licence of the project's own work in it; ``None`` if there is none or it is not known.
        statement: the rights as text.
        sources: the sources that its statements cite, by name.
        is_own_work: whether all of it is under ``license``.
    """

    graph: str
    title: str | None
    license: str | None
    statement: str
    sources: Sequence[SourceRights] = ()
    is_own_work: bool = False


async def get_rights(site: AppContext) -> Mapping[str, GraphRights]:
    """Return the rights of each graph of the served release, by its IRI."""

    async def read() -> Mapping[str, GraphRights]:
        release = site.served_release()
        return await read_rights(site.queries, release.manifest.graphs if release else None)

    return await site.once_per_release("rights of graphs", read)


async def read_rights(reader: GraphReader, graphs: Iterable[str] | None) -> Mapping[str, GraphRights]:
    """Return the rights of *graphs*, by IRI.

    Args:
        reader: reads the release that has the graphs.
        graphs: their IRIs; ``None``: those that cite a source or are described.
    """
    sources = {
        iri: _make_source(iri, values) for iri, values in _group(await reader.select(_SOURCES), "source").items()
    }
    described = _group(await reader.select(_DESCRIBED), "graph")
    cited: dict[str, set[str]] = {}
    for row in await reader.select(_CITED):
        cited.setdefault(row["graph"].value, set()).add(row["source"].value)
    return {
        graph: _make_rights(
            graph,
            described.get(graph, {}),
            [sources.get(iri) or SourceRights(iri, iri.rpartition("/")[2]) for iri in cited.get(graph, ())],
        )
        for graph in sorted({*cited, *described} if graphs is None else graphs)
    }


def _make_rights(graph: str, described: Mapping[str, str], sources: Collection[SourceRights]) -> GraphRights:
    title = described.get("title")
    if graph == ENTAILED_GRAPH:
        return GraphRights(graph, title, None, DERIVED)
    license_, statement = described.get("license"), described.get("rights")
    if license_ is None and graph in _list_shipped():
        license_ = PROJECT_LICENSE
    if statement is None:
        own = OWN_WORK if sources else OWN_WORK_ONLY
        statement = own if license_ == PROJECT_LICENSE else NOT_STATED if license_ is None else f"Licence: {license_}"
    by_name = sorted(sources, key=lambda one: (one.name, one.iri))
    is_own_work = license_ is not None and not sources and "rights" not in described
    return GraphRights(graph, title, license_, statement, by_name, is_own_work)


def _make_source(iri: str, values: Mapping[str, str]) -> SourceRights:
    return SourceRights(
        iri,
        values.get("prefLabel") or iri.rpartition("/")[2],
        values.get("bibliographicCitation"),
        values.get("license") or values.get("rights"),
        values.get("issued"),
        values.get("consultedOn"),
        values.get("url"),
    )


def _group(rows: Iterable[SolutionRow], subject: str) -> dict[str, dict[str, str]]:
    """Return the values of each subject by the local name of their property; of texts, the English one."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["value"].language not in {None, "en"}:
            continue
        name = row["property"].value.replace("#", "/").rpartition("/")[2]
        found.setdefault(row[subject].value, {}).setdefault(name, row["value"].value)
    return found


@cache
def _list_shipped() -> frozenset[str]:
    return frozenset(graph for graph, _ in list_shipped_sources())


def get_rights_iri(graph: str) -> str:
    """Return the IRI of the statement of the rights of a graph, or of the whole dataset."""
    return graph + ("-rights" if "#" in graph else "#rights")


def state_rights(rights: Iterable[GraphRights]) -> list[ox.Quad]:
    """Return the rights of graphs in RDF, as the catalogue and the dumps have them.

    Each graph has one ``dcterms:rights``, a ``dcterms:RightsStatement``: in words, with the licence of the project's
    own work. It has a ``dcterms:license`` only if all of it is the project's own work.
    """
    quads: list[ox.Quad] = []

    def add(subject: str, name: str, value: ox.NamedNode | ox.Literal) -> None:
        quads.append(ox.Quad(ox.NamedNode(subject), ox.NamedNode(expand_name(name)), value))

    named: dict[str, SourceRights] = {}
    for one in rights:
        statement = get_rights_iri(one.graph)
        add(one.graph, "dcterms:rights", ox.NamedNode(statement))
        add(statement, "rdf:type", ox.NamedNode(PREFIXES["dcterms"] + "RightsStatement"))
        add(statement, "rdfs:label", ox.Literal(one.statement, language="en"))
        if one.license:
            license_ = _parse_iri(one.license) or ox.Literal(one.license)
            add(statement, "dcterms:license", license_)
            if one.is_own_work:
                add(one.graph, "dcterms:license", license_)
        for source in one.sources:
            add(one.graph, "prov:wasDerivedFrom", ox.NamedNode(source.iri))
            named[source.iri] = source
    for iri, source in sorted(named.items()):
        add(iri, "dcterms:title", ox.Literal(source.name, language="en"))
        for name, text in (
            ("dcterms:bibliographicCitation", source.citation),
            ("dcterms:rights", source.rights),
            ("dcterms:issued", source.issued),
            ("jwp:consultedOn", source.consulted),
        ):
            if text:
                add(iri, name, _get_date_or_text(text))
        if source.url and (page := _parse_iri(source.url)):
            add(iri, "foaf:page", page)
    add(PROJECT_LICENSE, "rdf:type", ox.NamedNode(PREFIXES["dcterms"] + "LicenseDocument"))
    return quads


def _parse_iri(text: str) -> ox.NamedNode | None:
    """Return *text* as an IRI if it is one; loaded data may contain anything."""
    try:
        return ox.NamedNode(text) if ":" in text else None
    except ValueError:
        return None


def _get_date_or_text(text: str) -> ox.Literal:
    kinds = {4: "gYear", 7: "gYearMonth", 10: "date"}
    if text.replace("-", "").isdigit() and len(text) in kinds:
        return ox.Literal(text, datatype=ox.NamedNode(PREFIXES["xsd"] + kinds[len(text)]))
    return ox.Literal(text)


#: The rights in all graphs together.
WHOLE_DATASET: Final = GraphRights(BASE + "dataset", None, PROJECT_LICENSE, WHOLE)
