"""Writing of legal statuses as JSON (models: :mod:`jwpgraph.api.status_models`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.nodes import EntityNode, get_local_name
from jwpgraph.taxon_facets.treaty_documents import Json, list_numbers, make_appendix, make_evidence, make_treaty
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.discrepancies import describe_scope
from jwpgraph.taxonomy.evidence import rank_evidence
from jwpgraph.taxonomy.listing_events import ListingChange, ListingEvent
from jwpgraph.taxonomy.name_usages import get_accepted_name
from jwpgraph.taxonomy.population_scope import PopulationScope
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import (
    ConceptCounterpart,
    ConceptStatus,
    StatusPeriod,
    list_excluded_below,
    list_own_appendices,
)
from jwpgraph.taxonomy.trade_restrictions import TradeRestriction, describe_restriction
from jwpgraph.taxonomy.treaty_status import (
    ListingInForce,
    ReservationInForce,
    TreatyStatus,
    UnknownStatus,
)

_LABELLED = ("country", "region", "historic-area", "population", "body", "source", "meeting")


@dataclass(frozen=True)
class StatusDocumentWriter:
    """Writes the results of a reading and a replay as documents.

    Args:
        reading: gives the concepts.
        labels: names of places, bodies and sources by IRI.
        country: IRI of the country asked for.
        restrictions: quotas and suspensions that may concern the concepts.
    """

    reading: TaxonomySnapshot
    labels: Mapping[str, EntityNode]
    country: str | None = None
    restrictions: Sequence[TradeRestriction] = ()

    def reference(self, iri: str | None) -> Json | None:
        """Return a reference to a resource with its name."""
        if iri is None:
            return None
        concept = self.reading.taxa.concepts.get(iri)
        if concept:
            return {"id": iri, "label": concept.name}
        node = self.labels.get(iri)
        found: Json = {"id": iri, "label": node.name if node else get_local_name(iri)}
        return found | ({"notation": node.notation} if node and node.notation else {})

    def populations(self, scope: PopulationScope, notes: tuple[str, ...]) -> Json:
        """Return the populations that a scope covers."""
        places = [self.reference(place) for place in sorted(scope.places)]
        return {
            "all": scope.is_everything,
            "only": [] if scope.all_but else places,
            "but": places if scope.all_but else [],
            "text": describe_scope(scope),
            "notes": list(notes),
        }

    def event(self, event: ListingEvent) -> Json:
        """Return a listing event."""
        return {
            "id": event.iri,
            "change": {"id": event.change.iri, "label": _get_change_label(event.change)},
            **_make_date_fields(event.effective),
            "treaty": make_treaty(event.treaty),
            "appendix": make_appendix(event.appendix),
            "taxon": self.reference(event.taxon),
            "party": self.reference(event.party),
            "populations": self.populations(event.scope, event.notes),
            "adopted_on": event.adopted,
            "decided_at": self.reference(event.decided_at),
            "delay": " ".join(event.delays) or None,
            "annotations": list(event.annotations),
            "evidence": get_evidence(event),
            "sources": [self.reference(source) for source in event.sources],
        }

    def listing(self, listing: ListingInForce, concept: str) -> Json:
        """Return a listing of *concept*."""
        events = (listing.event, *listing.amendments)
        covers = None if self.country is None else listing.scope.covers(self.country)
        return {
            "appendix": make_appendix(listing.appendix),
            "certain": listing.surely_covers(self.country),
            "depends_on_population": self.country is not None and covers is None,
            "populations": self.populations(listing.scope, listing.notes),
            "excludes": [self.reference(one) for one in list_excluded_below(self.reading.taxa, listing, concept)],
            "annotations": list(dict.fromkeys(note for one in events for note in one.annotations)),
            "since": _make_date_fields(listing.since)["effective_on"],
            "continuous_since": _make_date_fields(listing.continuous_since)["effective_on"],
            "inherited_from": self.reference(listing.origin) if listing.origin != concept else None,
            "party": self.reference(listing.party),
            "evidence": find_weakest(events),
            "sources": [
                self.reference(one) for one in dict.fromkeys(source for event in events for source in event.sources)
            ],
            "events": [self.event(one) for one in events],
        }

    def reservation(self, reservation: ReservationInForce) -> Json:
        """Return a reservation."""
        return {
            "party": self.reference(reservation.party),
            "on_behalf_of": self.reference(reservation.event.on_behalf_of),
            "appendix": make_appendix(reservation.appendix),
            "certain": reservation.certain,
            "by_country": self.country is not None and reservation.released == self.country,
            "event": self.event(reservation.event),
        }

    def status(self, status: TreatyStatus, concept: str) -> Json:
        """Return the status of *concept* under one convention, for the requested country if there is one."""
        shown = status.covering(self.country)
        appendices = {one.appendix for one in shown}
        against = [one for one in status.reservations if one.appendix in appendices or one.released == self.country]
        return {
            **self.appendices(status),
            "listings": [self.listing(one, concept) for one in shown],
            "reservations": [self.reservation(one) for one in against],
            "gaps": [_make_gap(one) for one in (*status.gaps, *_is_described(shown, self.country))],
        }

    def appendices(self, status: TreatyStatus) -> Json:
        """Return the Appendices in force, and those that may be in force."""
        return {
            "appendices": list_numbers(status.appendices(self.country)),
            "possible_appendices": list_numbers(status.possible_appendices(self.country)),
        }

    def concept(self, found: ConceptStatus, on: date) -> Json:
        """Return the status of one concept that corresponds to the taxon."""
        concept = found.counterpart.concept
        lineage = self.reading.taxa.lineage(concept.iri, on)
        limits = [
            one
            for one in self.restrictions
            if one.treaty == found.status.treaty and one.concerns(lineage, self.country) and one.in_force(on)
        ]
        return {
            "concept": self.reference(concept.iri),
            "name_then": get_accepted_name(concept, self.reading.usages, on),
            "recognized": concept.valid.holds(on),
            **self.relation(found.counterpart, is_itself=False),
            **self.status(found.status, concept.iri),
            "statement": self.statement(found.status, limits, on),
            "restrictions": [self.restriction(one, on) for one in limits],
            "below": [
                {
                    "concept": self.reference(child.iri),
                    "appendices": list_numbers(list_own_appendices(child.iri, status, self.country)),
                }
                for child, status in found.below
            ],
        }

    def restriction(self, one: TradeRestriction, on: date) -> Json:
        """Return a quota or suspension."""
        return {
            "id": one.iri,
            "kind": one.kind,
            "taxon": self.reference(one.taxon),
            "country": self.reference(one.place),
            "amount": float(one.amount) if one.amount is not None else None,
            "unit": one.unit or None,
            "since": str(one.valid.start) if one.valid.start else None,
            "until": str(one.valid.end) if one.valid.end else None,
            "in_force": one.in_force(on),
            "text": self._describe(one, on),
            "sources": [self.reference(source) for source in one.sources],
        }

    def statement(self, status: TreatyStatus, limits: Sequence[TradeRestriction], on: date) -> str | None:
        """Return what applies in one sentence, Appendices first; ``None`` if no Appendix is certain."""
        appendices = "/".join(list_numbers(status.appendices(self.country)))
        if not appendices:
            return None
        # A suspension for all taxa is about the country, not about the animal.
        own = [self._describe(one, on) for one in limits if one.taxon]
        return ", ".join([f"Appendix {appendices}", *own])

    def _describe(self, one: TradeRestriction, on: date) -> str:
        node = self.labels.get(one.place or "")
        return describe_restriction(one, node.name if node and one.place != self.country else "", on)

    def relation(self, counterpart: ConceptCounterpart, *, is_itself: bool) -> Json:
        """Return the relation of the requested taxon to a concept, and its authority."""
        relation, alignment = counterpart.relation, counterpart.alignment
        return {
            "relation": {"id": relation.iri, "label": relation.phrase, "notation": relation.symbol}
            if relation
            else None,
            "basis": "itself" if is_itself else _get_basis(counterpart),
            "alignment": alignment.iri if alignment else None,
        }

    def period(self, period: StatusPeriod, concept: str) -> Json:
        """Return a period with unchanged listings."""
        shown = period.status.covering(self.country)
        return {
            "start": period.start.isoformat(),
            "end": period.end.isoformat() if period.end else None,
            **self.appendices(period.status),
            "listings": [self.listing(one, concept) for one in shown],
        }


async def make_status_writer(
    site: AppContext,
    reading: TaxonomySnapshot,
    country: str | None = None,
    restrictions: Sequence[TradeRestriction] = (),
) -> StatusDocumentWriter:
    """Return a writer with the names of places, bodies and sources in the served release."""
    labels: dict[str, EntityNode] = {}
    for segment in _LABELLED:
        for node in (await get_entity_index(site, BY_SEGMENT[segment])).nodes:
            labels[node.iri] = node
    return StatusDocumentWriter(reading, labels, country, restrictions)


def get_evidence(event: ListingEvent) -> Json | None:
    """Return the level of evidence of an event; ``None`` if none is recorded."""
    return make_evidence(event.evidence)


def find_weakest(events: Iterable[ListingEvent]) -> Json | None:
    """Return the weakest evidence among events that a listing rests on together."""
    levels = [level for event in events if (level := get_evidence(event))]
    return max(levels, key=lambda level: rank_evidence(level["id"]), default=None)


def _get_basis(counterpart: ConceptCounterpart) -> str:
    if counterpart.alignment is None:
        return "rule" if counterpart.through else "same-name"
    return "rule" if counterpart.alignment.is_by_rule else "curator"


def _get_change_label(change: ListingChange) -> str:
    return change.name.capitalize() if change is not ListingChange.WITHDRAWAL else "Withdrawal of a reservation"


def _make_date_fields(when: PartialDate | None) -> Json:
    if when is None or when.is_bound:
        return {"effective_on": None, "known_by": when.last.isoformat() if when else None}
    return {"effective_on": str(when), "known_by": None}


def _make_gap(gap: UnknownStatus) -> Json:
    return {"kind": gap.kind, "detail": gap.detail, "events": list(gap.events)}


def _is_described(listings: Iterable[ListingInForce], country: str | None) -> list[UnknownStatus]:
    return [
        UnknownStatus(
            "depends-on-population",
            "Whether the listing applies there depends on the population: the source names populations, not countries.",
            (one.event.iri,),
        )
        if country is not None and one.scope.covers(country) is None
        else UnknownStatus(
            "scope-in-words", "Which populations are meant is told in words, not by places.", (one.event.iri,)
        )
        for one in listings
        if one.notes or (country is not None and one.scope.covers(country) is None)
    ]
