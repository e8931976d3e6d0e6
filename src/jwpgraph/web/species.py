"""The summary of a taxon's page: its status under both treaties, its listing history, and its range."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.nodes import EntityNode, get_local_name
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.taxon_facets.appendices import TREATIES, get_appendix_number
from jwpgraph.taxon_facets.taxonomy_cache import get_taxonomy_about
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.name_usages import get_accepted_name
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import TREATY_OF, ConceptCounterpart, compute_periods, find_counterparts, list_events
from jwpgraph.web.entity_view import ProvenanceView, ValueView
from jwpgraph.web.labels.resource_names import ResourceNames, classify_scope, make_taxon_value
from jwpgraph.web.labels.species import describe_relation_drawing, format_effective_date, get_change_label
from jwpgraph.web.labels.tables import TABLES
from jwpgraph.web.legal_status_view import TreatyStatusView, make_treaty_views
from jwpgraph.web.species_records import SpeciesRecords, make_records, read_rows
from jwpgraph.web.timeline import Timeline, make_timeline


@dataclass(slots=True)
class EventView:
    """A listing event as a row of the table."""

    when: str
    treaty: str
    number: str | None
    change: str
    who: ValueView | None
    scope: str | None
    places: list[ValueView]
    notes: tuple[str, ...]
    taxon: ValueView | None
    iri: str
    basis: ProvenanceView


@dataclass(slots=True)
class NameColumn:
    """The names of a taxon in one taxonomy."""

    short: str
    concept: ValueView | None
    authorship: str
    name_then: str | None
    synonyms: list[str]


@dataclass(slots=True)
class AlignmentView:
    """The relation between two concepts, and its authority."""

    relation: Rcc5Relation
    sentence: str
    drawing: str
    subject: ValueView
    object: ValueView
    object_iri: str
    iri: str | None
    authors: str
    basis: ProvenanceView
    notes: tuple[str, ...]


@dataclass(slots=True)
class SpeciesView:
    """The summary above the facts on the page of a taxon."""

    on: date
    is_today: bool
    country: EntityNode | None
    treaties: list[TreatyStatusView]
    timeline: Timeline | None
    events: list[EventView]
    names: list[NameColumn]
    called: list[QueryTerm]
    alignments: list[AlignmentView]
    records: SpeciesRecords


async def make_species_view(
    site: AppContext, iri: str, on: date, is_today: bool, country: EntityNode | None
) -> SpeciesView | None:
    """Return the summary of the taxon *iri*; ``None`` if its data cannot be read.

    Args:
        site: where it is read from.
        iri: the taxon.
        on: the day for which its status is shown.
        is_today: whether that is today.
        country: whose populations are asked for; None for all.
    """
    reading = await get_taxonomy_about(site, iri)
    if iri not in reading.taxa.concepts:
        return None
    names = await ResourceNames(reading, site).read()
    concepts = [one for one in find_counterparts(reading, iri, on) if one.relation is not Rcc5Relation.DISJOINT]
    place = country.iri if country else None
    rows = await read_rows(site, [one.concept.iri for one in concepts], place)
    same = {iri, *(one.concept.iri for one in concepts if one.relation is Rcc5Relation.CONGRUENT)}
    return SpeciesView(
        on=on,
        is_today=is_today,
        country=country,
        treaties=await make_treaty_views(site, reading, names, iri, on, place),
        timeline=_make_timeline(reading, concepts, on),
        events=[_make_event(names, one, iri) for one in _make_events(reading, concepts)],
        names=_make_columns(reading, concepts, on),
        called=[row["thing"] for row in rows["called"] if row["record"].value in same],
        alignments=[_make_alignment(names, reading.taxa.concepts[iri], one) for one in concepts[1:] if one.relation],
        records=make_records(rows, names, place, on.isoformat()),
    )


def _make_events(reading: TaxonomySnapshot, concepts: Iterable[ConceptCounterpart]) -> list[ListingEvent]:
    found: dict[str, ListingEvent] = {}
    for one in concepts:
        found |= {event.iri: event for event in list_events(reading, one.concept.iri)}
    return sorted(
        found.values(), key=lambda one: (one.effective.last if one.effective else date.min, one.change, one.iri)
    )


def _make_event(names: ResourceNames, event: ListingEvent, asked: str) -> EventView:
    return EventView(
        when=format_effective_date(event.effective),
        treaty=TREATIES.get(event.treaty, get_local_name(event.treaty)),
        number=get_appendix_number(event.appendix) if event.appendix else None,
        change=get_change_label(event.change),
        who=names.value(event.party) if event.party else None,
        scope=classify_scope(event.scope) if event.states_scope else None,
        places=names.values(event.scope.places),
        notes=event.notes,
        taxon=names.value(event.taxon) if event.taxon != asked else None,
        iri=event.iri,
        basis=names.provenance(event.sources, event.evidence),
    )


def _make_timeline(reading: TaxonomySnapshot, concepts: Iterable[ConceptCounterpart], on: date) -> Timeline | None:
    lanes = []
    for one in concepts:
        treaty = TREATY_OF.get(one.concept.taxonomy)
        if treaty:
            lineage = reading.taxa.lineage(one.concept.iri)
            events = [event for event in reading.events if event.taxon in lineage and event.treaty == treaty]
            periods = compute_periods(reading, one.concept.iri, treaty)
            complete_until = reading.horizons.outlook(treaty, [lineage], on).complete_until
            lanes.append((TREATIES[treaty], one.concept.name, periods, events, complete_until))
    return make_timeline(lanes, on)


def _make_columns(reading: TaxonomySnapshot, concepts: Sequence[ConceptCounterpart], on: date) -> list[NameColumn]:
    columns = []
    for short in ("cites", "cms"):
        own = [one.concept for one in concepts if one.concept.taxonomy.endswith("/" + short)]
        columns += [
            NameColumn(
                short,
                make_taxon_value(one),
                one.authorship,
                then if (then := get_accepted_name(one, reading.usages, on)) != one.name else None,
                list(one.synonyms),
            )
            for one in own
        ] or [NameColumn(short, None, "", None, [])]
    return columns


def _make_alignment(names: ResourceNames, asked: TaxonConcept, one: ConceptCounterpart) -> AlignmentView:
    assert one.relation is not None  # noqa: S101 - the caller takes only those with one
    alignment = one.alignment
    return AlignmentView(
        relation=one.relation,
        sentence=TABLES["relation_sentences"][one.relation.value],
        drawing=describe_relation_drawing(one.relation),
        subject=make_taxon_value(asked),
        object=make_taxon_value(one.concept),
        object_iri=one.concept.iri,
        iri=alignment.iri if alignment else None,
        authors=", ".join(get_local_name(author) for author in alignment.authors) if alignment else "",
        basis=names.provenance(alignment.sources, alignment.evidence) if alignment else ProvenanceView([]),
        notes=alignment.notes if alignment else (),
    )
