"""What the page of a taxon answers first: its status under both treaties, its listings through time, where it lives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from jwpgraph.finding.appendices import TREATIES, number
from jwpgraph.finding.kept_taxonomy import taxonomy_about
from jwpgraph.linked_data.nodes import Node, local_name
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.entity import Provenance, Value
from jwpgraph.pages.reader_names import Names, scope_kind, taxon_value
from jwpgraph.pages.species_records import Records, read_rows, records
from jwpgraph.pages.species_words import SENTENCES, change_word, dated, drawing_of
from jwpgraph.pages.standing import TreatyView, treaty_views
from jwpgraph.pages.timeline import Timeline, timeline
from jwpgraph.sparql.queries import Term
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.listing_events import ListingEvent
from jwpgraph.taxonomy.name_usages import accepted_name
from jwpgraph.taxonomy.reading import Reading
from jwpgraph.taxonomy.relations import Relation
from jwpgraph.taxonomy.status import TREATY_OF, Counterpart, counterparts, history, periods


@dataclass(slots=True)
class EventView:
    """A listing event as a row of the table."""

    when: str
    treaty: str
    number: str | None
    change: str
    who: Value | None
    scope: str | None
    places: list[Value]
    notes: tuple[str, ...]
    taxon: Value | None
    iri: str
    basis: Provenance


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

    relation: Relation
    sentence: str
    drawing: str
    subject: Value
    object: Value
    object_iri: str
    iri: str | None
    authors: str
    basis: Provenance
    notes: tuple[str, ...]


@dataclass(slots=True)
class SpeciesView:
    """What stands above the facts on the page of a taxon."""

    on: date
    is_today: bool
    country: Node | None
    treaties: list[TreatyView]
    timeline: Timeline | None
    events: list[EventView]
    names: list[NameColumn]
    called: list[Term]
    alignments: list[AlignmentView]
    records: Records


async def species_view(site: Site, iri: str, on: date, is_today: bool, country: Node | None) -> SpeciesView | None:
    """What the page of the taxon *iri* answers first; None where its data cannot be read.

    Args:
        site: where it is read from.
        iri: the taxon.
        on: the day as at which its status is told.
        is_today: whether that is today.
        country: whose populations are asked for; None for all.
    """
    reading = await taxonomy_about(site, iri)
    if iri not in reading.taxa.concepts:
        return None
    names = await Names(reading, site).read()
    concepts = [one for one in counterparts(reading, iri, on) if one.relation is not Relation.DISJOINT]
    place = country.iri if country else None
    rows = await read_rows(site, [one.concept.iri for one in concepts], place)
    same = {iri, *(one.concept.iri for one in concepts if one.relation is Relation.CONGRUENT)}
    return SpeciesView(
        on=on,
        is_today=is_today,
        country=country,
        treaties=await treaty_views(site, reading, names, iri, on, place),
        timeline=_timeline(reading, concepts, on),
        events=[_event(names, one, iri) for one in _events(reading, concepts)],
        names=_columns(reading, concepts, on),
        called=[row["thing"] for row in rows["called"] if row["record"].value in same],
        alignments=[_alignment(names, reading.taxa.concepts[iri], one) for one in concepts[1:] if one.relation],
        records=records(rows, names, place, on.isoformat()),
    )


def _events(reading: Reading, concepts: Iterable[Counterpart]) -> list[ListingEvent]:
    found: dict[str, ListingEvent] = {}
    for one in concepts:
        found |= {event.iri: event for event in history(reading, one.concept.iri)}
    return sorted(
        found.values(), key=lambda one: (one.effective.last if one.effective else date.min, one.change, one.iri)
    )


def _event(names: Names, event: ListingEvent, asked: str) -> EventView:
    return EventView(
        when=dated(event.effective),
        treaty=TREATIES.get(event.treaty, local_name(event.treaty)),
        number=number(event.appendix) if event.appendix else None,
        change=change_word(event.change),
        who=names.value(event.party) if event.party else None,
        scope=scope_kind(event.scope) if event.states_scope else None,
        places=names.values(event.scope.places),
        notes=event.notes,
        taxon=names.value(event.taxon) if event.taxon != asked else None,
        iri=event.iri,
        basis=names.provenance(event.sources, event.evidence),
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


def _alignment(names: Names, asked: TaxonConcept, one: Counterpart) -> AlignmentView:
    assert one.relation is not None  # noqa: S101 - the caller takes only those with one
    alignment = one.alignment
    return AlignmentView(
        relation=one.relation,
        sentence=SENTENCES[one.relation],
        drawing=drawing_of(one.relation),
        subject=taxon_value(asked),
        object=taxon_value(one.concept),
        object_iri=one.concept.iri,
        iri=alignment.iri if alignment else None,
        authors=", ".join(local_name(author) for author in alignment.authors) if alignment else "",
        basis=names.provenance(alignment.sources, alignment.evidence) if alignment else Provenance([]),
        notes=alignment.notes if alignment else (),
    )
