"""Works that a source cites for a taxon, including the standard references of a taxonomy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.encoding_repair import repair_encoding
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.sources.species_plus.taxa import StatedTaxon
from jwpgraph.vocabulary import make_entity_iri

_LONGEST_LABEL: Final = 80


@dataclass(frozen=True, slots=True)
class CitedWork:
    """A work as a source cites it.

    Attributes:
        slug: the slug of its IRI, as in ``source/<slug>``.
        citation: the citation in the source.
        year: the year of publication; empty or not a year if the source does not give it.
    """

    slug: str
    citation: str
    year: str = ""


def state_work(statements: SortedStatements, one: CitedWork, origin: str) -> str:
    """State a work with its source *origin*; return its IRI."""
    iri = make_entity_iri("source", one.slug)
    citation = label = repair_encoding(one.citation) or one.citation
    if len(label) > _LONGEST_LABEL:
        label = label[:_LONGEST_LABEL].rpartition(" ")[0].rstrip(" ,.:;(") + " …"
    statements.link(iri, expand_term("rdf:type"), expand_term("jwp:Source"))
    statements.text(iri, expand_term("skos:prefLabel"), label, "en")
    statements.text(iri, expand_term("dcterms:bibliographicCitation"), citation)
    if len(one.year) == 4 and one.year.isdecimal() and one.year.isascii():
        statements.value(iri, expand_term("dcterms:issued"), one.year, "gYear")
    statements.link(iri, expand_term("dcterms:source"), origin)
    return iri


def state_citation(statements: SortedStatements, subject: str, one: CitedWork, origin: str) -> None:
    """State that a source refers to a work for an entity."""
    statements.link(subject, expand_term("dcterms:references"), state_work(statements, one, origin))


def state_standard_reference(
    statements: SortedStatements,
    taxon: StatedTaxon,
    one: CitedWork,
    origin: str,
    *,
    below: bool,
    excluded: Sequence[StatedTaxon] = (),
) -> None:
    """State that a taxonomy follows a work for a taxon.

    Args:
        statements: receives the statements.
        taxon: the taxon.
        one: the work.
        origin: the IRI of the export.
        below: whether the reference also applies to lower taxa.
        excluded: lower taxa to which it does not apply.
    """
    iri = make_entity_iri("standard-reference", taxon.taxonomy, taxon.slug, one.slug)
    state_citation(statements, taxon.iri, one, origin)
    statements.link(iri, expand_term("rdf:type"), expand_term("jwp:StandardReference"))
    statements.link(iri, expand_term("jwp:ofTaxon"), taxon.iri)
    state_citation(statements, iri, one, origin)
    statements.value(iri, expand_term("jwp:includesBelow"), str(below).lower(), "boolean")
    for other in excluded:
        statements.link(iri, expand_term("jwp:excludesTaxon"), other.iri)
    statements.link(iri, expand_term("dcterms:source"), origin)
