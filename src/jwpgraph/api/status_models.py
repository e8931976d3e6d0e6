"""Models of legal statuses, for the OpenAPI document."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from jwpgraph.http.api_model import ApiModel


class Named(ApiModel):
    """A resource by IRI and name."""

    model_config = ConfigDict(extra="allow")

    id: str
    label: str | None = None
    notation: str | None = None


class Populations(ApiModel):
    """The populations that a listing covers."""

    all: bool = Field(description="Whether it covers all populations.")
    only: list[Named] = Field(description="Places; it covers only their populations.")
    but: list[Named] = Field(description="Places whose populations it excludes.")
    text: str
    notes: list[str] = Field(description="The scope in words, if places alone do not define it.")


class EventDocument(ApiModel):
    """A listing event."""

    id: str
    change: Named
    effective_on: str | None = Field(description="With the precision of the source: 1990-01-18, 1990-01 or 1990.")
    known_by: str | None = Field(description="If only a later state is known: the day of that state.")
    treaty: Named
    appendix: Named | None
    taxon: Named
    party: Named | None
    populations: Populations
    adopted_on: str | None = Field(description="The day of the decision, if recorded.")
    decided_at: Named | None = Field(description="The meeting of the decision.")
    delay: str | None = Field(description="Why it took effect later than other decisions of its meeting.")
    annotations: list[str] = Field(description="What the Appendix notes beside the listing, in short.")
    evidence: Named | None = Field(description="sourced, inferred or general knowledge.")
    sources: list[Named]


class ListingDocument(ApiModel):
    """A listing that is in force, or may be."""

    appendix: Named
    certain: bool = Field(
        description="False if the dates are too imprecise to decide, or if it depends on the population in the country."
    )
    depends_on_population: bool = Field(
        description="Whether the source names populations of which it is not known that they live in the country."
    )
    populations: Populations
    excludes: list[Named] = Field(description="Taxa below the concept that it leaves out.")
    annotations: list[str] = Field(description="What the Appendix notes beside the listing, in short.")
    since: str | None = Field(description="The effective date of the event that it rests on.")
    continuous_since: str | None = Field(description="First day of uninterrupted cover of some of these populations.")
    inherited_from: Named | None = Field(description="The listed higher taxon that includes it.")
    party: Named | None = Field(description="The Party that requested it, in Appendix III.")
    evidence: Named | None = Field(description="The weakest evidence among the events that it rests on.")
    sources: list[Named]
    events: list[EventDocument] = Field(description="The events that it rests on, amendments last.")


class ReservationDocument(ApiModel):
    """A reservation in force."""

    party: Named | None
    on_behalf_of: Named | None = Field(description="The territory for which alone the Party entered it.")
    appendix: Named | None
    certain: bool = Field(
        description="False if dates leave it open, or if its sources, which tell no end, reach neither the day nor the "
        "horizon."
    )
    by_country: bool = Field(
        description="Whether it is for the requested country, which the listing then does not bind."
    )
    event: EventDocument


class GapDocument(ApiModel):
    """A gap in the recorded events."""

    kind: str
    detail: str
    events: list[str]


class RestrictionDocument(ApiModel):
    """A quota, or a recommendation to suspend trade, that is or may be in force."""

    id: str
    kind: Literal["quota", "suspension"]
    taxon: Named | None = Field(description="The taxon; null: all taxa.")
    country: Named | None = Field(description="The country of export; null: all.")
    amount: float | None = Field(description="The quantity that may be exported in a year.")
    unit: str | None
    since: str | None
    until: str | None
    in_force: Literal["yes", "unknown"] = Field(
        description="unknown: it has no recorded end, and its source is older than the requested day, or it has no "
        "recorded first day."
    )
    text: str
    sources: list[Named]


class BelowDocument(ApiModel):
    """A listing below a concept."""

    concept: Named
    appendices: list[str]


class ConceptDocument(ApiModel):
    """The status of one concept under one convention."""

    concept: Named
    name_then: str = Field(description="Its name in its taxonomy on that day, if recorded.")
    recognized: bool | None = Field(description="Whether its taxonomy recognized it on that day; null: uncertain.")
    relation: Named | None = Field(description="The relation of the requested taxon to it.")
    basis: str = Field(
        description="itself, curator (an alignment by a curator), rule (an alignment inferred by a rule) or same-name."
    )
    alignment: str | None
    appendices: list[str]
    possible_appendices: list[str]
    listings: list[ListingDocument]
    reservations: list[ReservationDocument]
    gaps: list[GapDocument]
    statement: str | None = Field(
        description="The Appendices that certainly apply with quotas and suspensions, in one sentence; null: none does."
    )
    restrictions: list[RestrictionDocument] = Field(
        description="Quotas and suspensions in force, or perhaps in force, for it or for a taxon above it."
    )
    below: list[BelowDocument]
    recorded_elsewhere: bool = Field(
        description="Whether it is recorded only from countries other than the requested one, and therefore ignored."
    )


class MeetingDocument(ApiModel):
    """A meeting that changed the Appendices after the horizon."""

    id: str
    label: str
    effective_on: str
    coverage: Literal["included", "partly-included", "not-included"] = Field(
        description="The part of its changes that is recorded."
    )


class HorizonDocument(ApiModel):
    """The day until which the recorded listings of a convention are complete."""

    complete_until: str | None = Field(description="The last day of complete records; null: unknown.")
    beyond: bool = Field(description="Whether the requested day is later.")
    later_meetings: list[MeetingDocument] = Field(description="Meetings that changed the Appendices after that day.")


class TreatyDocument(ApiModel):
    """The status under one convention."""

    treaty: Named
    state: Literal["listed", "not-listed", "unknown", "not-in-graph"] = Field(
        description="not-listed: in no Appendix, as far as the horizon goes; unknown: beyond it, or dates or "
        "populations leave it open; not-in-graph: no concept of this convention's taxonomy stands for the taxon here."
    )
    appendices: list[str] = Field(description="The Appendices in force for a concept that corresponds to the taxon.")
    possible_appendices: list[str] = Field(description="Those that may be, given known dates and populations.")
    horizon: HorizonDocument
    concepts: list[ConceptDocument]


class StatusDocument(ApiModel):
    """The legal status of a taxon on a day."""

    taxon: Named
    on: str
    country: Named | None
    treaties: list[TreatyDocument]
    release: int


class PeriodDocument(ApiModel):
    """A period with unchanged listings."""

    start: str
    end: str | None
    appendices: list[str]
    possible_appendices: list[str]
    listings: list[ListingDocument]


class TimelineConcept(ApiModel):
    """The history of one concept."""

    concept: Named
    treaty: Named
    relation: Named | None
    basis: str
    valid_from: str | None
    valid_until: str | None
    complete_until: str | None = Field(
        description="The day until which its listings are complete: later changes may be missing; null: unknown."
    )
    later_meetings: list[MeetingDocument] = Field(description="Meetings that changed the Appendices after that day.")
    events: list[EventDocument]
    periods: list[PeriodDocument]


class TimelineDocument(ApiModel):
    """The listing history of a taxon under both conventions."""

    taxon: Named
    country: Named | None
    concepts: list[TimelineConcept]
    release: int
