"""Taxon concepts with their names, parents and places, as statements in the terms of the ontology."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.species_plus.identifiers import (
    TaxonSlugs,
    common_name_iri,
    distribution_iri,
    name_iri,
)
from jwpgraph.sources.species_plus.languages import tag_as_written
from jwpgraph.sources.species_plus.settled import Settled
from jwpgraph.sources.species_plus.statements import Statements, term
from jwpgraph.sources.tables import Rejected
from jwpgraph.vocabulary import identifier

#: Ranks of Species+, highest first, with the slugs that they have here.
RANKS: Final = (
    "kingdom",
    "phylum",
    "class",
    "subclass",
    "order",
    "family",
    "subfamily",
    "genus",
    "species",
    "subspecies",
    "variety",
)
TAXONOMIES: Final = {"CITES_EU": "cites", "CITES": "cites", "CMS": "cms"}

_TYPE: Final = term("rdf:type")
_SOURCE: Final = term("dcterms:source")
_LABEL: Final = term("skos:prefLabel")
_ALT_LABEL: Final = term("skos:altLabel")
_SCIENTIFIC: Final = term("dwc:scientificName")
_AUTHOR: Final = term("dwc:scientificNameAuthorship")
_VERNACULAR: Final = term("dwc:vernacularName")
_LITERAL: Final = term("skosxl:literalForm")
_RANK: Final = term("jwp:rank")
_ACCORDING: Final = term("tcs:accordingTo")
_PARENT: Final = term("tcs:parentTaxonConcept")
_NAME: Final = term("tcs:taxonName")
_SYNONYM: Final = term("tcs:synonym")
_COMMON: Final = term("tcs:vernacularName")
_NUMBER: Final = term("jwp:speciesPlusId")
_OF: Final = term("jwp:ofTaxon")
_IN: Final = term("jwp:inPlace")
_STATUS: Final = term("jwp:distributionStatus")
_CONCEPT: Final = term("jwp:TaxonConcept")
_TAXON_NAME: Final = term("jwp:TaxonName")
_COMMON_NAME: Final = term("jwp:CommonName")
_DISTRIBUTION: Final = term("jwp:Distribution")


def rank_slug(text: str, column: str) -> str:
    """The slug of a rank as Species+ writes it.

    Raises:
        Rejected: naming *column*, when there is no such rank.
    """
    rank = text.strip().lower()
    if rank not in RANKS:
        raise Rejected(column, "is no rank that Species+ has", text)
    return rank


@dataclass(frozen=True, slots=True)
class Taxon:
    """A taxon concept that has been stated.

    Attributes:
        taxonomy: ``cites`` or ``cms``.
        slug: what its IRI ends in.
        name: its accepted scientific name.
        rank: its rank's slug.
    """

    taxonomy: str
    slug: str
    name: str
    rank: str

    @property
    def iri(self) -> str:
        """The concept's IRI."""
        return identifier("taxon", self.taxonomy, self.slug)


class TaxonWriter:
    """States taxa of one taxonomy on the authority of one source.

    Args:
        statements: where to state them.
        taxonomy: ``cites`` or ``cms``.
        source: the source's IRI.
        settled: what others have said of taxa.
    """

    def __init__(self, statements: Statements, taxonomy: str, source: str, settled: Settled | None = None) -> None:
        self.statements = statements
        self.taxonomy = taxonomy
        self.source = source
        self.slugs = TaxonSlugs()
        self._settled = settled or Settled()
        self._known: set[str] = set()
        self._ranks = {rank: identifier("taxon-rank", rank) for rank in RANKS}
        self._according = identifier("taxonomy", taxonomy)

    def concept(
        self, name: str, rank: str, *, author: str = "", number: str = "", parent: Taxon | None = None
    ) -> Taxon:
        """State a concept with its accepted name; a concept may be stated again, with more.

        Args:
            name: the scientific name.
            rank: the rank's slug.
            author: author and year.
            number: the identifier of Species+.
            parent: the concept above it.
        """
        taxon = Taxon(self.taxonomy, self.slugs.slug(name, rank, number), name, rank)
        statements, iri = self.statements, taxon.iri
        if taxon.slug not in self._known:
            self._known.add(taxon.slug)
            statements.link(iri, _TYPE, _CONCEPT)
            if self._settled.takes(iri, _LABEL, name, self.source):
                statements.text(iri, _LABEL, name, "la")
                statements.text(iri, _SCIENTIFIC, name, "la")
            else:
                statements.text(iri, _ALT_LABEL, name, "la")
            if self._settled.takes(iri, _RANK, self._ranks[rank], self.source):
                statements.link(iri, _RANK, self._ranks[rank])
            statements.link(iri, _ACCORDING, self._according)
            statements.link(iri, _SOURCE, self.source)
            if parent and self._settled.takes(iri, _PARENT, parent.iri, self.source):
                statements.link(iri, _PARENT, parent.iri)
        if author:
            statements.text(iri, _AUTHOR, author)
        if author or rank in ("species", "subspecies", "variety"):
            statements.link(iri, _NAME, self.name(name, author))
        if number:
            statements.text(iri, _NUMBER, number)
        return taxon

    def lineage(self, names: Iterable[tuple[str, str]]) -> Taxon | None:
        """State the taxa of a lineage, pairs of rank and name from the highest down; returns the last one."""
        parent: Taxon | None = None
        for rank, name in names:
            if name:
                parent = self.concept(name, rank, parent=parent)
        return parent

    def name(self, name: str, author: str) -> str:
        """State a scientific name; returns its IRI."""
        iri = name_iri(name, author)
        self.statements.link(iri, _TYPE, _TAXON_NAME)
        self.statements.text(iri, _LITERAL, name, "la")
        self.statements.link(iri, _SOURCE, self.source)
        if author:
            self.statements.text(iri, _AUTHOR, author)
        return iri

    def synonym(self, taxon: Taxon, name: str, author: str) -> None:
        """State that the taxonomy takes a name for a synonym."""
        self.statements.link(taxon.iri, _SYNONYM, self.name(name, author))
        if name != taxon.name:
            self.statements.text(taxon.iri, _ALT_LABEL, name, "la")

    def common_name(self, taxon: Taxon, name: str, language: str) -> str:
        """State a common name in a language (BCP 47), a transliteration as one; returns the IRI of its record."""
        language = tag_as_written(language, name)
        iri = common_name_iri(self.taxonomy, taxon.slug, language, name)
        self.statements.link(taxon.iri, _COMMON, iri)
        self.statements.text(taxon.iri, _VERNACULAR, name, language)
        self.statements.link(iri, _TYPE, _COMMON_NAME)
        self.statements.text(iri, _LITERAL, name, language)
        self.statements.link(iri, _SOURCE, self.source)
        return iri

    def distribution(self, taxon: Taxon, place: str, statuses: Sequence[str]) -> None:
        """State that a taxon occurs in a place, and how (slugs of distribution statuses)."""
        iri = distribution_iri(self.taxonomy, taxon.slug, place.rpartition("/")[2])
        self.statements.link(iri, _TYPE, _DISTRIBUTION)
        self.statements.link(iri, _OF, taxon.iri)
        self.statements.link(iri, _IN, place)
        self.statements.link(iri, _SOURCE, self.source)
        for status in statuses:
            self.statements.link(iri, _STATUS, identifier("distribution-status", status))
