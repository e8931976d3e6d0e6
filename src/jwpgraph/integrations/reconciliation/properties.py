"""Properties for reconciliation and data extension."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.vocabulary import JWP, PREFIXES

_XSD: Final = PREFIXES["xsd"]
_SKOS: Final = PREFIXES["skos"]
_IRI: Final = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20]+")


@dataclass(frozen=True, slots=True)
class ReconciliationProperty:
    """A property of entities.

    Attributes:
        id: identifier in the API.
        name: label.
        iri: IRI of the RDF property.
        types: local names of the classes that have it.
    """

    id: str
    name: str
    iri: str
    types: tuple[str, ...]


def _make(id_: str, name: str, iri: str, *types: str) -> ReconciliationProperty:
    return ReconciliationProperty(id_, name, iri, types)


PROPERTIES: Final = {
    one.id: one
    for one in (
        _make("notation", "Code", _SKOS + "notation", "Country", "Activity"),
        _make("iso_alpha3", "ISO 3166-1 alpha-3 code", JWP + "isoAlpha3", "Country"),
        _make("m49_code", "UN M49 code", JWP + "m49Code", "Country"),
        _make("region", "Region", JWP + "containedIn", "Country"),
        _make("scientific_name", "Scientific name", PREFIXES["gbif"] + "canonicalName", "TaxonConcept"),
        _make("taxonomy", "Taxonomy", PREFIXES["tcs"] + "accordingTo", "TaxonConcept"),
        _make("rank", "Rank", JWP + "rank", "TaxonConcept"),
        _make("parent_taxon", "Taxon above", PREFIXES["tcs"] + "parentTaxonConcept", "TaxonConcept"),
        _make("congruent_with", "Congruent taxon", PREFIXES["tcs"] + "isCongruentWith", "TaxonConcept"),
        _make("speciesplus_id", "Species+ identifier", JWP + "speciesPlusId", "TaxonConcept"),
        _make("wikidata_id", "Wikidata identifier", JWP + "wikidataId", "TaxonConcept"),
        _make("itis_id", "ITIS identifier", JWP + "itisId", "TaxonConcept"),
        _make("worms_id", "WoRMS identifier", JWP + "wormsId", "TaxonConcept"),
        _make("ncbi_id", "NCBI identifier", JWP + "ncbiId", "TaxonConcept"),
        _make("informea_code", "InforMEA treaty code", JWP + "informeaTreatyCode", "Instrument"),
        _make("parent_convention", "Convention", JWP + "parentConvention", "Instrument"),
        _make("effective_from", "In effect from", JWP + "effectiveFrom", "Instrument"),
        _make("theme", "Theme", JWP + "theme", "Activity"),
        _make("instruments", "Instruments", JWP + "involvesInstrument", "Activity"),
        _make("bodies", "Bodies", JWP + "involvesBody", "Activity"),
        _make("species_groups", "Species groups", JWP + "speciesGroup", "Activity"),
    )
}
_VALUES_QUERY: Final = f"""SELECT DISTINCT ?id ?value ?label WHERE {{
  ?id <%s> ?value .
  OPTIONAL {{ ?value <{_SKOS}prefLabel> ?label FILTER (LANG(?label) = "en") }} }}"""


async def _read_rows(site: AppContext, iri: str, name: str) -> list[SolutionRow]:
    known = PROPERTIES.get(name)
    if known is None or site.bound is None or not _IRI.fullmatch(iri):
        return []
    rows = await site.bound.select_bound(_VALUES_QUERY % known.iri, {"id": QueryTerm("uri", iri)})
    return sorted(rows, key=lambda row: (row["value"].value, row["value"].language or ""))


async def read_values(site: AppContext, iri: str, name: str) -> list[str]:
    """Return all textual forms of the values of a property: literals, IRIs and their last segments, labels."""
    found = []
    for row in await _read_rows(site, iri, name):
        value = row["value"].value
        found.append(value)
        if row["value"].kind == "uri":
            found.append(value.rpartition("/")[2])
        if "label" in row:
            found.append(row["label"].value)
    return found


async def extend_cells(site: AppContext, iri: str, name: str) -> list[dict[str, Any]]:
    """Return the values of a property for data extension (section 7.3)."""
    cells: dict[str, dict[str, Any]] = {}
    for row in await _read_rows(site, iri, name):
        value = row["value"]
        if value.kind == "uri":
            label = row["label"].value if "label" in row else value.value.rpartition("/")[2]
            cells[value.value] = {"id": value.value, "name": label}
        elif value.datatype == _XSD + "date":
            cells[value.value] = {"date": f"{value.value}T00:00:00Z"}
        else:
            cells[value.value] = {"str": value.value}
    return list(cells.values())
