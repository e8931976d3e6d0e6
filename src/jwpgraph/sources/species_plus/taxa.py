"""Taxon concepts with their names, parents and places, as statements in the terms of the ontology."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.species_plus.conflicts import FirstSourceWins
from jwpgraph.sources.species_plus.identifiers import (
    TaxonSlugs,
    make_common_name_iri,
    make_distribution_iri,
    make_name_iri,
)
from jwpgraph.sources.species_plus.languages import tag_as_written
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, term_iri
from jwpgraph.sources.tables import RowRejectedError
from jwpgraph.vocabulary import entity_iri

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

_TYPE: Final = term_iri("rdf:type")
_SOURCE: Final = term_iri("dcterms:source")
_LABEL: Final = term_iri("skos:prefLabel")
_ALT_LABEL: Final = term_iri("skos:altLabel")
_SCIENTIFIC: Final = term_iri("dwc:scientificName")
_AUTHOR: Final = term_iri("dwc:scientificNameAuthorship")
_VERNACULAR: Final = term_iri("dwc:vernacularName")
_LITERAL: Final = term_iri("skosxl:literalForm")
_RANK: Final = term_iri("jwp:rank")
_ACCORDING: Final = term_iri("tcs:accordingTo")
_PARENT: Final = term_iri("tcs:parentTaxonConcept")
_NAME: Final = term_iri("tcs:taxonName")
_SYNONYM: Final = term_iri("tcs:synonym")
_COMMON: Final = term_iri("tcs:vernacularName")
_NUMBER: Final = term_iri("jwp:speciesPlusId")
_OF: Final = term_iri("jwp:ofTaxon")
_IN: Final = term_iri("jwp:inPlace")
_STATUS: Final = term_iri("jwp:distributionStatus")
_CONCEPT: Final = term_iri("jwp:TaxonConcept")
_TAXON_NAME: Final = term_iri("jwp:TaxonName")
_COMMON_NAME: Final = term_iri("jwp:CommonName")
_DISTRIBUTION: Final = term_iri("jwp:Distribution")


def parse_rank(text: str, column: str) -> str:
    """The slug of a rank as Species+ writes it.

    Raises:
        RowRejectedError: naming *column*, when there is no such rank.
    """
    rank = text.strip().lower()
    if rank not in RANKS:
        raise RowRejectedError(column, "is no rank that Species+ has", text)
    return rank


@dataclass(frozen=True, slots=True)
class StatedTaxon:
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
        return entity_iri("taxon", self.taxonomy, self.slug)


class TaxonWriter:
    """States taxa of one taxonomy on the authority of one source.

    Args:
        statements: where to state them.
        taxonomy: ``cites`` or ``cms``.
        source: the source's IRI.
        settled: what others have said of taxa.
    """

    def __init__(
        self, statements: SortedStatements, taxonomy: str, source: str, settled: FirstSourceWins | None = None
    ) -> None:
        self.statements = statements
        self.taxonomy = taxonomy
        self.source = source
        self.slugs = TaxonSlugs()
        self._settled = settled or FirstSourceWins()
        self._known: set[str] = set()
        self._ranks = {rank: entity_iri("taxon-rank", rank) for rank in RANKS}
        self._according = entity_iri("taxonomy", taxonomy)

    def concept(
        self, name: str, rank: str, *, author: str = "", number: str = "", parent: StatedTaxon | None = None
    ) -> StatedTaxon:
        """State a concept with its accepted name; a concept may be stated again, with more.

        Args:
            name: the scientific name.
            rank: the rank's slug.
            author: author and year.
            number: the identifier of Species+.
            parent: the concept above it.
        """
        taxon = StatedTaxon(self.taxonomy, self.slugs.slug(name, rank, number), name, rank)
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

    def lineage(self, names: Iterable[tuple[str, str]]) -> StatedTaxon | None:
        """State the taxa of a lineage, pairs of rank and name from the highest down; returns the last one."""
        parent: StatedTaxon | None = None
        for rank, name in names:
            if name:
                parent = self.concept(name, rank, parent=parent)
        return parent

    def name(self, name: str, author: str) -> str:
        """State a scientific name; returns its IRI."""
        iri = make_name_iri(name, author)
        self.statements.link(iri, _TYPE, _TAXON_NAME)
        self.statements.text(iri, _LITERAL, name, "la")
        self.statements.link(iri, _SOURCE, self.source)
        if author:
            self.statements.text(iri, _AUTHOR, author)
        return iri

    def synonym(self, taxon: StatedTaxon, name: str, author: str) -> None:
        """State that the taxonomy takes a name for a synonym."""
        self.statements.link(taxon.iri, _SYNONYM, self.name(name, author))
        if name != taxon.name:
            self.statements.text(taxon.iri, _ALT_LABEL, name, "la")

    def common_name(self, taxon: StatedTaxon, name: str, language: str) -> str:
        """State a common name in a language (BCP 47), a transliteration as one; returns the IRI of its record."""
        language = tag_as_written(language, name)
        iri = make_common_name_iri(self.taxonomy, taxon.slug, language, name)
        self.statements.link(taxon.iri, _COMMON, iri)
        self.statements.text(taxon.iri, _VERNACULAR, name, language)
        self.statements.link(iri, _TYPE, _COMMON_NAME)
        self.statements.text(iri, _LITERAL, name, language)
        self.statements.link(iri, _SOURCE, self.source)
        return iri

    def distribution(self, taxon: StatedTaxon, place: str, statuses: Sequence[str]) -> None:
        """State that a taxon occurs in a place, and how (slugs of distribution statuses)."""
        iri = make_distribution_iri(self.taxonomy, taxon.slug, place.rpartition("/")[2])
        self.statements.link(iri, _TYPE, _DISTRIBUTION)
        self.statements.link(iri, _OF, taxon.iri)
        self.statements.link(iri, _IN, place)
        self.statements.link(iri, _SOURCE, self.source)
        for status in statuses:
            self.statements.link(iri, _STATUS, entity_iri("distribution-status", status))
