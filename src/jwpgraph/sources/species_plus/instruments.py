"""Instruments under CMS by their names in Species+."""

from __future__ import annotations

from dataclasses import dataclass

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.instrument_names import SPECIES_PLUS_OTHERS, SPECIES_PLUS_SHIPPED
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.vocabulary import make_entity_iri


@dataclass(frozen=True, slots=True)
class CmsInstrument:
    """An instrument under CMS.

    Attributes:
        slug: the slug of its IRI.
        label: its short name; empty if the shipped data describe it.
        kind: the slug of its kind.
    """

    slug: str
    label: str = ""
    kind: str = ""

    @property
    def iri(self) -> str:
        """Return the instrument's IRI."""
        return make_entity_iri("instrument", self.slug)

    def describe(self, statements: SortedStatements, origin: ExportSource) -> None:
        """State the instrument, unless the shipped data contain it."""
        if not self.label:
            return
        statements.link(self.iri, expand_term("rdf:type"), expand_term("jwp:Instrument"))
        statements.text(self.iri, expand_term("skos:prefLabel"), self.label, "en")
        statements.link(self.iri, expand_term("jwp:instrumentKind"), make_entity_iri("instrument-kind", self.kind))
        statements.link(self.iri, expand_term("jwp:parentConvention"), make_entity_iri("instrument", "cms"))
        statements.link(self.iri, expand_term("dcterms:source"), origin.iri)


def find_instrument(name: str, column: str) -> CmsInstrument:
    """Return the instrument called *name* in Species+.

    Raises:
        RowRejectedError: with *column*, if the instrument is unknown.
    """
    key = " ".join(name.split()).casefold()
    if key in SPECIES_PLUS_SHIPPED:
        return CmsInstrument(SPECIES_PLUS_SHIPPED[key])
    if key not in SPECIES_PLUS_OTHERS:
        raise RowRejectedError(column, "is not a known instrument under CMS", name)
    return CmsInstrument(*SPECIES_PLUS_OTHERS[key])
