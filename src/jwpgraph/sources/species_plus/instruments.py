"""Instruments under CMS by their names in Species+."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, term_iri
from jwpgraph.sources.tables import RowRejectedError
from jwpgraph.vocabulary import entity_iri

#: Name in Species+ -> slug of an instrument in the shipped data.
_SHIPPED: Final = {
    "bukhara deer": "bukhara-deer-mou",
    "gorillas": "gorilla-agreement",
    "raptors": "raptors-mou",
    "birds of prey": "raptors-mou",
    "saiga antelope": "saiga-mou",
    "sharks": "sharks-mou",
    "west african elephants": "west-african-elephant-mou",
    "cms - marine turtles - iosea": "iosea-turtles-mou",
    "iosea marine turtles": "iosea-turtles-mou",
    "cms - marine turtles africa": "atlantic-africa-turtles-mou",
    "atlantic turtles": "atlantic-africa-turtles-mou",
}
#: Name in Species+ -> slug, short name and kind of an instrument that is not in the shipped data.
_OTHERS: Final = {
    "acap": ("acap", "ACAP", "agreement"),
    "accobams": ("accobams", "ACCOBAMS", "agreement"),
    "aewa": ("aewa", "AEWA", "agreement"),
    "ascobans": ("ascobans", "ASCOBANS", "agreement"),
    "eurobats": ("eurobats", "EUROBATS", "agreement"),
    "wadden sea seals": ("wadden-sea-seals-agreement", "Wadden Sea Seals Agreement", "agreement"),
    "aquatic warbler": ("aquatic-warbler-mou", "Aquatic Warbler MOU", "memorandum-of-understanding"),
    "dugong": ("dugong-mou", "Dugong MOU", "memorandum-of-understanding"),
    "grassland birds": (
        "grassland-birds-mou",
        "Southern South American Grassland Birds MOU",
        "memorandum-of-understanding",
    ),
    "great bustard": ("great-bustard-mou", "Middle-European Great Bustard MOU", "memorandum-of-understanding"),
    "high andean flamingos": ("high-andean-flamingos-mou", "High Andean Flamingos MOU", "memorandum-of-understanding"),
    "huemul": ("huemul-mou", "Huemul MOU", "memorandum-of-understanding"),
    "mediterranean monk seal": ("monk-seal-mou", "Mediterranean Monk Seal MOU", "memorandum-of-understanding"),
    "pacific cetaceans": ("pacific-cetaceans-mou", "Pacific Islands Cetaceans MOU", "memorandum-of-understanding"),
    "ruddy-headed goose": ("ruddy-headed-goose-mou", "Ruddy-headed Goose MOU", "memorandum-of-understanding"),
    "siberian crane": ("siberian-crane-mou", "Siberian Crane MOU", "memorandum-of-understanding"),
    "slender-billed curlew": ("slender-billed-curlew-mou", "Slender-billed Curlew MOU", "memorandum-of-understanding"),
    "south andean huemul": ("huemul-mou", "Huemul MOU", "memorandum-of-understanding"),
    "western african aquatic mammals": (
        "west-african-aquatic-mammals-mou",
        "West African Aquatic Mammals MOU",
        "memorandum-of-understanding",
    ),
}


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
        return entity_iri("instrument", self.slug)

    def describe(self, statements: SortedStatements, origin: ExportSource) -> None:
        """State the instrument, unless the shipped data contain it."""
        if not self.label:
            return
        statements.link(self.iri, term_iri("rdf:type"), term_iri("jwp:Instrument"))
        statements.text(self.iri, term_iri("skos:prefLabel"), self.label, "en")
        statements.link(self.iri, term_iri("jwp:instrumentKind"), entity_iri("instrument-kind", self.kind))
        statements.link(self.iri, term_iri("jwp:parentConvention"), entity_iri("instrument", "cms"))
        statements.link(self.iri, term_iri("dcterms:source"), origin.iri)


def find_instrument(name: str, column: str) -> CmsInstrument:
    """Return the instrument called *name* in Species+.

    Raises:
        RowRejectedError: with *column*, if the instrument is unknown.
    """
    key = " ".join(name.split()).casefold()
    if key in _SHIPPED:
        return CmsInstrument(_SHIPPED[key])
    if key not in _OTHERS:
        raise RowRejectedError(column, "is not a known instrument under CMS", name)
    return CmsInstrument(*_OTHERS[key])
