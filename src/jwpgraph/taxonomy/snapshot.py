"""Reading of concepts, listing events and alignments from a release.

The first query finds the concepts: the requested ones, their ancestors and descendants, and their counterparts in the
other taxonomy. Further queries read their properties and listing events. The results are plain values; see
:mod:`~jwpgraph.taxonomy.replay` for their use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.query_execution.queries import GraphReader, SolutionRow
from jwpgraph.taxonomy.alignments import Alignment, AlignmentIndex
from jwpgraph.taxonomy.concepts import TaxonConcept, TaxonIndex, get_rank_slug, index_taxa
from jwpgraph.taxonomy.dates import DateInterval
from jwpgraph.taxonomy.event_reading import build_events, make_events_query
from jwpgraph.taxonomy.horizon import Horizons, read_horizons
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.name_usages import ACCEPTED, NameUsage
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.replay import Replay
from jwpgraph.taxonomy.resources import Resource, build_all, group_resources
from jwpgraph.vocabulary import ID, JWP, PREFIX_LINES, PREFIXES

_TCS, _DWC, _GBIF, _SKOS, _DCTERMS, _RDF = (PREFIXES[name] for name in ("tcs", "dwc", "gbif", "skos", "dcterms", "rdf"))
_TYPE = _RDF + "type"

# Used in a FILTER: with VALUES, the engine would evaluate the pattern for the whole store first.
_CONCEPT_PROPERTIES = (
    "rdf:type tcs:accordingTo gbif:canonicalName dwc:scientificNameAuthorship jwp:rank tcs:parentTaxonConcept "
    "skos:prefLabel skos:altLabel jwp:validFrom jwp:validUntil rdfs:comment skos:editorialNote "
    "jwp:subjectTaxon jwp:objectTaxon jwp:alignmentRelation dcterms:creator dcterms:created dcterms:source "
    "jwp:evidence jwp:mappingJustification jwp:confidence jwp:ofTaxon jwp:nameStatus"
).replace(" ", ", ")

#: A concept, its counterparts, and the counterparts of these.
_STEPS = 2
#: Concepts below another one. Virtuoso evaluates no path of any length whose ends are given by VALUES alone: the first
#: step is a pattern of its own.
_BELOW = "?child tcs:parentTaxonConcept {} . ?s tcs:parentTaxonConcept* ?child"

#: The concepts ``?centre``, their ancestors, alignments and dated usages of names.
_ABOUT = (
    "BIND(?centre AS ?s)",
    "?centre tcs:parentTaxonConcept ?parent . ?parent tcs:parentTaxonConcept* ?s",
    "?s jwp:subjectTaxon|jwp:objectTaxon ?centre",
    "?s jwp:ofTaxon ?centre ; jwp:usedName ?used FILTER NOT EXISTS { ?s jwp:datesKnown false }",
)


@dataclass(frozen=True)
class TaxonomySnapshot:
    """The records of a release about some concepts.

    Attributes:
        taxa: the concepts.
        events: their listing events.
        alignments: the alignments between them.
        usages: dated usages of names for them.
        unreadable: IRI and reason for each record that could not be read.
        horizons: the horizons of the treaties.
    """

    taxa: TaxonIndex
    events: tuple[ListingEvent, ...] = ()
    alignments: AlignmentIndex = field(default_factory=AlignmentIndex)
    usages: tuple[NameUsage, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    horizons: Horizons = field(default_factory=Horizons)
    _replays: dict[tuple[str, tuple[str, ...]], Replay] = field(init=False, default_factory=dict, compare=False)

    def replay(self, treaty: str, lineage: Sequence[str]) -> Replay:
        """Return the replay of a treaty's events for the taxon that *lineage* begins with; it is made once."""
        key = treaty, tuple(lineage)
        if key not in self._replays:
            events = [event for event in self.events_of(lineage) if event.treaty == treaty]
            self._replays[key] = Replay(treaty, events, key[1])
        return self._replays[key]

    def events_of(self, lineage: Iterable[str]) -> list[ListingEvent]:
        """Return the events of the concepts in *lineage*."""
        found = [event for iri in set(lineage) for event in self._by_taxon.get(iri, ())]
        return sorted(found, key=lambda event: event.iri)

    @cached_property
    def _by_taxon(self) -> Mapping[str, Sequence[ListingEvent]]:
        found: dict[str, list[ListingEvent]] = {}
        for event in self.events:
            found.setdefault(event.taxon, []).append(event)
        return found

    def find_namesakes(self, concept: TaxonConcept) -> list[TaxonConcept]:
        """Return the concepts of other taxonomies with the name of *concept*."""
        return [one for one in self._by_name.get(concept.name, ()) if one.taxonomy != concept.taxonomy]

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[TaxonConcept]]:
        found: dict[str, list[TaxonConcept]] = {}
        for concept in self.taxa:
            found.setdefault(concept.name, []).append(concept)
        return found

    @property
    def listed_taxa(self) -> Collection[str]:
        """IRIs of the concepts with events."""
        return self._by_taxon.keys()


