"""Graph of a work programme's document: the position of each activity and, on request, its official text.

The positions are facts and are shipped. The wording is not ours: it goes into a separate graph, made from the document
that an operator supplies. That graph repeats no shipped statement.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode, Store, Triple

from jwpgraph.sources.work_programme import SourceActivity, WorkProgramme
from jwpgraph.sources.work_programme_curated import CuratedActivity, CuratedProgramme
from jwpgraph.vocabulary import ID, JWP, PREFIXES, make_entity_iri, make_graph_iri

SPANS_GRAPH: Final = make_graph_iri("source-spans")

_RDF_TYPE: Final = NamedNode(PREFIXES["rdf"] + "type")
_PREF_LABEL: Final = NamedNode(PREFIXES["skos"] + "prefLabel")
_SHA256: Final = NamedNode(JWP + "sha256")


def make_official_text_graph_iri(slug: str) -> str:
    """Return the IRI of the graph with the official text of the programme called *slug*."""
    return make_graph_iri(f"official-text/{slug}")


def choose_turtle_prefixes(document: WorkProgramme, curated: CuratedProgramme) -> dict[str, str]:
    """Return prefixes for short Turtle of this document's graph."""
    return {
        "activity": f"{ID}activity/{curated.slug}/",
        "excerpt": _list_excerpts(document),
        "source": f"{ID}source/",
        "theme": f"{ID}theme/{curated.slug}/",
    }


def make_span_triples(document: WorkProgramme, curated: CuratedProgramme) -> Iterator[Triple]:
    """Yield the positions of the document's activities, with digests but without wording.

    Offsets count code points of the decoded text. The digest of an activity is that of its verbatim text in UTF-8; the
    digest of the document is that of the file. For a repeated code the first occurrence is used; codes that are not
    curated are omitted.
    """
    file = NamedNode(_describe_file(document, curated))
    source = NamedNode(make_entity_iri("source", curated.slug))
    label = f"Text file of the {curated.label} ({document.source.sha256[:12]})"
    yield Triple(file, _RDF_TYPE, NamedNode(PREFIXES["schema"] + "MediaObject"))
    yield Triple(file, _PREF_LABEL, Literal(label, language="en"))
    yield Triple(file, NamedNode(PREFIXES["dcterms"] + "isFormatOf"), source)
    yield Triple(
        file, NamedNode(PREFIXES["schema"] + "contentSize"), Literal(f"{len(document.source.text)} characters")
    )
    yield Triple(file, _SHA256, Literal(document.source.sha256))
    for expected, activity in _link_document(document, curated):
        excerpt = NamedNode(f"{_list_excerpts(document)}{activity.code}")
        passage = activity.passage
        yield Triple(excerpt, _RDF_TYPE, NamedNode(JWP + "Excerpt"))
        yield Triple(excerpt, _PREF_LABEL, Literal(f"Place of {activity.code} in the document", language="en"))
        yield Triple(excerpt, NamedNode(JWP + "excerptOf"), NamedNode(expected.iri))
        yield Triple(excerpt, NamedNode(JWP + "locator"), Literal(activity.code))
        yield Triple(excerpt, NamedNode(PREFIXES["dcterms"] + "isPartOf"), file)
        yield Triple(excerpt, NamedNode(PREFIXES["oa"] + "start"), _make_offset_literal(passage.start))
        yield Triple(excerpt, NamedNode(PREFIXES["oa"] + "end"), _make_offset_literal(passage.end))
        yield Triple(excerpt, _SHA256, Literal(passage.sha256))
        yield Triple(excerpt, NamedNode(PREFIXES["dcterms"] + "source"), source)


def make_text_triples(document: WorkProgramme, curated: CuratedProgramme) -> Iterator[Triple]:
    """Yield the official text of introductions of curated themes, of activities, and of parts with a bullet."""
    themes = {theme.letter: theme.iri for theme in curated.themes}
    for theme in document.themes:
        if theme.official_text and theme.letter in themes:
            yield _make_text_triples(themes[theme.letter], theme.official_text)
    for expected, activity in _link_document(document, curated):
        yield _make_text_triples(expected.iri, activity.official_text)
        bullets = {bullet.number: bullet.passage.text for bullet in activity.bullets}
        for part in expected.parts:
            if part.bullet in bullets:
                yield _make_text_triples(part.iri, bullets[part.bullet])


def make_official_text_triples(document: WorkProgramme, curated: CuratedProgramme, shipped: Store) -> list[Triple]:
    """Return the text and spans of *document*, without statements that *shipped* contains in any graph."""
    triples = [*make_text_triples(document, curated), *make_span_triples(document, curated)]
    return [triple for triple in triples if not _is_stated(shipped, triple)]


def _is_stated(data: Store, triple: Triple) -> bool:
    return next(iter(data.quads_for_pattern(triple.subject, triple.predicate, triple.object)), None) is not None


def _link_document(
    document: WorkProgramme, curated: CuratedProgramme
) -> Iterator[tuple[CuratedActivity, SourceActivity]]:
    first = {activity.code: activity for activity in reversed(document.activities)}
    return ((expected, first[expected.code]) for expected in curated.activities if expected.code in first)


def _list_excerpts(document: WorkProgramme) -> str:
    return make_entity_iri("excerpt", document.source.sha256[:12]) + "/"


def _describe_file(document: WorkProgramme, curated: CuratedProgramme) -> str:
    return make_entity_iri("source", curated.slug, document.source.sha256[:12])


def _make_offset_literal(position: int) -> Literal:
    return Literal(str(position), datatype=NamedNode(PREFIXES["xsd"] + "nonNegativeInteger"))


def _make_text_triples(iri: str, text: str) -> Triple:
    return Triple(NamedNode(iri), NamedNode(JWP + "officialText"), Literal(text, language="en"))
