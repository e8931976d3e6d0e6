"""Writer for taxon concepts with their names, parents and places, in terms of the ontology."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.conflicts import FirstSourceWins
from jwpgraph.sources.species_plus.identifiers import (
    TaxonSlugs,
    make_common_name_iri,
    make_distribution_iri,
    make_name_iri,
)
from jwpgraph.sources.species_plus.languages import tag_as_written
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.vocabulary import make_entity_iri

#: Ranks of Species+ from the highest down, as slugs.
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

_TYPE: Final = expand_term("rdf:type")
_SOURCE: Final = expand_term("dcterms:source")
_LABEL: Final = expand_term("skos:prefLabel")
_ALT_LABEL: Final = expand_term("skos:altLabel")
_CANONICAL: Final = expand_term("gbif:canonicalName")
_FULL: Final = expand_term("dwc:scientificName")
_AUTHOR: Final = expand_term("dwc:scientificNameAuthorship")
_VERNACULAR: Final = expand_term("dwc:vernacularName")
_LITERAL: Final = expand_term("skosxl:literalForm")
_STRING: Final = expand_term("tcs:nameString")
_RANK: Final = expand_term("jwp:rank")
_ACCORDING: Final = expand_term("tcs:accordingTo")
_PARENT: Final = expand_term("tcs:parentTaxonConcept")
_NAME: Final = expand_term("tcs:taxonName")
_SYNONYM: Final = expand_term("tcs:synonym")
_COMMON: Final = expand_term("tcs:vernacularName")
_NUMBER: Final = expand_term("jwp:speciesPlusId")
_OF: Final = expand_term("jwp:ofTaxon")
_IN: Final = expand_term("jwp:inPlace")
_STATUS: Final = expand_term("jwp:distributionStatus")
_CONCEPT: Final = expand_term("jwp:TaxonConcept")
_TAXON_NAME: Final = expand_term("jwp:TaxonName")
_COMMON_NAME: Final = expand_term("jwp:CommonName")
_DISTRIBUTION: Final = expand_term("jwp:Distribution")


def parse_rank(text: str, column: str) -> str:
    """Return the slug of a rank in Species+ notation.

    Raises:
        RowRejectedError: with *column*, if the rank is unknown.
    """
    rank = text.strip().lower()
    if rank not in RANKS:
        raise RowRejectedError(column, "is not a rank of Species+", text)
    return rank


@dataclass(frozen=True, slots=True)
class StatedTaxon:
    """A taxon concept that has been stated.

    Attributes:
        taxonomy: ``cites`` or ``cms``.
        slug: the last part of its IRI.
        name: its accepted scientific name.
        rank: its rank's slug.
    """

    taxonomy: str
    slug: str
    name: str
    rank: str

    @property
    def iri(self) -> str:
        """Return the concept's IRI."""
        return make_entity_iri("taxon", self.taxonomy, self.slug)


class AcceptedNames:
    """The accepted names of the taxa of one import, stated at its end: one for each taxon.

    A row that names a taxon's parent lacks the author, which another row or file can give, so no name is stated before
    all rows are read.
    """

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, str, str]] = {}

    def add(self, taxon: str, name: str, author: str, source: str) -> None:
        """Note the name of a taxon; the first name with an author is kept.

        Args:
            taxon: the taxon's IRI.
            name: the scientific name.
            author: author and year, or nothing.
            source: the IRI of the source.
        """
        there = self._names.get(taxon)
        if there is None or (author and not there[1] and there[0] == name):
            self._names[taxon] = name, author, source

    def state(self, statements: SortedStatements, settled: FirstSourceWins) -> None:
        """State the names, unless a published name differs."""
        for taxon, (name, author, source) in sorted(self._names.items()):
            named = make_name_iri(name, author)
            if not settled.takes(taxon, _NAME, named, source):
                continue
            state_name(statements, settled, name, author, source)
            statements.link(taxon, _NAME, named)
            full = f"{name} {author}".strip()
            if settled.takes(taxon, _FULL, full, source):
                statements.text(taxon, _FULL, full)
            if author and settled.takes(taxon, _AUTHOR, author, source):
                statements.text(taxon, _AUTHOR, author)


def state_name(statements: SortedStatements, settled: FirstSourceWins, name: str, author: str, source: str) -> str:
    """State a scientific name, with its author unless another spelling of it is settled; return its IRI."""
    iri = make_name_iri(name, author)
    statements.link(iri, _TYPE, _TAXON_NAME)
    statements.text(iri, _LITERAL, name, "la")
    statements.text(iri, _STRING, name)
    if source:
        statements.link(iri, _SOURCE, source)
    if author and settled.takes(iri, _AUTHOR, author, source):
        statements.text(iri, _AUTHOR, author)
    return iri