async def read_about(queries: GraphReader, roots: Sequence[str]) -> TaxonomySnapshot:
    """Read concepts with their ancestors, descendants and counterparts.

    Args:
        queries: reader of the release.
        roots: IRIs of the concepts; unknown ones are ignored.
    """
    below = ("BIND(?root AS ?s)", _BELOW.format("?root"))
    centres = await _find_centres(queries, await _select_matches(queries, roots, below))
    # Also descendants without listings: they link a concept to its listed descendants.
    return await _read_snapshot(queries, _match_any("?centre", centres, (*_ABOUT, _BELOW.format("?centre"))))


async def read_counterparts(queries: GraphReader, roots: Sequence[str]) -> TaxonomySnapshot:
    """Read concepts with their counterparts and the ancestors of all, without listing events and descendants.

    Args:
        queries: reader of the release.
        roots: IRIs of the concepts; unknown ones are ignored.
    """
    chosen = _match_any("?centre", await _find_centres(queries, roots), _ABOUT)
    return await asyncio.to_thread(_collect_concepts, await _select_concepts(queries, chosen))


async def _find_centres(queries: GraphReader, roots: Sequence[str]) -> list[str]:
    """Return the concepts that can affect what is known of *roots*.

    These are their counterparts, and the counterparts of these: the status of an animal combines its concepts in both
    taxonomies, each of which has counterparts of its own.
    """
    branches = (
        "BIND(?root AS ?s)",
        "?link jwp:subjectTaxon|jwp:objectTaxon ?root , ?s",
        "?root gbif:canonicalName ?name . ?s gbif:canonicalName ?name ; tcs:accordingTo ?taxonomy",
    )
    found = list(roots)
    for _ in range(_STEPS):
        found = await _select_matches(queries, [*found, *await _find_species(queries, found)], branches)
    return found


async def _select_matches(queries: GraphReader, roots: Iterable[str], branches: Iterable[str]) -> list[str]:
    """Return the IRIs that any of *branches* binds to ``?s``, with one of *roots* for ``?root``."""
    wanted = _match_any("?root", roots, branches)
    rows = await queries.select(f"{PREFIX_LINES}SELECT DISTINCT ?s WHERE {{ {wanted} FILTER(isIRI(?s)) }}")
    return [row["s"].value for row in rows]


def _match_any(variable: str, iris: Iterable[str], branches: Iterable[str]) -> str:
    """Return a pattern that matches any of *branches*, in each of which *variable* is one of *iris*."""
    values = f"VALUES {variable} {{ {' '.join(map(quote_iri, iris))} }}"
    return f"{{ SELECT DISTINCT ?s WHERE {{ {' UNION '.join(f'{{ {values} {branch} }}' for branch in branches)} }} }}"


async def _find_species(queries: GraphReader, taxa: Iterable[str]) -> list[str]:
    """Return the species of the subspecies among *taxa*, whose counterparts may stand for them."""
    ranks = ", ".join(f"<{ID}taxon-rank/{rank}>" for rank in ("subspecies", "variety"))
    rows = await queries.select(
        f"{PREFIX_LINES}SELECT DISTINCT ?species WHERE {{ VALUES ?taxon {{ {' '.join(map(quote_iri, taxa))} }} "
        f"?taxon jwp:rank ?rank ; tcs:parentTaxonConcept ?species FILTER(?rank IN ({ranks})) }}"
    )
    return [row["species"].value for row in rows]


async def read_all(queries: GraphReader) -> TaxonomySnapshot:
    """Read all concepts, listing events and alignments of the release."""
    kinds = (
        "VALUES ?kind { jwp:TaxonConcept jwp:Alignment jwp:NameUsage } ?s rdf:type ?kind . "
        "FILTER NOT EXISTS { ?s jwp:datesKnown false }"
    )
    # The classes are disjoint. With DISTINCT, Virtuoso 7.2.5 leaves out rows of the query around it.
    return await _read_snapshot(queries, f"{{ SELECT ?s WHERE {{ {kinds} }} }}", everything=True)


