"""Concepts, listing events and alignments read from a release, in two queries whatever is asked for.

The first query finds the concepts: those asked for, what stands above and below them, and what the other taxonomy has
for them. The second reads the listing events of all of these. What was read is plain values; see
:mod:`~jwpgraph.taxonomy.replay` for what is made of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar
from urllib.parse import quote

from jwpgraph.query_execution.queries import GraphReader, QueryTerm, SolutionRow
from jwpgraph.taxonomy.alignments import Alignment, AlignmentIndex, index_alignments
from jwpgraph.taxonomy.concepts import TaxonConcept, TaxonIndex, get_rank_slug, index_taxa
from jwpgraph.taxonomy.dates import DateInterval, PartialDate
from jwpgraph.taxonomy.listing_events import ListingChange, ListingEvent
from jwpgraph.taxonomy.name_usages import ACCEPTED, NameUsage
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.vocabulary import JWP, PREFIX_LINES, PREFIXES

T = TypeVar("T")

_TCS, _DWC, _SKOS, _DCTERMS, _RDF = (PREFIXES[name] for name in ("tcs", "dwc", "skos", "dcterms", "rdf"))
_TYPE = _RDF + "type"

# As in a filter: joined with a table of values, the pattern is evaluated for the whole store first.
_CONCEPT_PROPERTIES = (
    "rdf:type tcs:accordingTo dwc:scientificName dwc:scientificNameAuthorship jwp:rank tcs:parentTaxonConcept "
    "skos:prefLabel skos:altLabel jwp:validFrom jwp:validUntil rdfs:comment skos:editorialNote "
    "jwp:subjectConcept jwp:objectConcept jwp:alignmentRelation dcterms:creator dcterms:created dcterms:source "
    "jwp:evidence jwp:mappingJustification jwp:confidence jwp:ofTaxon jwp:nameStatus"
).replace(" ", ", ")
_DECIDING_PROPERTIES = (
    "jwp:listedTaxon jwp:designation jwp:appendix jwp:changeType jwp:effectiveOn jwp:effectiveBy jwp:party "
    "jwp:populationIn jwp:populationOut jwp:excludesTaxon jwp:viaHigherTaxon jwp:modifiesEvent"
).replace(" ", ", ")
_EVENT_PROPERTIES = f"{_DECIDING_PROPERTIES}, jwp:populationNote, dcterms:source, jwp:evidence"


@dataclass(frozen=True)
class TaxonomySnapshot:
    """What a release says of some concepts.

    Attributes:
        taxa: the concepts.
        events: their listing events.
        alignments: the alignments among them.
        usages: the names that the taxonomies use for them, where that is dated.
        unreadable: what had to be passed over, and why: IRI and reason.
    """

    taxa: TaxonIndex
    events: tuple[ListingEvent, ...] = ()
    alignments: AlignmentIndex = field(default_factory=AlignmentIndex)
    usages: tuple[NameUsage, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()

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
    values = f"VALUES ?root {{ {' '.join(map(_quote_iri, roots))} }}"
    counterpart = "?any jwp:subjectConcept|jwp:objectConcept ?root ; jwp:subjectConcept|jwp:objectConcept ?other ."
    same_name = "?root dwc:scientificName ?name . ?other dwc:scientificName ?name ; tcs:accordingTo ?taxonomy"
    branches = (
        "?root tcs:parentTaxonConcept* ?s",
        f"{counterpart} ?other tcs:parentTaxonConcept* ?s",
        f"{same_name} . ?other tcs:parentTaxonConcept* ?s",
        "?s jwp:subjectConcept|jwp:objectConcept ?root",
        "?s jwp:ofTaxon ?root ; jwp:usedName ?used",
        f"{counterpart} ?s jwp:ofTaxon ?other ; jwp:usedName ?used",
        "?s tcs:parentTaxonConcept+ ?root . FILTER EXISTS { ?event jwp:listedTaxon ?s }",
        f"{counterpart} ?s tcs:parentTaxonConcept+ ?other . FILTER EXISTS {{ ?event jwp:listedTaxon ?s }}",
    )
    chosen = " UNION ".join(f"{{ {values} {branch} }}" for branch in branches)
    return await _read_snapshot(queries, f"{{ SELECT DISTINCT ?s WHERE {{ {chosen} }} }}")


async def read_all(queries: GraphReader) -> TaxonomySnapshot:
    """All that the release says of taxa, listings and alignments."""
    kinds = "VALUES ?kind { jwp:TaxonConcept jwp:Alignment jwp:NameUsage } ?s rdf:type ?kind ."
    return await _read_snapshot(queries, f"{{ SELECT DISTINCT ?s WHERE {{ {kinds} }} }}", everything=True)


async def add_deciding_events(queries: GraphReader, reading: TaxonomySnapshot, taxa: Iterable[str]) -> TaxonomySnapshot:
    """*reading* with the listing events of *taxa*, without what is only told of them: notes, sources, evidence."""
    wanted = f"VALUES ?taxon {{ {' '.join(map(_quote_iri, taxa))} }}"
    rows = await queries.select(_events_query(wanted, _DECIDING_PROPERTIES))
    return await asyncio.to_thread(_add_events, reading, rows)


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
    there = f"?record jwp:inPlace ?place ; jwp:ofTaxon ?here . {_of_country(country)}"
    namesake = "?here dwc:scientificName ?name . ?other dwc:scientificName ?name ; tcs:accordingTo ?taxonomy ."
    branches = (
        f"{there} ?here tcs:parentTaxonConcept* ?s",
        f"{there} {namesake} ?other tcs:parentTaxonConcept* ?s",
        f"?event jwp:populationIn|jwp:populationOut {_quote_iri(country)} ; jwp:listedTaxon ?s",
    )
    chosen = " UNION ".join(f"{{ {branch} }}" for branch in branches)
    reading = await _read_snapshot(queries, f"{{ SELECT DISTINCT ?s WHERE {{ {chosen} }} }}")
    return reading, await read_presence(queries, country, reading)


async def read_presence(queries: GraphReader, country: str, reading: TaxonomySnapshot) -> dict[str, CountryPresence]:
    """How the taxa of *reading* come to be in *country*, for those that are known from there."""
    rows = await queries.select(
        f"{PREFIX_LINES}SELECT ?here ?status ?place ?name WHERE {{ {_of_country(country)} "
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


def _of_country(country: str) -> str:
    """Binds ?place to a country and to the former areas that it succeeded, alone or with others."""
    this = _quote_iri(country)
    return f"{{ BIND({this} AS ?place) }} UNION {{ ?place jwp:succeededBy {this} }}"


async def _read_snapshot(queries: GraphReader, chosen: str, *, everything: bool = False) -> TaxonomySnapshot:
    if not everything:
        # Few things are wanted: named one by one, they are looked up; left to a join, the whole store is read.
        named = await queries.select(f"{PREFIX_LINES}SELECT DISTINCT ?s WHERE {{ {chosen} FILTER(isIRI(?s)) }}")
        chosen = f"VALUES ?s {{ {' '.join(_quote_iri(row['s'].value) for row in named)} }}"
    # Thousands of rows take long enough to be read beside the event loop.
    made = await asyncio.to_thread(_collect_concepts, await queries.select(_concepts_query(chosen)))
    if not made.taxa.concepts:
        return made
    wanted = "" if everything else f"VALUES ?taxon {{ {' '.join(map(_quote_iri, sorted(made.taxa.concepts)))} }}"
    return await asyncio.to_thread(_add_events, made, await queries.select(_events_query(wanted)))


def _collect_concepts(rows: Iterable[SolutionRow]) -> TaxonomySnapshot:
    nodes = _collect_nodes(rows)
    problems: list[tuple[str, str]] = []
    concepts = _build_all(_build_concept, nodes, (_TYPE, JWP + "TaxonConcept"), problems)
    alignments = _build_all(_build_alignment, nodes, (_TYPE, JWP + "Alignment"), problems)
    usages = _build_all(_build_usage, nodes, (_TYPE, JWP + "NameUsage"), problems)
    return TaxonomySnapshot(index_taxa(concepts), (), index_alignments(alignments), tuple(usages), tuple(problems))


def _add_events(reading: TaxonomySnapshot, rows: Iterable[SolutionRow]) -> TaxonomySnapshot:
    nodes = _collect_nodes(rows)
    members = _read_members(nodes)
    names = {iri: label for iri, node in nodes.items() if (label := node.one(_SKOS + "prefLabel"))}
    problems = list(reading.unreadable)
    events = [
        _expand_regions(event, members, names)
        for event in _build_all(_build_event, nodes, (JWP + "listedTaxon", ""), problems)
    ]
    return replace(reading, events=tuple(sorted(events, key=lambda one: one.iri)), unreadable=tuple(problems))


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


def _events_query(wanted: str, properties: str = _EVENT_PROPERTIES) -> str:
    return f"""{PREFIX_LINES}
