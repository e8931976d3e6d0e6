"""Curated data of a work programme, to compare a document with and link it to."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode, QuerySolutions, RdfFormat, Store

from jwpgraph.problems import ProblemError
from jwpgraph.shipped_files import list_shipped_sources
from jwpgraph.vocabulary import ONTOLOGY_GRAPHS, PREFIXES, make_entity_iri

_PROLOGUE: Final = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
_LABELS: Final = "(skos:prefLabel|skos:altLabel|skos:hiddenLabel)"


@dataclass(frozen=True)
class CuratedPart:
    """A part of an activity; *bullet* is the number of the corresponding bullet, if the text has bullets."""

    iri: str
    bullet: int | None


@dataclass(frozen=True)
class CuratedHeading:
    """A heading: the letter of its theme, its preferred label and all labels by which it is recognised."""

    iri: str
    theme: str
    label: str
    labels: frozenset[str]


@dataclass(frozen=True)
class CuratedTheme:
    """A theme with its letter and labels."""

    iri: str
    letter: str
    label: str
    labels: frozenset[str]


@dataclass(frozen=True)
class CuratedActivity:
    """An activity.

    Attributes:
        items: the stated number of parts in its text.
        years: the years for which it is scheduled.
        text_sha256: digests of its text in the documents with known spans.
    """

    iri: str
    code: str
    theme: str
    heading: CuratedHeading | None
    items: int | None
    years: tuple[int, ...]
    parts: tuple[CuratedPart, ...]
    text_sha256: frozenset[str]

    @property
    def bullets(self) -> int | None:
        """Return the expected number of bullets in its text; ``None`` if its parts are not bullets."""
        numbers = {part.bullet for part in self.parts if part.bullet is not None}
        return len(numbers) or None


@dataclass(frozen=True)
class CuratedProgramme:
    """A programme with its activities in document order.

    Attributes:
        slug: as in ``jwp-2015-2020``.
        document_sha256: digests of the documents with known spans.
    """

    iri: str
    slug: str
    label: str
    years: tuple[int, int] | None
    themes: tuple[CuratedTheme, ...]
    headings: tuple[CuratedHeading, ...]
    activities: tuple[CuratedActivity, ...]
    document_sha256: frozenset[str]


def read_shipped_data() -> Store:
    """Return the shipped data, each file as a named graph, in memory."""
    store = Store()
    for graph, path in list_shipped_sources():
        if not graph.startswith(ONTOLOGY_GRAPHS):
            store.bulk_load(path=str(path), format=RdfFormat.TURTLE, to_graph=NamedNode(graph))
    return store


def read_curated_programme(data: Store, slug: str) -> CuratedProgramme:
    """Return the programme called *slug* from the union of all named graphs of *data*.

    Raises:
        ProblemError: ``unknown-programme`` if there is no such programme; the detail lists the programmes.
    """
    return _CuratedReader(data, slug).programme()


def list_programmes(data: Store) -> dict[str, tuple[int, int] | None]:
    """Return the work programmes of *data* by slug, each with its first and last year if both are recorded."""
    rows = _select(
        data,
        "SELECT ?programme ?from ?until WHERE { ?programme a jwp:WorkProgramme"
        " OPTIONAL { ?programme jwp:startYear ?from ; jwp:endYear ?until } } ORDER BY ?programme",
    )
    return {iri.rpartition("/")[2]: (int(start), int(end)) if start and end else None for iri, start, end in rows}


def find_programme(data: Store, years: tuple[int, int] | None) -> str:
    """Return the slug of the programme with the period *years*, or of the only one if the period is not known.

    Raises:
        ProblemError: ``unknown-programme`` if there is none or more than one.
    """
    known = list_programmes(data)
    found = [slug for slug, period in known.items() if years is None or period == years]
    if len(found) == 1:
        return found[0]
    period = f"the period {years[0]}–{years[1]} of the document" if years else "the document, which has no period"
    raise ProblemError(
        "unknown-programme",
        "There is no such work programme",
        f"{len(found) or 'No'} curated programmes go with {period}; known: {', '.join(known) or 'none'}."
        " Name one with --programme.",
    )


class _CuratedReader:
    def __init__(self, data: Store, slug: str) -> None:
        self._data = data
        self._slug = slug
        self._iri = make_entity_iri("work-programme", slug)

    def programme(self) -> CuratedProgramme:
        found = self._rows(
            "SELECT ?label ?from ?until WHERE { $programme a jwp:WorkProgramme ; skos:prefLabel ?label"
            " FILTER(langMatches(lang(?label), 'en'))"
            " OPTIONAL { $programme jwp:startYear ?from ; jwp:endYear ?until } }"
        )
        if not found:
            raise ProblemError("unknown-programme", "There is no such work programme", self._list_known())
        label, start, end = found[0]
        headings = self._headings()
        return CuratedProgramme(
            iri=self._iri,
            slug=self._slug,
            label=label,
            years=(int(start), int(end)) if start and end else None,
            themes=self._themes(),
            headings=tuple(headings.values()),
            activities=self._activities(headings),
            document_sha256=self._documents(),
        )

    def _list_known(self) -> str:
        rows = self._rows("SELECT ?other WHERE { ?other a jwp:WorkProgramme } ORDER BY ?other")
        known = ", ".join(row[0].rpartition("/")[2] for row in rows) or "none"
        return f"“{self._slug}” is not among the curated programmes; known: {known}."

    def _themes(self) -> tuple[CuratedTheme, ...]:
        labels = self._labels("jwp:Theme")
        rows = self._rows(
            "SELECT ?theme ?letter ?label WHERE { ?theme a jwp:Theme ; dcterms:isPartOf $programme ;"
            " skos:notation ?letter ; skos:prefLabel ?label FILTER(langMatches(lang(?label), 'en')) } ORDER BY ?letter"
        )
        return tuple(CuratedTheme(iri, letter, label, frozenset(labels[iri])) for iri, letter, label in rows)

    def _headings(self) -> dict[str, CuratedHeading]:
        labels = self._labels("jwp:Heading")
        rows = self._rows(
            "SELECT DISTINCT ?heading ?letter ?label WHERE { ?heading a jwp:Heading ; dcterms:isPartOf $programme ;"
            " skos:broader/skos:notation ?letter ; skos:prefLabel ?label FILTER(langMatches(lang(?label), 'en'))"
            " OPTIONAL { ?heading schema:position ?position } } ORDER BY ?position"
        )
        return {iri: CuratedHeading(iri, letter, label, frozenset(labels[iri])) for iri, letter, label in rows}

    def _labels(self, kind: str) -> dict[str, set[str]]:
        labels: dict[str, set[str]] = defaultdict(set)
        for iri, label in self._rows(
            f"SELECT ?thing ?label WHERE {{ ?thing a {kind} ; dcterms:isPartOf $programme ; {_LABELS} ?label"
            " FILTER(langMatches(lang(?label), 'en')) }"
        ):
            labels[iri].add(label)
        return labels

    def _activities(self, headings: dict[str, CuratedHeading]) -> tuple[CuratedActivity, ...]:
        parts, years, digests = self._parts(), self._years(), self._digests()
        rows = self._rows(
            "SELECT DISTINCT ?activity ?code ?letter ?heading ?items WHERE { ?activity a jwp:Activity ;"
            " dcterms:isPartOf $programme ; skos:notation ?code ; jwp:theme/skos:notation ?letter ."
            " OPTIONAL { ?activity schema:position ?position } OPTIONAL { ?activity jwp:heading ?heading }"
            " OPTIONAL { ?activity jwp:numberOfItems ?items } } ORDER BY ?position ?code"
        )
        return tuple(
            CuratedActivity(
                iri=iri,
                code=code,
                theme=letter,
                heading=headings.get(heading),
                items=int(items) if items else None,
                years=tuple(sorted(years[iri])),
                parts=tuple(parts[iri]),
                text_sha256=frozenset(digests[iri]),
            )
            for iri, code, letter, heading, items in rows
        )

    def _parts(self) -> dict[str, list[CuratedPart]]:
        parts: dict[str, list[CuratedPart]] = defaultdict(list)
        for activity, part, bullet in self._rows(
            "SELECT ?activity ?part ?bullet WHERE { ?activity dcterms:isPartOf $programme ."
            " ?part a jwp:ActivityPart ; dcterms:isPartOf ?activity . OPTIONAL { ?part schema:position ?position }"
            " OPTIONAL { ?part jwp:bullet ?bullet } } ORDER BY ?activity ?position"
        ):
            parts[activity].append(CuratedPart(part, int(bullet) if bullet else None))
        return parts

    def _years(self) -> dict[str, set[int]]:
        years: dict[str, set[int]] = defaultdict(set)
        for activity, year in self._rows(
            "SELECT ?activity ?year WHERE { ?activity dcterms:isPartOf $programme ; jwp:scheduledYear ?year }"
        ):
            years[activity].add(int(year))
        return years

    def _digests(self) -> dict[str, set[str]]:
        digests: dict[str, set[str]] = defaultdict(set)
        for thing, digest in self._rows("SELECT ?thing ?digest WHERE { ?e jwp:excerptOf ?thing ; jwp:sha256 ?digest }"):
            digests[thing].add(digest)
        return digests

    def _documents(self) -> frozenset[str]:
        file = f"?file dcterms:isFormatOf <{make_entity_iri('source', self._slug)}> ; jwp:sha256 ?digest"
        return frozenset(digest for (digest,) in self._rows(f"SELECT ?digest WHERE {{ {file} }}"))

    def _rows(self, query: str) -> list[tuple[str, ...]]:
        """Return the rows of *query*, with ``$programme`` replaced by the programme; unbound variables are empty
        strings.
        """
        return _select(self._data, query.replace("$programme", f"<{self._iri}>"))


def _select(data: Store, query: str) -> list[tuple[str, ...]]:
    """Return the rows of a SELECT over the union of all named graphs; unbound variables are empty strings."""
    solutions = data.query(_PROLOGUE + query, use_default_graph_as_union=True)
    assert isinstance(solutions, QuerySolutions)  # noqa: S101 - all queries here are SELECT
    return [tuple(term.value if isinstance(term, NamedNode | Literal) else "" for term in row) for row in solutions]
