"""Reading of the coverage table from a release, in four queries."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from jwpgraph.query_execution.queries import GraphReader
from jwpgraph.taxonomy.concepts import get_rank_slug
from jwpgraph.taxonomy.coverage import UN_LANGUAGES, CoverageTable, TaxonRow, read_offered
from jwpgraph.vocabulary import ID, PREFIX_LINES

#: The pattern of the statements that fill a field; it binds ?taxon and ?value.
_PATTERNS: Final = {
    "name-record": "?taxon tcs:taxonName ?value",
    "author": "?taxon dwc:scientificNameAuthorship ?value",
    "synonyms": "?taxon tcs:synonym ?value",
    "distribution": "?record jwp:ofTaxon ?taxon ; jwp:inPlace ?value",
    "red-list": "?value jwp:ofTaxon ?taxon ; jwp:redListCategory ?category",
    "instruments": "?value jwp:coversTaxon ?taxon",
    "restrictions": "?value jwp:restrictedTaxon ?taxon",
    "alignment": "?value jwp:subjectTaxon|jwp:objectTaxon ?taxon ; jwp:alignmentRelation ?relation",
    "references": "?taxon dcterms:references ?value",
    "species-plus": "?taxon jwp:speciesPlusId ?value",
    **{
        name: f"?taxon jwp:{name}Id ?value"
        for name in ("wikidata", "col", "eol", "gbif", "itis", "iucn", "ncbi", "worms", "avibase", "msw")
    },
    **{f"common-{tag}": f'?taxon dwc:vernacularName ?value FILTER(LANG(?value) = "{tag}")' for tag in UN_LANGUAGES},
    "listing-cites": f"?value jwp:listedTaxon ?taxon ; jwp:designation <{ID}instrument/cites>",
    "listing-cms": f"?value jwp:listedTaxon ?taxon ; jwp:designation <{ID}instrument/cms>",
}
_TAXA: Final = """SELECT ?taxon ?name ?label ?taxonomy ?rank ?parent WHERE {
  ?taxon a jwp:TaxonConcept ; tcs:accordingTo ?taxonomy .
  OPTIONAL { ?taxon gbif:canonicalName ?name } OPTIONAL { ?taxon skos:prefLabel ?label FILTER(LANG(?label) = "la") }
  OPTIONAL { ?taxon jwp:rank ?rank } OPTIONAL { ?taxon tcs:parentTaxonConcept ?parent }
}"""
# A group without included taxa stands for the taxon that has its name.
_GROUPS: Final = """SELECT ?group ?label ?position ?taxon WHERE {
  ?group a jwp:SpeciesGroup ; skos:prefLabel ?label FILTER(LANG(?label) = "en")
  { ?group jwp:includesTaxon ?taxon }
  UNION {
    ?group jwp:nameAsWritten ?name . ?taxon gbif:canonicalName ?name
    FILTER NOT EXISTS { ?group jwp:includesTaxon ?any }
  }
  OPTIONAL { ?group schema:position ?position }
} ORDER BY ?position ?group"""
_FOLLOWED: Final = """SELECT ?taxon ?excluded WHERE {
  ?reference a jwp:StandardReference ; jwp:ofTaxon ?taxon ; jwp:includesBelow true .
  OPTIONAL { ?reference jwp:excludesTaxon ?excluded }
}"""


#: Properties of each concept, by IRI.
_TaxonRows = dict[str, dict[str, str]]


async def read_coverage(queries: GraphReader) -> CoverageTable:
    """Read the coverage table of a release."""
    taxa: _TaxonRows = {}
    for found in await queries.select(PREFIX_LINES + _TAXA):
        taxa.setdefault(found["taxon"].value, {key: term.value for key, term in found.items()})
    branches = " UNION ".join(f'{{ {pattern} BIND("{key}" AS ?field) }}' for key, pattern in _PATTERNS.items())
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    counting = f"SELECT ?taxon ?field (COUNT(DISTINCT ?value) AS ?number) WHERE {{ {branches} }} GROUP BY ?taxon ?field"
    for found in await queries.select(PREFIX_LINES + counting):
        counts[found["taxon"].value][found["field"].value] = int(found["number"].value)
    labels: dict[str, str] = {}
    members: dict[str, list[str]] = defaultdict(list)
    for found in await queries.select(PREFIX_LINES + _GROUPS):
        slug = found["group"].value.rpartition("/")[2]
        labels[slug] = found["label"].value
        members[found["taxon"].value].append(slug)
    followed: dict[str, set[str]] = defaultdict(set)
    for found in await queries.select(PREFIX_LINES + _FOLLOWED):
        followed[found["taxon"].value].update([found["excluded"].value] if "excluded" in found else [])
    # Tens of thousands of rows would block the event loop.
    return await asyncio.to_thread(_make_table, taxa, counts, labels, members, followed)


def _make_table(
    taxa: _TaxonRows,
    counts: Mapping[str, Mapping[str, int]],
    labels: Mapping[str, str],
    members: Mapping[str, list[str]],
    followed: Mapping[str, set[str]],
) -> CoverageTable:
    order = list(labels)
    rows = []
    for iri, one in taxa.items():
        lineage = _read_lineage(iri, taxa)
        own = dict(counts.get(iri, {}))
        if taxa[lineage[-1]].get("rank", "").endswith("/kingdom"):
            own["kingdom"] = len(lineage) - 1
        groups = {slug for concept in lineage for slug in members.get(concept, ())}
        inherited = {
            key
            for key in ("listing-cites", "listing-cms")
            if any(counts.get(above, {}).get(key) for above in lineage[1:])
        }
        if any(higher in followed and not followed[higher] & set(lineage) for higher in lineage[1:]):
            inherited.add("references")
        rows.append(
            TaxonRow(
                iri,
                one.get("name") or one.get("label") or iri.rpartition("/")[2],
                one["taxonomy"].rpartition("/")[2],
                get_rank_slug(one.get("rank")),
                lineage,
                tuple(slug for slug in order if slug in groups),
                own,
                frozenset(inherited),
            )
        )
    rows.sort(key=lambda row: (order.index(row.groups[0]) if row.groups else len(order), row.name, row.taxonomy))
    return CoverageTable(rows, labels, read_offered())


def _read_lineage(iri: str, taxa: _TaxonRows) -> tuple[str, ...]:
    """Return the IRIs of a taxon and its ancestors; a cycle is followed once."""
    found = [iri]
    while (parent := taxa[found[-1]].get("parent", "")) in taxa and parent not in found:
        found.append(parent)
    return tuple(found)
