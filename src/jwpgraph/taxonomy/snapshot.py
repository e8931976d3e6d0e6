"""Concepts, listing events and alignments read from a release, in two queries whatever is asked for.

The first query finds the concepts: those asked for, what stands above and below them, and what the other taxonomy has
for them. The second reads the listing events of all of these. What was read is plain values; see
:mod:`~jwpgraph.taxonomy.replay` for what is made of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import quote

from jwpgraph.query_execution.queries import GraphReader, SolutionRow
from jwpgraph.taxonomy.alignments import Alignment, AlignmentIndex, index_alignments
from jwpgraph.taxonomy.concepts import TaxonConcept, TaxonIndex, get_rank_slug, index_taxa
from jwpgraph.taxonomy.dates import DateInterval, PartialDate
from jwpgraph.taxonomy.event_reading import events_of_rows, events_query
from jwpgraph.taxonomy.horizon import Horizons, read_horizons
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.name_usages import ACCEPTED, NameUsage
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.resources import Resource, made, resources
from jwpgraph.vocabulary import ID, JWP, PREFIX_LINES, PREFIXES

_TCS, _DWC, _GBIF, _SKOS, _DCTERMS, _RDF = (PREFIXES[name] for name in ("tcs", "dwc", "gbif", "skos", "dcterms", "rdf"))
_TYPE = _RDF + "type"

# As in a filter: joined with a table of values, the pattern is evaluated for the whole store first.
_CONCEPT_PROPERTIES = (
    "rdf:type tcs:accordingTo gbif:canonicalName dwc:scientificNameAuthorship jwp:rank tcs:parentTaxonConcept "
    "skos:prefLabel skos:altLabel jwp:validFrom jwp:validUntil rdfs:comment skos:editorialNote "
    "jwp:subjectTaxon jwp:objectTaxon jwp:alignmentRelation dcterms:creator dcterms:created dcterms:source "
    "jwp:evidence jwp:mappingJustification jwp:confidence jwp:ofTaxon jwp:nameStatus"
).replace(" ", ", ")


@dataclass(frozen=True)
class TaxonomySnapshot:
    """What a release says of some concepts.

    Attributes:
        taxa: the concepts.
        events: their listing events.
        alignments: the alignments among them.
        usages: the names that the taxonomies use for them, where that is dated.
        unreadable: what had to be passed over, and why: IRI and reason.
        horizons: how far the listings of each treaty are complete.
    """

    taxa: TaxonIndex
    events: tuple[ListingEvent, ...] = ()
    alignments: AlignmentIndex = field(default_factory=AlignmentIndex)
    usages: tuple[NameUsage, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    horizons: Horizons = field(default_factory=Horizons)

    def events_of(self, lineage: Iterable[str]) -> list[ListingEvent]:
        """The events of the concepts in *lineage*."""
        found = [event for iri in set(lineage) for event in self._by_taxon.get(iri, ())]
        return sorted(found, key=lambda event: event.iri)

    @cached_property
    def _by_taxon(self) -> Mapping[str, Sequence[ListingEvent]]:
        found: dict[str, list[ListingEvent]] = {}
        for event in self.events:
            found.setdefault(event.taxon, []).append(event)
        return found

    def namesakes(self, concept: TaxonConcept) -> list[TaxonConcept]:
        """The concepts of other taxonomies that bear the name of *concept*."""
        return [one for one in self._by_name.get(concept.name, ()) if one.taxonomy != concept.taxonomy]

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[TaxonConcept]]:
        found: dict[str, list[TaxonConcept]] = {}
        for concept in self.taxa:
            found.setdefault(concept.name, []).append(concept)
        return found

    @property
    def listed_taxa(self) -> Collection[str]:
        """The concepts that events speak of."""
        return self._by_taxon.keys()


async def read_about(queries: GraphReader, roots: Sequence[str]) -> TaxonomySnapshot:
    """What the release says of the concepts *roots*, of what is above and below them and of their counterparts.

    Args:
        queries: reads from the release.
        roots: IRIs; what is no concept there is left out.
    """
    values = f"VALUES ?root {{ {' '.join(map(quote_iri, [*roots, *await _species_of(queries, roots)]))} }}"
    counterpart = "?any jwp:subjectTaxon|jwp:objectTaxon ?root ; jwp:subjectTaxon|jwp:objectTaxon ?other ."
    # What a concept lay within before it was recognized, or since, is found through the other taxonomy.
    former = (
        f"?root jwp:validFrom|jwp:validUntil ?end . {counterpart} "
        "?link jwp:subjectTaxon|jwp:objectTaxon ?other ; jwp:subjectTaxon|jwp:objectTaxon ?third ."
    )
    same_name = "?root gbif:canonicalName ?name . ?other gbif:canonicalName ?name ; tcs:accordingTo ?taxonomy"
    dated = "FILTER NOT EXISTS { ?s jwp:datesKnown false }"
    listed = "FILTER EXISTS { ?event jwp:listedTaxon ?s ; jwp:changeType ?change }"
    branches = (
        "?root tcs:parentTaxonConcept* ?s",
        f"{counterpart} ?other tcs:parentTaxonConcept* ?s",
        f"{same_name} . ?other tcs:parentTaxonConcept* ?s",
        "?s jwp:subjectTaxon|jwp:objectTaxon ?root",
        f"?s jwp:ofTaxon ?root ; jwp:usedName ?used {dated}",
        f"{former} ?third tcs:parentTaxonConcept* ?s",
        f"{former} BIND(?link AS ?s)",
        f"{former} ?s tcs:parentTaxonConcept+ ?third . {listed}",
        f"{counterpart} ?s jwp:ofTaxon ?other ; jwp:usedName ?used {dated}",
        f"?s tcs:parentTaxonConcept+ ?root . {listed}",
        f"{counterpart} ?s tcs:parentTaxonConcept+ ?other . {listed}",
    )
    chosen = " UNION ".join(f"{{ {values} {branch} }}" for branch in branches)
    return await _read_snapshot(queries, f"{{ SELECT DISTINCT ?s WHERE {{ {chosen} }} }}")


async def _species_of(queries: GraphReader, taxa: Iterable[str]) -> list[str]:
    """The species of those of *taxa* that are subspecies: what stands for it may stand for them."""
    ranks = ", ".join(f"<{ID}taxon-rank/{rank}>" for rank in ("subspecies", "variety"))
    rows = await queries.select(
        f"{PREFIX_LINES}SELECT DISTINCT ?species WHERE {{ VALUES ?taxon {{ {' '.join(map(quote_iri, taxa))} }} "
        f"?taxon jwp:rank ?rank ; tcs:parentTaxonConcept ?species FILTER(?rank IN ({ranks})) }}"
    )
    return [row["species"].value for row in rows]


async def read_all(queries: GraphReader) -> TaxonomySnapshot:
    """All that the release says of taxa, listings and alignments."""
    kinds = (
        "VALUES ?kind { jwp:TaxonConcept jwp:Alignment jwp:NameUsage } ?s rdf:type ?kind . "
        "FILTER NOT EXISTS { ?s jwp:datesKnown false }"
    )
    return await _read_snapshot(queries, f"{{ SELECT DISTINCT ?s WHERE {{ {kinds} }} }}", everything=True)


async def priority_concepts(queries: GraphReader) -> frozenset[str]:
    """The concepts in the species groups of the work programme."""
    rows = await queries.select(f"{PREFIX_LINES}SELECT DISTINCT ?taxon WHERE {{ ?group jwp:includesTaxon ?taxon }}")
    return frozenset(row["taxon"].value for row in rows)


@dataclass(frozen=True)
class CountryPresence:
    """That a taxon is known from a country.

    Attributes:
        statuses: IRIs of how it comes to be there; none where the record does not say.
        by_name: whether that is recorded of the concept of the same name in the other taxonomy only.
        former: IRIs and English names of the former areas that its records are of, where none is of the country
            itself: it may have been in another of their successors.
    """

    statuses: tuple[str, ...]
    by_name: bool
    former: tuple[tuple[str, str], ...] = ()


async def read_country(queries: GraphReader, country: str) -> tuple[TaxonomySnapshot, dict[str, CountryPresence]]:
    """The listed taxa that are known from *country*, and how each comes to be there.

    Where one taxonomy has no record of a taxon there, that of the concept of the same name in the other one is taken.
    """
    there = f"?record jwp:inPlace ?place ; jwp:ofTaxon ?here . {match_country_places(country)}"
    namesake = "?here gbif:canonicalName ?name . ?other gbif:canonicalName ?name ; tcs:accordingTo ?taxonomy ."
    branches = (
        f"{there} ?here tcs:parentTaxonConcept* ?s",
        f"{there} {namesake} ?other tcs:parentTaxonConcept* ?s",
        f"?event jwp:populationIn|jwp:populationOut {quote_iri(country)} ; jwp:listedTaxon ?s ; jwp:changeType ?change",
    )
    chosen = " UNION ".join(f"{{ {branch} }}" for branch in branches)
    reading = await _read_snapshot(queries, f"{{ SELECT DISTINCT ?s WHERE {{ {chosen} }} }}")
    return reading, await read_presence(queries, country, reading)


async def read_presence(queries: GraphReader, country: str, reading: TaxonomySnapshot) -> dict[str, CountryPresence]:
    """How the taxa of *reading* come to be in *country*, for those that are known from there."""
    rows = await queries.select(
        f"{PREFIX_LINES}SELECT ?here ?status ?place ?name WHERE {{ {match_country_places(country)} "
        "?record jwp:inPlace ?place ; jwp:ofTaxon ?here . OPTIONAL { ?record jwp:distributionStatus ?status } "
        'OPTIONAL { ?place skos:prefLabel ?name FILTER(LANG(?name) = "en") } }'
    )
    recorded: dict[str, dict[str, set[str]]] = {}
    names: dict[str, str] = {}
    for row in rows:
        names[row["place"].value] = row["name"].value if "name" in row else row["place"].value.rpartition("/")[2]
        statuses = recorded.setdefault(row["here"].value, {}).setdefault(row["place"].value, set())
        statuses.update([row["status"].value] if "status" in row else [])
    found = {}
    for iri, by_place in recorded.items():
        own = by_place.get(country)
        statuses = own if own is not None else set[str]().union(*by_place.values())
        former = () if own is not None else tuple((place, names[place]) for place in sorted(by_place))
        found[iri] = CountryPresence(tuple(sorted(statuses)), by_name=False, former=former)
    named = {reading.taxa.concepts[iri].name: one for iri, one in found.items() if iri in reading.taxa.concepts}
    for concept in reading.taxa:
        if concept.iri not in found and concept.name in named:
            found[concept.iri] = replace(named[concept.name], by_name=True)
    return found


def match_country_places(country: str) -> str:
    """Return a pattern that binds ``?place`` to a country and to the former areas that it succeeded."""
    this = quote_iri(country)
    return f"{{ BIND({this} AS ?place) }} UNION {{ ?place jwp:succeededBy {this} }}"


async def _read_snapshot(queries: GraphReader, chosen: str, *, everything: bool = False) -> TaxonomySnapshot:
    if not everything:
        # Few things are wanted: named one by one, they are looked up; left to a join, the whole store is read.
        named = await queries.select(f"{PREFIX_LINES}SELECT DISTINCT ?s WHERE {{ {chosen} FILTER(isIRI(?s)) }}")
        chosen = f"VALUES ?s {{ {' '.join(quote_iri(row['s'].value) for row in named)} }}"
    # Thousands of rows take long enough to be read beside the event loop.
    found = await asyncio.to_thread(_collect_concepts, await queries.select(_concepts_query(chosen)))
    if not found.taxa.concepts:
        return found
    found = replace(found, horizons=await read_horizons(queries))
    wanted = "" if everything else f"VALUES ?taxon {{ {' '.join(map(quote_iri, sorted(found.taxa.concepts)))} }}"
    return await asyncio.to_thread(_add_events, found, await queries.select(events_query(wanted)))


def _collect_concepts(rows: Iterable[SolutionRow]) -> TaxonomySnapshot:
    nodes = resources(rows)
    problems: list[tuple[str, str]] = []
    concepts = made(_build_concept, nodes, (_TYPE, JWP + "TaxonConcept"), problems)
    alignments = made(_build_alignment, nodes, (_TYPE, JWP + "Alignment"), problems)
    usages = made(_build_usage, nodes, (_TYPE, JWP + "NameUsage"), problems)
    return TaxonomySnapshot(index_taxa(concepts), (), index_alignments(alignments), tuple(usages), tuple(problems))


def _add_events(reading: TaxonomySnapshot, rows: Iterable[SolutionRow]) -> TaxonomySnapshot:
    problems = list(reading.unreadable)
    events = events_of_rows(rows, problems)
    return replace(reading, events=events, unreadable=tuple(problems))


def _concepts_query(chosen: str) -> str:
    """Rows ?s ?p ?o of concepts, alignments and usages; names are read through to their text."""
    with_author = "?name skosxl:literalForm ?form OPTIONAL { ?name dwc:scientificNameAuthorship ?author } "
    with_author += "BIND(CONCAT(STR(?form), ' ', STR(COALESCE(?author, ''))) AS ?o)"
    return f"""{PREFIX_LINES}
