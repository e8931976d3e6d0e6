"""What the page of a taxon answers first: its status under both treaties, its listings through time, where it lives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from jwpgraph.linked_data.addresses import iri_ref, path_of
from jwpgraph.linked_data.filters import PREFIX_LINES
from jwpgraph.linked_data.kinds import BY_SEGMENT
from jwpgraph.linked_data.nodes import Node, local_name
from jwpgraph.linked_data.register import Register, register
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.entity import Value, reference
from jwpgraph.pages.timeline import Timeline, timeline
from jwpgraph.pages.words import written_date
from jwpgraph.sparql.queries import Row
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import CITES, CMS, Change, ListingEvent
from jwpgraph.taxonomy.name_usages import accepted_name
from jwpgraph.taxonomy.places import Scope
from jwpgraph.taxonomy.reading import Reading, read_about
from jwpgraph.taxonomy.relations import Relation
from jwpgraph.taxonomy.replay import Listing
from jwpgraph.taxonomy.status import TREATY_OF, ConceptStatus, Counterpart, counterparts, history, periods, statuses

TREATIES = {CMS: "cms", CITES: "cites"}
_NUMBERS = {"i": "I", "ii": "II", "iii": "III"}
#: Where the identifiers of other databases lead; what they are called stands beside.
_DATABASES: tuple[tuple[str, str, str], ...] = (
    ("wikidataId", "Wikidata", "https://www.wikidata.org/wiki/{}"),
    ("speciesPlusId", "Species+", "https://speciesplus.net/species#/taxon_concepts/{}/legal"),
    ("gbifId", "GBIF", "https://www.gbif.org/species/{}"),
    ("itisId", "ITIS", "https://www.itis.gov/servlet/SingleRpt/SingleRpt?search_topic=TSN&search_value={}"),
    ("wormsId", "WoRMS", "https://www.marinespecies.org/aphia.php?p=taxdetails&id={}"),
    ("ncbiId", "NCBI", "https://www.ncbi.nlm.nih.gov/Taxonomy/Browser/wwwtax.cgi?id={}"),
    ("iucnId", "IUCN Red List", "https://apiv3.iucnredlist.org/api/v3/taxonredirect/{}"),
    ("colId", "Catalogue of Life", "https://www.catalogueoflife.org/data/taxon/{}"),
    ("eolId", "Encyclopedia of Life", "https://eol.org/pages/{}"),
)
_CHANGES = {
    Change.ADDITION: "listed",
    Change.AMENDMENT: "listing amended",
    Change.EXCEPTION: "exception",
    Change.RESERVATION: "reservation",
    Change.WITHDRAWAL: "reservation withdrawn",
    Change.DELETION: "deleted",
}


@dataclass(slots=True)
class Sentence:
    """One thing that is true of the taxon on the day, with what it rests on."""

    number: str | None
    text: str
    scope: str
    places: list[Value]
    notes: tuple[str, ...]
    certain: bool
    sources: list[Value]
    through: Value | None = None


@dataclass(slots=True)
class Stand:
    """What one treaty says of one concept."""

    concept: Value
    relation: str | None
    is_itself: bool
    sentences: list[Sentence]
    reservations: list[tuple[Value, str, list[Value]]]
    gaps: list[str]
    below: list[tuple[Value, list[str]]]


@dataclass(slots=True)
class TreatyView:
    """What one treaty says."""

    short: str
    appendices: list[str]
    stands: list[Stand]


@dataclass(slots=True)
class EventView:
    """A listing event as a row of the table."""

    when: str
    treaty: str
    number: str | None
    change: str
    who: Value | None
    scope: str
    taxon: Value | None
    iri: str
    sources: list[Value]


@dataclass(slots=True)
class NameColumn:
    """How one taxonomy calls it."""

    short: str
    concept: Value | None
    authorship: str
    name_then: str | None
    synonyms: list[str]


@dataclass(slots=True)
class AlignmentView:
    """How the two concepts relate, and who says so."""

    relation: str
    phrase: str
    subject: Value
    object: Value
    object_iri: str
    iri: str | None
    authors: str
    sources: list[Value]
    notes: tuple[str, ...]


@dataclass(slots=True)
class SpeciesView:
    """What stands above the facts on the page of a taxon."""

    on: date
    is_today: bool
    country: Node | None
    countries: Sequence[Node]
    treaties: list[TreatyView]
    timeline: Timeline | None
    events: list[EventView]
    ranges: list[tuple[str, list[Value]]]
    names: list[NameColumn]
    alignments: list[AlignmentView]
    red_list: list[tuple[Value, str, list[Value]]]
    activities: list[tuple[Value, str]] = field(default_factory=list)
    instruments: list[Value] = field(default_factory=list)
    groups: list[Value] = field(default_factory=list)
    elsewhere: list[tuple[str, str, str]] = field(default_factory=list)


class _Names:
    """Names of the places and sources that events speak of."""

    def __init__(self, reading: Reading, registers: Iterable[Register]) -> None:
        self._taxa = reading.taxa.concepts
        self._nodes = {node.iri: node for one in registers for node in one.nodes}

    def value(self, iri: str) -> Value:
        concept = self._taxa.get(iri)
        if concept:
            return taxon_value(concept)
        value = reference(self._nodes.get(iri), iri)
        value.notation = None
        return value

    def values(self, iris: Iterable[str]) -> list[Value]:
        return sorted((self.value(iri) for iri in iris), key=lambda value: value.text)


def taxon_value(concept: TaxonConcept) -> Value:
    """A link to a concept under its scientific name."""
    short = concept.taxonomy.rpartition("/")[2]
    treaty = short if short in {"cms", "cites"} else None
    return Value(concept.name, href=path_of(concept.iri, "doc"), language="la", treaty=treaty)


async def species_view(site: Site, node: Node, on: date, is_today: bool, country: Node | None) -> SpeciesView | None:
    """What the page of the taxon *node* answers first; None where its data cannot be read.

    Args:
        site: where it is read from.
        node: the taxon with its statements.
        on: the day as at which its status is told.
        is_today: whether that is today.
        country: whose populations are asked for; None for all.
    """
    reading = await read_about(site.queries, [node.iri])
    if node.iri not in reading.taxa.concepts:
        return None
    countries = await register(site, BY_SEGMENT["country"])
    others = [await register(site, BY_SEGMENT[segment]) for segment in ("region", "source", "body")]
    names = _Names(reading, [countries, *others])
    concepts = [one for one in counterparts(reading, node.iri, on) if one.relation is not Relation.DISJOINT]
    around = await _around(site, [one.concept.iri for one in concepts])
    return SpeciesView(
        on=on,
        is_today=is_today,
        country=country,
        countries=countries.nodes,
        treaties=_treaties(reading, names, node.iri, on, country),
        timeline=_timeline(reading, concepts, on),
        events=[_event(names, one, node.iri) for one in _events(reading, concepts)],
        ranges=_ranges(names, around),
        names=_columns(reading, concepts, on),
        alignments=[_alignment(names, reading.taxa.concepts[node.iri], one) for one in concepts[1:] if one.relation],
        red_list=_red_list(names, around),
        activities=_activities(around),
        instruments=_linked(around, "instrument"),
        groups=_linked(around, "group"),
        elsewhere=_elsewhere(node),
    )


def _treaties(reading: Reading, names: _Names, iri: str, on: date, country: Node | None) -> list[TreatyView]:
    found = statuses(reading, iri, on)
    place = country.iri if country else None
    views = []
    for treaty, short in TREATIES.items():
        certain = {number(one) for status in found[treaty] for one in status.status.appendices(place)}
        stands = [_stand(names, one, iri, place) for one in found[treaty]]
        views.append(TreatyView(short, sorted(certain), stands))
    return views


def _stand(names: _Names, found: ConceptStatus, asked: str, place: str | None) -> Stand:
    concept = found.counterpart.concept
    shown = [one for one in found.status.listings if place is None or one.scope.covers(place)]
    appendices = {one.appendix for one in shown}
    return Stand(
        concept=taxon_value(concept),
        relation=found.counterpart.relation.phrase if found.counterpart.relation else None,
        is_itself=concept.iri == asked,
        sentences=[_sentence(names, one, concept.iri) for one in shown],
        reservations=[
            (
                names.value(one.party) if one.party else Value("a Party that is not named"),
                when(one.event.effective),
                names.values(one.event.sources),
            )
            for one in found.status.reservations
            if one.appendix in appendices
        ],
        gaps=[one.detail for one in found.status.gaps],
        below=[
            (taxon_value(child), [number(one) for one in status.appendices(place)]) for child, status in found.below
        ],
    )


def _sentence(names: _Names, listing: Listing, concept: str) -> Sentence:
    since = when(listing.continuous_since or listing.since)
    text = f"{'listed' if listing.certain else 'possibly listed'} in Appendix {number(listing.appendix)} {since}"
    events = (listing.event, *listing.amendments)
    return Sentence(
        number=number(listing.appendix),
        text=text,
        scope=_scope_word(listing.scope),
        places=names.values(listing.scope.places),
        notes=listing.notes,
        certain=listing.certain,
        sources=names.values({source for event in events for source in event.sources}),
        through=names.value(listing.origin) if listing.origin != concept else None,
    )


def _scope_word(scope: Scope) -> str:
    if scope.is_everything:
        return "all populations"
    return "all populations but those of" if scope.all_but else "only the populations of"


def number(appendix: str | None) -> str:
    """The number of an Appendix: I, II or III."""
    return _NUMBERS.get(local_name(appendix or "").rpartition("-")[2], "?")


def when(effective: PartialDate | None) -> str:
    """Since when, as precisely as it is known."""
    if effective is None:
        return "since a day that is not known"
    if effective.is_bound:
        return f"by {written_date(effective.last.isoformat())} at the latest"
    return f"since {written_date(str(effective))}"


def _events(reading: Reading, concepts: Iterable[Counterpart]) -> list[ListingEvent]:
    found: dict[str, ListingEvent] = {}
    for one in concepts:
        found |= {event.iri: event for event in history(reading, one.concept.iri)}
    return sorted(
        found.values(), key=lambda one: (one.effective.last if one.effective else date.min, one.change, one.iri)
    )


def _event(names: _Names, event: ListingEvent, asked: str) -> EventView:
    effective = event.effective
    dated = "not known" if effective is None else f"by {effective.last}" if effective.is_bound else str(effective)
    places = ", ".join(value.text for value in names.values(event.scope.places))
    return EventView(
        when=dated,
        treaty=TREATIES.get(event.treaty, local_name(event.treaty)),
        number=number(event.appendix) if event.appendix else None,
        change=_CHANGES[event.change],
        who=names.value(event.party) if event.party else None,
        scope=" ".join([f"{_scope_word(event.scope)} {places}".strip() if event.states_scope else "", *event.notes]),
        taxon=names.value(event.taxon) if event.taxon != asked else None,
        iri=event.iri,
        sources=names.values(event.sources),
    )


def _timeline(reading: Reading, concepts: Iterable[Counterpart], on: date) -> Timeline | None:
    lanes = []
    for one in concepts:
        treaty = TREATY_OF.get(one.concept.taxonomy)
        if treaty:
            lineage = set(reading.taxa.lineage(one.concept.iri))
            events = [event for event in reading.events if event.taxon in lineage and event.treaty == treaty]
            lanes.append((TREATIES[treaty], one.concept.name, periods(reading, one.concept.iri, treaty), events))
    return timeline(lanes, on)


def _columns(reading: Reading, concepts: Sequence[Counterpart], on: date) -> list[NameColumn]:
    columns = []
    for short in ("cites", "cms"):
        own = [one.concept for one in concepts if one.concept.taxonomy.endswith("/" + short)]
        columns += [
            NameColumn(
                short,
                taxon_value(one),
                one.authorship,
                then if (then := accepted_name(one, reading.usages, on)) != one.name else None,
                list(one.synonyms),
            )
            for one in own
        ] or [NameColumn(short, None, "", None, [])]
    return columns


def _alignment(names: _Names, asked: TaxonConcept, one: Counterpart) -> AlignmentView:
    assert one.relation is not None  # noqa: S101 - the caller takes only those with one
    alignment = one.alignment
    return AlignmentView(
        relation=one.relation.value,
        phrase=one.relation.phrase,
        subject=taxon_value(asked),
        object=taxon_value(one.concept),
        object_iri=one.concept.iri,
        iri=alignment.iri if alignment else None,
        authors=", ".join(local_name(author) for author in alignment.authors) if alignment else "",
        sources=names.values(alignment.sources) if alignment else [],
        notes=alignment.notes if alignment else (),
    )


async def _around(site: Site, concepts: Sequence[str]) -> dict[str, list[Row]]:
    """Records of the concepts, and what the programme does about them, in one round."""
    these = f"VALUES ?taxon {{ {' '.join(map(iri_ref, concepts))} }}"
    grouped = f"{these} ?group jwp:includesTaxon ?taxon ."
    english = 'FILTER(LANG(?label) = "en")'
    rows = await site.queries.select(f"""{PREFIX_LINES}
