"""Works that a source cites for a taxon, and those that a taxonomy follows for it: its standard references."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.species_plus.statements import Statements, term
from jwpgraph.sources.species_plus.taxa import Taxon
from jwpgraph.vocabulary import identifier

_LONGEST_LABEL: Final = 80


@dataclass(frozen=True, slots=True)
class Work:
    """A work as a source cites it.

    Attributes:
        slug: of its IRI, as in ``source/<slug>``.
        citation: how the source cites it.
        year: of publication; empty, or no year, when the source does not say.
    """

    slug: str
    citation: str
    year: str = ""


def work(statements: Statements, one: Work, origin: str) -> str:
    """State what a work is called, on the authority of *origin*; returns its IRI."""
    iri = identifier("source", one.slug)
    label = one.citation
    if len(label) > _LONGEST_LABEL:
        label = label[:_LONGEST_LABEL].rpartition(" ")[0].rstrip(" ,.:;(") + " …"
    statements.link(iri, term("rdf:type"), term("jwp:Source"))
    statements.text(iri, term("skos:prefLabel"), label, "en")
    statements.text(iri, term("dcterms:bibliographicCitation"), one.citation)
    if len(one.year) == 4 and one.year.isdecimal() and one.year.isascii():
        statements.value(iri, term("dcterms:issued"), one.year, "gYear")
    statements.link(iri, term("dcterms:source"), origin)
    return iri


def cite(statements: Statements, subject: str, one: Work, origin: str) -> None:
    """State that a source refers to a work where it speaks of a thing."""
    statements.link(subject, term("dcterms:references"), work(statements, one, origin))


def standard_reference(
    statements: Statements, taxon: Taxon, one: Work, origin: str, *, below: bool, excluded: Sequence[Taxon] = ()
) -> None:
    """State that a taxonomy follows a work for a taxon.

    Args:
        statements: where to state it.
        taxon: the taxon.
        one: the work.
        origin: the IRI of the export that says so.
        below: whether it holds for the taxa below, too.
        excluded: taxa below for which it does not.
    """
    iri = identifier("standard-reference", taxon.taxonomy, taxon.slug, one.slug)
    cite(statements, taxon.iri, one, origin)
    statements.link(iri, term("rdf:type"), term("jwp:StandardReference"))
    statements.link(iri, term("jwp:ofTaxon"), taxon.iri)
    cite(statements, iri, one, origin)
    statements.value(iri, term("jwp:includesBelow"), str(below).lower(), "boolean")
    for other in excluded:
        statements.link(iri, term("jwp:excludesTaxon"), other.iri)
    statements.link(iri, term("dcterms:source"), origin)
