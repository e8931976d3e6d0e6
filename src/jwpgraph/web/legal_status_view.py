"""The legal status of a taxon on a day and in a country under each treaty: listings, exclusions and unknowns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.taxon_facets.appendices import TREATIES, TREATY_IRIS, get_appendix_number
from jwpgraph.taxonomy.animal_status import (
    AnimalTreatyStatus,
    collect_lineages,
    compute_animal_status,
    list_ranged_concepts,
)
from jwpgraph.taxonomy.evidence import rank_evidence
from jwpgraph.taxonomy.listing_events import CITES, CMS, ListingChange, ListingEvent
from jwpgraph.taxonomy.ranges import read_ranges
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import (
    ConceptStatus,
    StatusPeriod,
    compute_periods,
    list_events,
    list_excluded_below,
    list_own_appendices,
)
from jwpgraph.taxonomy.trade_restrictions import TradeRestriction, read_restrictions
from jwpgraph.taxonomy.treaty_status import (
    CITES_I,
    CITES_II,
    CITES_III,
    CMS_I,
    CMS_II,
    ListingInForce,
    TreatyStatus,
    UnknownStatus,
)
from jwpgraph.web.entity_view import ProvenanceView, ValueView
from jwpgraph.web.horizon_words import Note, describe_evidence, note_horizon, state_words
from jwpgraph.web.labels.listing_gaps import explain_gap
from jwpgraph.web.labels.resource_names import ResourceNames, classify_scope, make_taxon_value
from jwpgraph.web.labels.species import describe_relation_from_here, format_effective_since
from jwpgraph.web.labels.trade_restrictions import make_restriction_sentence
from jwpgraph.web.translation import gettext

#: Kinds of open questions about which populations are listed.
_ABOUT_POPULATIONS = frozenset({"appendices-overlap", "inclusion-unclear"})

#: The Appendices of each treaty.
APPENDICES = {CMS: (CMS_I, CMS_II), CITES: (CITES_I, CITES_II, CITES_III)}


NotListedReason = Literal["population", "not-yet", "no-longer", "never"]


@dataclass(slots=True)
class ListingStatement:
    """A listing that is or may be in force, with its basis."""

    number: str
    since: str
    scope: str
    places: list[ValueView]
    excludes: list[ValueView]
    notes: tuple[str, ...]
    certain: bool
    depends: bool
    evidence: str | None
    annotations: tuple[str, ...]
    basis: ProvenanceView
    through: ValueView | None = None


@dataclass(slots=True)
class NotListed:
    """An Appendix that does not apply.

    Attributes:
        number: which.
        why: it excludes the requested population, does not list the taxon yet, no longer lists it, or never listed it.
        scope: which populations it covers, where that is why.
        places: of which those are.
        when: since when it lists, from when on it will, or when it ended, where that is known.
        basis: what that rests on.
    """

    number: str
    why: NotListedReason
    scope: str = ""
    places: list[ValueView] = field(default_factory=list)
    when: str | None = None
    basis: ProvenanceView | None = None


@dataclass(slots=True)
class UnknownStatement:
    """A question that the recorded events leave open, with the events."""

    detail: str
    numbers: list[str]
    events: list[str]


@dataclass(slots=True)
class ReservationView:
    """A Party that a listing does not bind.

    Attributes:
        party: the Party.
        territory: the territory for which alone the Party made the reservation.
        number: the number of the Appendix.
        since: since when.
        basis: what that rests on.
        is_asked: whether the listing does not bind the requested country.
        certain: False if it is not known whether it was in force on the day.
    """

    party: ValueView
    territory: ValueView | None
    number: str
    since: str
    basis: ProvenanceView
    is_asked: bool
    certain: bool


@dataclass(slots=True)
class ConceptStatusView:
    """The status of one concept under one treaty."""

    concept: ValueView
    relation: str | None
    is_itself: bool
    statements: list[ListingStatement]
    not_listed: list[NotListed]
    reservations: list[ReservationView]
    unknown: list[UnknownStatement]
    below: list[tuple[ValueView, list[str]]]
    elsewhere: bool
    restrictions: list[tuple[str, str, ProvenanceView]] = field(default_factory=list)


@dataclass(slots=True)
class TreatyStatusView:
    """The status under one treaty.

    Attributes:
        short: what it is called in class names.
        appendices: the numbers of the Appendices that certainly list the animal.
        state: what stands where there are none.
        note: up to when its listings are complete, where the day lies beyond that.
        concepts: what it says of each concept.
        restrictions: the trade restrictions of all its concepts, if there are several.
    """

    short: str
    appendices: list[str]
    state: str
    note: Note | None
    concepts: list[ConceptStatusView]
    restrictions: list[tuple[str, str, ProvenanceView]] = field(default_factory=list)


async def make_treaty_views(
    site: AppContext, reading: TaxonomySnapshot, names: ResourceNames, iri: str, on: date, place: str | None
) -> list[TreatyStatusView]:
    """Return the status of the taxon *iri* under both treaties on a day, for the populations of *place* or all."""
    ranges = await read_ranges(site.queries, reading, list_ranged_concepts(reading, iri, on))
    found = {answer.treaty: answer for answer in compute_animal_status(reading, iri, on, place, ranges)}
    taxa = {one for answer in found.values() for one in collect_lineages(reading, answer)}
    restrictions = await read_restrictions(site.queries, taxa)
    views = [_get_view(reading, names, found[treaty], short, iri, on, place) for treaty, short in TREATIES.items()]
    for view in views:
        treaty = TREATY_IRIS[view.short]
        lineages = [reading.taxa.lineage(one.counterpart.concept.iri, on) for one in found[treaty].concepts]
        limits = [
            [one for one in restrictions if one.treaty == treaty and one.concerns(lineage, place) and one.in_force(on)]
            for lineage in lineages
        ]
        common = [one for one in restrictions if len(limits) > 1 and all(one in each for each in limits)]
        view.restrictions = [_make_restriction(names, one, on, place) for one in common]
        for concept, each in zip(view.concepts, limits, strict=True):
            concept.restrictions = [_make_restriction(names, one, on, place) for one in each if one not in common]
    return views


def _make_restriction(
    names: ResourceNames, one: TradeRestriction, on: date, place: str | None
) -> tuple[str, str, ProvenanceView]:
    where = names.value(one.place).text if one.place and one.place != place else ""
    return *make_restriction_sentence(one, where, on), names.provenance(one.sources, None)


def _get_view(
    reading: TaxonomySnapshot,
    names: ResourceNames,
    answer: AnimalTreatyStatus,
    short: str,
    iri: str,
    on: date,
    place: str | None,
) -> TreatyStatusView:
    possible = [get_appendix_number(one) for one in answer.possible]
    return TreatyStatusView(
        short,
        [get_appendix_number(one) for one in answer.certain],
        state_words(answer.state, possible, is_beyond=answer.outlook.beyond),
        note_horizon(short, answer.outlook, on),
        [
            _make_concept_view(
                reading, names, one, iri, on, place, elsewhere=one.counterpart.concept.iri in answer.elsewhere
            )
            for one in answer.concepts
        ],
    )


def _make_concept_view(
    reading: TaxonomySnapshot,
    names: ResourceNames,
    found: ConceptStatus,
    asked: str,
    on: date,
    place: str | None,
    *,
    elsewhere: bool,
) -> ConceptStatusView:
    concept, status = found.counterpart.concept, found.status
    shown = status.covering(place)
    appendices = {one.appendix for one in shown}
    below = {one.appendix for child, part in found.below for one in part.listings if one.event.taxon == child.iri}
    events = {event.iri: event for event in list_events(reading, concept.iri) if event.treaty == status.treaty}
    periods = compute_periods(reading, concept.iri, status.treaty)
    return ConceptStatusView(
        concept=make_taxon_value(concept),
        relation=describe_relation_from_here(found.counterpart.relation) if found.counterpart.relation else None,
        is_itself=concept.iri == asked,
        statements=[_make_statement(reading, names, one, concept.iri, place) for one in shown],
        not_listed=[
            one
            for appendix in APPENDICES[status.treaty]
            if appendix not in appendices
            for one in [_explain_not_listed(names, status, appendix, periods, events.values(), on, place)]
            if one.why != "never" or appendix not in below  # it lists a part, which is named
        ],
        reservations=[
            ReservationView(
                names.value(one.party) if one.party else ValueView(gettext("a Party that is not named")),
                names.value(one.event.on_behalf_of) if one.event.on_behalf_of else None,
                get_appendix_number(one.appendix),
                format_effective_since(one.event.effective),
                names.provenance(one.event.sources, one.event.evidence),
                is_asked=place is not None and one.released == place,
                certain=one.certain,
            )
            for one in status.reservations
            if one.appendix in appendices or (place is not None and one.released == place)
        ],
        unknown=[
            _make_unknown(gap, events, on)
            for gap in status.gaps
            # Which Appendix lists other populations is of no concern in a country where nothing is open.
            if place is None or gap.kind not in _ABOUT_POPULATIONS or status.possible_appendices(place)
        ],
        below=[
            (make_taxon_value(child), [get_appendix_number(one) for one in numbers])
            for child, status in found.below
            if (numbers := list_own_appendices(child.iri, status, place))
        ],
        elsewhere=elsewhere,
    )


def _make_statement(
    reading: TaxonomySnapshot, names: ResourceNames, listing: ListingInForce, concept: str, place: str | None
) -> ListingStatement:
    events = (listing.event, *listing.amendments)
    return ListingStatement(
        number=get_appendix_number(listing.appendix),
        since=format_effective_since(listing.continuous_since or listing.since),
        scope=classify_scope(listing.scope),
        places=names.values(listing.scope.places),
        excludes=names.values(list_excluded_below(reading.taxa, listing, concept)),
        notes=listing.notes,
        certain=listing.certain,
        depends=place is not None and listing.scope.covers(place) is None,
        evidence=describe_evidence(events),
        annotations=tuple(dict.fromkeys(note for event in events for note in event.annotations)),
        basis=_make_basis(names, events),
        through=names.value(listing.origin) if listing.origin != concept else None,
    )


def _explain_not_listed(
    names: ResourceNames,
    status: TreatyStatus,
    appendix: str,
    periods: Iterable[StatusPeriod],
    events: Iterable[ListingEvent],
    on: date,
    place: str | None,
) -> NotListed:
    """Return the reason why *appendix* does not apply: another population, an earlier or later period, or none."""
    this = get_appendix_number(appendix)
    for listing in status.listings:
        if listing.appendix == appendix:
            since = format_effective_since(listing.continuous_since or listing.since)
            places, basis = names.values(listing.scope.places), _make_basis(names, (listing.event, *listing.amendments))
            return NotListed(this, "population", classify_scope(listing.scope), places, since, basis)
    listed = [
        (period, found)
        for period in periods
        if (found := [one for one in period.status.covering(place) if one.appendix == appendix])
    ]
    ended = [period.end for period, _ in listed if period.end and period.end < on]
    if ended:
        deletions = [
            event
            for event in events
            if event.appendix == appendix
            and event.change is ListingChange.DELETION
            and event.effective
            and event.effective.first == ended[-1] + timedelta(days=1)
        ]
        when = format_effective_since(deletions[-1].effective) if deletions else None
        return NotListed(this, "no-longer", when=when, basis=_make_basis(names, deletions))
    later = [found[0] for period, found in listed if period.start > on]
    if later:
        when = format_effective_since(later[0].continuous_since or later[0].since)
        return NotListed(this, "not-yet", when=when, basis=_make_basis(names, (later[0].event,)))
    return NotListed(this, "never")


def _make_basis(names: ResourceNames, events: Iterable[ListingEvent]) -> ProvenanceView:
    events = list(events)
    sources = {source for event in events for source in event.sources}
    evidence = max((event.evidence for event in events if event.evidence), key=rank_evidence, default=None)
    return names.provenance(sources, evidence)


def _make_unknown(gap: UnknownStatus, events: dict[str, ListingEvent], on: date) -> UnknownStatement:
    concerned = [events[iri] for iri in gap.events if iri in events]
    numbers = sorted({get_appendix_number(event.appendix) for event in concerned if event.appendix})
    return UnknownStatement(
        explain_gap(gap, concerned, on), numbers, [iri_to_path(iri, "doc") or iri for iri in gap.events]
    )