SELECT DISTINCT ?row ?thing ?label ?code ?value ?year ?source ?position WHERE {{
  {{ {these} ?record jwp:inPlace ?thing ; jwp:ofTaxon ?taxon . OPTIONAL {{ ?record jwp:distributionStatus ?value }}
     BIND("place" AS ?row) }}
  UNION {{ {these} ?record jwp:redListCategory ?thing ; jwp:ofTaxon ?taxon . OPTIONAL {{ ?thing skos:notation ?code }}
     OPTIONAL {{ ?record jwp:assessedIn|jwp:reportedIn ?year }} OPTIONAL {{ ?record dcterms:source ?source }}
     ?thing skos:prefLabel ?label . {english} BIND("red" AS ?row) }}
  UNION {{ {grouped} ?group skos:prefLabel ?label . {english} BIND(?group AS ?thing) BIND("group" AS ?row) }}
  UNION {{ {grouped} ?thing jwp:speciesGroup ?group ; a jwp:Activity ; skos:notation ?code ; skos:prefLabel ?label .
     OPTIONAL {{ ?thing schema:position ?position }} {english} BIND("activity" AS ?row) }}
  UNION {{ {these} {{ ?thing jwp:coversTaxon ?taxon }} UNION {{ ?group jwp:includesTaxon ?taxon .
     ?thing jwp:coversSpeciesGroup ?group }} ?thing skos:prefLabel ?label . {english} BIND("instrument" AS ?row) }}
}}""")
    found: dict[str, list[Row]] = {kind: [] for kind in ("place", "red", "group", "activity", "instrument")}
    for row in rows:
        found[row["row"].value].append(row)
    return found


def _ranges(names: _Names, around: Mapping[str, list[Row]]) -> list[tuple[str, list[Value]]]:
    by_status: dict[str, set[str]] = {}
    for row in around["place"]:
        status = local_name(row["value"].value) if "value" in row else "occurs"
        by_status.setdefault(status, set()).add(row["thing"].value)
    order = ["native", "occurs", "reintroduced", "introduced", "possibly-introduced", "uncertain", "possibly-extinct"]
    ranked = sorted(by_status, key=lambda one: (order.index(one) if one in order else len(order), one))
    return [(status.replace("-", " ").capitalize(), names.values(by_status[status])) for status in ranked]


def _red_list(names: _Names, around: Mapping[str, list[Row]]) -> list[tuple[Value, str, list[Value]]]:
    found: dict[tuple[str, str], tuple[Value, str, list[Value]]] = {}
    for row in around["red"]:
        year = row["year"].value if "year" in row else ""
        key = (row["thing"].value, year)
        value = Value(row["label"].value, path_of(row["thing"].value, "doc"))
        value.notation = row["code"].value if "code" in row else None
        entry = found.setdefault(key, (value, year, []))
        source = names.value(row["source"].value) if "source" in row else None
        if source and source not in entry[2]:
            entry[2].append(source)
    return [found[key] for key in sorted(found, key=lambda key: (key[1], key[0]), reverse=True)]


def _linked(around: Mapping[str, list[Row]], kind: str) -> list[Value]:
    found = {row["thing"].value: row["label"].value for row in around[kind]}
    return [Value(label, path_of(iri, "doc")) for iri, label in sorted(found.items(), key=lambda pair: pair[1])]


def _activities(around: Mapping[str, list[Row]]) -> list[tuple[Value, str]]:
    found: dict[str, tuple[float, Value]] = {}
    for row in around["activity"]:
        place = float(row["position"].value) if "position" in row else 0.0
        value = Value(row["label"].value, path_of(row["thing"].value, "doc"), notation=row["code"].value)
        found[row["thing"].value] = (place, value)
    return [(value, iri) for iri, (_, value) in sorted(found.items(), key=lambda pair: (pair[1][0], pair[0]))]


def _elsewhere(node: Node) -> list[tuple[str, str, str]]:
    """Database, identifier and address of what other databases have on it."""
    found = []
    for predicate, values in node.properties.items():
        for name, database, address in _DATABASES:
            if local_name(predicate) == name:
                found += [(database, term.value, address.format(term.value)) for term in values if term.value.isalnum()]
    order = [database for _, database, _ in _DATABASES]
    return sorted(found, key=lambda one: order.index(one[0]))