SELECT ?s ?p ?o WHERE {{
  {{ {chosen} ?s ?p ?o FILTER(?p IN ({_CONCEPT_PROPERTIES})) }}
  UNION {{ {chosen} ?s tcs:synonym ?name . {with_author} BIND(tcs:synonym AS ?p) }}
  UNION {{ {chosen} ?s jwp:usedName ?name . {with_author} BIND(jwp:usedName AS ?p) }}
}}"""


def _build_concept(iri: str, node: Resource) -> TaxonConcept:
    name = node.one(_GBIF + "canonicalName") or node.one(_SKOS + "prefLabel", "la") or node.one(_SKOS + "prefLabel")
    synonyms = [text.strip() for text in node.all(_TCS + "synonym")]
    known = {synonym.partition("(")[0].strip() for synonym in synonyms} | set(synonyms)
    synonyms += [text for text in node.all(_SKOS + "altLabel", "la") if text not in known]
    return TaxonConcept(
        iri,
        node.one(_TCS + "accordingTo") or "",
        name or iri.rpartition("/")[2],
        node.one(_DWC + "scientificNameAuthorship") or "",
        get_rank_slug(node.one(JWP + "rank")),
        node.one(_TCS + "parentTaxonConcept"),
        tuple(synonyms),
        node.one(_SKOS + "prefLabel", "en"),
        _build_interval(node),
        tuple(node.all(PREFIXES["rdfs"] + "comment", "en")),
    )


def _build_interval(node: Resource) -> DateInterval:
    start, end = node.one(JWP + "validFrom"), node.one(JWP + "validUntil")
    return DateInterval(PartialDate.parse(start) if start else None, PartialDate.parse(end) if end else None)


def _build_alignment(iri: str, node: Resource) -> Alignment:
    confidence = node.one(JWP + "confidence")
    return Alignment(
        iri,
        node.needed(JWP + "subjectTaxon"),
        Rcc5Relation.from_iri(node.needed(JWP + "alignmentRelation")),
        node.needed(JWP + "objectTaxon"),
        tuple(node.all(_DCTERMS + "creator")),
        node.one(_DCTERMS + "created"),
        tuple(node.all(_DCTERMS + "source")),
        node.one(JWP + "evidence"),
        node.one(JWP + "mappingJustification"),
        float(confidence) if confidence else None,
        _build_interval(node),
        tuple(node.all(PREFIXES["rdfs"] + "comment", "en")),
    )


def _build_usage(iri: str, node: Resource) -> NameUsage:
    del iri
    return NameUsage(
        node.needed(JWP + "usedName").strip(),
        node.needed(JWP + "ofTaxon"),
        node.one(JWP + "nameStatus") or ACCEPTED,
        _build_interval(node),
        tuple(node.all(_DCTERMS + "source")),
    )


def quote_iri(iri: str) -> str:
    """Return *iri* as a query writes it; characters not allowed between the brackets are percent-encoded."""
    return "<" + "".join(quote(char) if char in '<>"{}|^`\\' or char <= " " else char for char in iri) + ">"