class TaxonWriter:
    """Writer for taxa of one taxonomy with one source.

    Args:
        statements: receives the statements.
        taxonomy: ``cites`` or ``cms``.
        source: the source's IRI; empty for statements from general knowledge.
        settled: functional values of taxa from other sources.
        accepted: receives the accepted names.
    """

    def __init__(
        self,
        statements: SortedStatements,
        taxonomy: str,
        source: str,
        settled: FirstSourceWins | None = None,
        accepted: AcceptedNames | None = None,
    ) -> None:
        self.statements = statements
        self.taxonomy = taxonomy
        self.source = source
        self.slugs = TaxonSlugs()
        self._settled = settled or FirstSourceWins()
        self._accepted = accepted or AcceptedNames()
        self._known: set[str] = set()
        self._ranks = {rank: make_entity_iri("taxon-rank", rank) for rank in RANKS}
        self._according = make_entity_iri("taxonomy", taxonomy)

    def concept(
        self, name: str, rank: str, *, author: str = "", number: str = "", parent: StatedTaxon | None = None
    ) -> StatedTaxon:
        """State a concept and note its accepted name; a later call may add to it.

        Args:
            name: the scientific name.
            rank: the rank's slug.
            author: author and year.
            number: the identifier in Species+.
            parent: the parent concept.
        """
        taxon = StatedTaxon(self.taxonomy, self.slugs.slug(name, rank, number), name, rank)
        statements, iri = self.statements, taxon.iri
        if taxon.slug not in self._known:
            self._known.add(taxon.slug)
            statements.link(iri, _TYPE, _CONCEPT)
            if self._settled.takes(iri, _LABEL, name, self.source):
                statements.text(iri, _LABEL, name, "la")
                statements.text(iri, _CANONICAL, name)
            else:
                statements.text(iri, _ALT_LABEL, name, "la")
            if self._settled.takes(iri, _RANK, self._ranks[rank], self.source):
                statements.link(iri, _RANK, self._ranks[rank])
            statements.link(iri, _ACCORDING, self._according)
            if self.source:
                statements.link(iri, _SOURCE, self.source)
            if parent and self._settled.takes(iri, _PARENT, parent.iri, self.source):
                statements.link(iri, _PARENT, parent.iri)
        self._accepted.add(iri, name, author, self.source)
        if number:
            statements.text(iri, _NUMBER, number)
        return taxon

    def lineage(self, names: Iterable[tuple[str, str]]) -> StatedTaxon | None:
        """State the taxa of a lineage, pairs of rank and name from the highest down; return the last one."""
        parent: StatedTaxon | None = None
        for rank, name in names:
            if name:
                parent = self.concept(name, rank, parent=parent)
        return parent

    def name(self, name: str, author: str) -> str:
        """State a scientific name; return its IRI."""
        return state_name(self.statements, self._settled, name, author, self.source)

    def synonym(self, taxon: StatedTaxon, name: str, author: str) -> None:
        """State that the taxonomy treats a name as a synonym."""
        self.statements.link(taxon.iri, _SYNONYM, self.name(name, author))
        if name != taxon.name:
            self.statements.text(taxon.iri, _ALT_LABEL, name, "la")

    def common_name(self, taxon: StatedTaxon, name: str, language: str) -> str:
        """State a common name in a language (BCP 47), marking transliterations; return the IRI of its record."""
        language = tag_as_written(language, name)
        iri = make_common_name_iri(self.taxonomy, taxon.slug, language, name)
        self.statements.link(taxon.iri, _COMMON, iri)
        self.statements.text(taxon.iri, _VERNACULAR, name, language)
        self.statements.link(iri, _TYPE, _COMMON_NAME)
        self.statements.text(iri, _LITERAL, name, language)
        self.statements.link(iri, _SOURCE, self.source)
        return iri

    def distribution(self, taxon: StatedTaxon, place: str, statuses: Sequence[str]) -> None:
        """State that a taxon occurs in a place, with its status (slugs of distribution statuses)."""
        iri = make_distribution_iri(self.taxonomy, taxon.slug, place.rpartition("/")[2])
        self.statements.link(iri, _TYPE, _DISTRIBUTION)
        self.statements.link(iri, _OF, taxon.iri)
        self.statements.link(iri, _IN, place)
        self.statements.link(iri, _SOURCE, self.source)
        for status in statuses:
            self.statements.link(iri, _STATUS, make_entity_iri("distribution-status", status))