async def read_concepts(queries: GraphReader, iris: Iterable[str]) -> Mapping[str, TaxonConcept]:
    """Read the concepts *iris* by IRI, without what is linked to them; unknown ones are ignored."""
    chosen = f"VALUES ?s {{ {' '.join(map(quote_iri, iris))} }}"
    rows = await queries.select(_make_concepts_query(chosen))
    return (await asyncio.to_thread(_collect_concepts, rows)).taxa.concepts


async def read_priority_concepts(queries: GraphReader) -> frozenset[str]:
    """Read the IRIs of the concepts in the species groups of the work programme."""
    rows = await queries.select(f"{PREFIX_LINES}SELECT DISTINCT ?taxon WHERE {{ ?group jwp:includesTaxon ?taxon }}")
    return frozenset(row["taxon"].value for row in rows)


@dataclass(frozen=True)
class CountryPresence:
    """The recorded presence of a taxon in a country.

    Attributes:
        statuses: IRIs of distribution statuses; empty if not recorded.
        by_name: whether it is recorded only for the concept of the same name in the other taxonomy.
        former: IRIs and English names of the former areas with records, if there is none of the country itself; the
            taxon may have occurred in another of their successors.
    """

    statuses: tuple[str, ...]
    by_name: bool
    former: tuple[tuple[str, str], ...] = ()


async def read_taxa(queries: GraphReader, iris: Iterable[str]) -> TaxonomySnapshot:
    """Read the concepts *iris* with their listing events, without what is linked to them; unknown ones are ignored."""
    return await _read_snapshot(queries, f"VALUES ?s {{ {' '.join(map(quote_iri, sorted(iris)))} }}")


async def read_presence(queries: GraphReader, country: str, reading: TaxonomySnapshot) -> dict[str, CountryPresence]:
    """Read the recorded presences in *country* by IRI of the concept.

    For a concept of *reading* without a record, that of the concept of the same name in the other taxonomy is used.
    """
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
    rows = await (queries.select(_make_concepts_query(chosen)) if everything else _select_concepts(queries, chosen))
    # Thousands of rows would block the event loop.
    found = await asyncio.to_thread(_collect_concepts, rows)
    if not found.taxa.concepts:
        return found
    found = replace(found, horizons=await read_horizons(queries))
    wanted = "" if everything else f"VALUES ?taxon {{ {' '.join(map(quote_iri, sorted(found.taxa.concepts)))} }}"
    return await asyncio.to_thread(_add_events, found, await queries.select(make_events_query(wanted)))


async def _select_concepts(queries: GraphReader, chosen: str) -> list[SolutionRow]:
    """Return the rows of the concepts that the pattern *chosen* binds to ``?s``."""
    # With VALUES the resources are looked up one by one; a join would read the whole store.
    named = await queries.select(f"{PREFIX_LINES}SELECT DISTINCT ?s WHERE {{ {chosen} FILTER(isIRI(?s)) }}")
    values = f"VALUES ?s {{ {' '.join(quote_iri(row['s'].value) for row in named)} }}"
    return await queries.select(_make_concepts_query(values))


def _collect_concepts(rows: Iterable[SolutionRow]) -> TaxonomySnapshot:
    nodes = group_resources(rows)
    problems: list[tuple[str, str]] = []
    concepts = build_all(_build_concept, nodes, (_TYPE, JWP + "TaxonConcept"), problems)
    alignments = build_all(_build_alignment, nodes, (_TYPE, JWP + "Alignment"), problems)
    usages = build_all(_build_usage, nodes, (_TYPE, JWP + "NameUsage"), problems)
    return TaxonomySnapshot(index_taxa(concepts), (), AlignmentIndex(tuple(alignments)), tuple(usages), tuple(problems))


def _add_events(reading: TaxonomySnapshot, rows: Iterable[SolutionRow]) -> TaxonomySnapshot:
    problems = list(reading.unreadable)
    events = build_events(rows, problems)
    return replace(reading, events=events, unreadable=tuple(problems))


def _make_concepts_query(chosen: str) -> str:
    """Return the query for concepts, alignments and usages as rows ?s ?p ?o; name nodes are replaced by their text."""
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
    return DateInterval.parse(node.one(JWP + "validFrom"), node.one(JWP + "validUntil"))


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