SELECT DISTINCT ?s ?p ?o WHERE {{
  {{ {wanted} ?s jwp:listedTaxon ?taxon ; ?p ?o FILTER(?p IN ({properties})) }}
  UNION {{
    {wanted} ?event jwp:listedTaxon ?taxon ; jwp:populationIn|jwp:populationOut ?o . ?s rdf:type jwp:Country .
    {{ ?s jwp:containedIn+ ?o . BIND(jwp:containedIn AS ?p) }}
    UNION {{ ?o jwp:succeededBy ?s . BIND(jwp:succeededBy AS ?p) }}
  }}
  UNION {{
    {wanted} ?event jwp:listedTaxon ?taxon ; jwp:populationIn|jwp:populationOut ?s .
    ?s ?p ?o FILTER(?p = rdf:type || (?p = skos:prefLabel && LANG(?o) = "en"))
  }}
}}"""


class _NodeStatements:
    """The statements about one resource."""

    def __init__(self) -> None:
        self._values: dict[str, list[QueryTerm]] = {}

    def add(self, predicate: str, value: QueryTerm) -> None:
        values = self._values.setdefault(predicate, [])
        if value not in values:
            values.append(value)

    def all(self, predicate: str, language: str | None = None) -> list[str]:
        """The values of *predicate* in a stable order; of one language where one is named."""
        terms = self._values.get(predicate, ())
        return sorted(term.value for term in terms if language is None or term.language == language)

    def one(self, predicate: str, language: str | None = None) -> str | None:
        values = self.all(predicate, language)
        return values[0] if values else None

    def needed(self, predicate: str) -> str:
        value = self.one(predicate)
        if value is None:
            raise ValueError(f"it has no {predicate.rpartition('#')[2]}")
        return value


def _collect_nodes(rows: Iterable[SolutionRow]) -> dict[str, _NodeStatements]:
    nodes: dict[str, _NodeStatements] = {}
    for row in rows:
        nodes.setdefault(row["s"].value, _NodeStatements()).add(row["p"].value, row["o"])
    return nodes


def _build_all(
    make: Callable[[str, _NodeStatements], T],
    nodes: Mapping[str, _NodeStatements],
    mark: tuple[str, str],
    problems: list[tuple[str, str]],
) -> list[T]:
    """What *make* makes of the nodes that have the statement *mark* (any object where it is empty)."""
    found = []
    for iri, node in sorted(nodes.items()):
        values = node.all(mark[0])
        if values and (not mark[1] or mark[1] in values):
            try:
                found.append(make(iri, node))
            except ValueError as error:
                problems.append((iri, str(error)))
    return found


def _build_concept(iri: str, node: _NodeStatements) -> TaxonConcept:
    name = node.one(_DWC + "scientificName") or node.one(_SKOS + "prefLabel", "la") or node.one(_SKOS + "prefLabel")
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


def _build_interval(node: _NodeStatements) -> DateInterval:
    start, end = node.one(JWP + "validFrom"), node.one(JWP + "validUntil")
    return DateInterval(PartialDate.parse(start) if start else None, PartialDate.parse(end) if end else None)


def _build_alignment(iri: str, node: _NodeStatements) -> Alignment:
    confidence = node.one(JWP + "confidence")
    return Alignment(
        iri,
        node.needed(JWP + "subjectConcept"),
        Rcc5Relation.from_iri(node.needed(JWP + "alignmentRelation")),
        node.needed(JWP + "objectConcept"),
        tuple(node.all(_DCTERMS + "creator")),
        node.one(_DCTERMS + "created"),
        tuple(node.all(_DCTERMS + "source")),
        node.one(JWP + "evidence"),
        node.one(JWP + "mappingJustification"),
        float(confidence) if confidence else None,
        _build_interval(node),
        tuple(node.all(PREFIXES["rdfs"] + "comment", "en")),
    )


def _build_usage(iri: str, node: _NodeStatements) -> NameUsage:
    del iri
    return NameUsage(
        node.needed(JWP + "usedName").strip(),
        node.needed(JWP + "ofTaxon"),
        node.one(JWP + "nameStatus") or ACCEPTED,
        _build_interval(node),
        tuple(node.all(_DCTERMS + "source")),
    )


def _build_event(iri: str, node: _NodeStatements) -> ListingEvent:
    on, by = node.one(JWP + "effectiveOn"), node.one(JWP + "effectiveBy")
    return ListingEvent(
        iri,
        node.needed(JWP + "designation"),
        node.needed(JWP + "listedTaxon"),
        ListingChange.from_iri(node.needed(JWP + "changeType")),
        PartialDate.parse(on) if on else PartialDate.by(by) if by else None,
        node.one(JWP + "appendix"),
        node.one(JWP + "party"),
        frozenset(node.all(JWP + "populationIn")),
        frozenset(node.all(JWP + "populationOut")),
        frozenset(node.all(JWP + "excludesTaxon")),
        node.one(JWP + "viaHigherTaxon"),
        frozenset(node.all(JWP + "modifiesEvent")),
        tuple(node.all(JWP + "populationNote", "en")),
        tuple(node.all(_DCTERMS + "source")),
        node.one(JWP + "evidence"),
    )


def _read_members(nodes: Mapping[str, _NodeStatements]) -> dict[str, set[str]]:
    """The countries of each region and former State that an event speaks of; a site in a country does not count."""
    members: dict[str, set[str]] = {}
    for iri, node in nodes.items():
        for wider in [*node.all(JWP + "containedIn"), *node.all(JWP + "succeededBy")]:
            members.setdefault(wider, set()).add(iri)
    return members


def _expand_regions(event: ListingEvent, members: Mapping[str, set[str]], names: Mapping[str, str]) -> ListingEvent:
    """The event with the countries of its regions beside them; a region without known countries is told in words."""

    def with_members(places: frozenset[str]) -> frozenset[str]:
        return places.union(*(members.get(place, ()) for place in places))

    unknown = [
        place for place in sorted(event.places_in | event.places_out) if "/region/" in place and place not in members
    ]
    told = [f"Populations of a region of which no countries are recorded: {names.get(one, one)}." for one in unknown]
    return replace(
        event,
        places_in=with_members(event.places_in),
        places_out=with_members(event.places_out),
        notes=(*event.notes, *told),
    )


def _quote_iri(iri: str) -> str:
    """*iri* as a query writes it; what may not stand between the brackets is percent-encoded."""
    return "<" + "".join(quote(char) if char in '<>"{}|^`\\' or char <= " " else char for char in iri) + ">"
