"""The shapes of answers about legal status, for the OpenAPI document."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Named(BaseModel):
    """A thing by its IRI and name."""

    model_config = ConfigDict(extra="allow")

    id: str
    label: str | None = None
    notation: str | None = None


class Populations(BaseModel):
    """Which populations a listing covers."""

    all: bool = Field(description="Whether it covers all populations.")
    only: list[Named] = Field(description="The places whose populations alone it covers.")
    but: list[Named] = Field(description="The places whose populations it leaves out.")
    text: str
    notes: list[str] = Field(description="The scope in words, where places alone do not tell it.")


class EventDocument(BaseModel):
    """A listing event."""

    id: str
    change: Named
    effective_on: str | None = Field(description="As precisely as it is known: 1990-01-18, 1990-01 or 1990.")
    known_by: str | None = Field(description="Where only a later state is known: the day on which it was met.")
    treaty: Named
    appendix: Named | None
    taxon: Named
    party: Named | None
    populations: Populations
    adopted_on: str | None = Field(description="When it was decided, where that is recorded.")
    decided_at: Named | None = Field(description="The meeting that decided.")
    delay: str | None = Field(description="Why it took effect later than other decisions of its meeting.")
    annotations: list[str] = Field(description="What the Appendix notes beside the listing, in short.")
    evidence: Named | None = Field(description="sourced, inferred or general knowledge.")
    sources: list[Named]


class ListingDocument(BaseModel):
    """A listing that is in force, or may be."""

    appendix: Named
    certain: bool = Field(
        description="False where dates are too imprecise to tell, or where it depends on the population in the country."
    )
    depends_on_population: bool = Field(
        description="Whether the source names populations of which it is not known that they live in the country."
    )
    populations: Populations
    annotations: list[str] = Field(description="What the Appendix notes beside the listing, in short.")
    since: str | None = Field(description="When the event took effect on which it rests.")
    continuous_since: str | None = Field(description="Since when this Appendix has covered some of these populations.")
    inherited_from: Named | None = Field(description="The higher taxon by whose listing it is listed.")
    party: Named | None = Field(description="Who asked for it, in Appendix III.")
    evidence: Named | None = Field(description="The weakest evidence among the events that it rests on.")
    sources: list[Named]
    events: list[EventDocument] = Field(description="What it rests on, amendments last.")


class ReservationDocument(BaseModel):
    """A reservation that is in force."""

    party: Named | None
    appendix: Named | None
    certain: bool
    by_country: bool = Field(
        description="Whether it is by the country asked for, which the listing then does not bind."
    )
    event: EventDocument


class GapDocument(BaseModel):
    """Something that the events do not tell."""

    kind: str
    detail: str
    events: list[str]


class RestrictionDocument(BaseModel):
    """A quota, or a recommendation to suspend trade, that is in force or may be."""

    id: str
    kind: Literal["quota", "suspension"]
    taxon: Named | None = Field(description="What it concerns; null: all taxa.")
    country: Named | None = Field(description="The country of export; null: all.")
    amount: float | None = Field(description="How much may be exported in a year.")
    unit: str | None
    since: str | None
    until: str | None
    in_force: Literal["yes", "unknown"] = Field(
        description="unknown: it has no recorded end, and its source is older than the day asked for."
    )
    text: str
    sources: list[Named]


class BelowDocument(BaseModel):
    """What is listed below a concept in its own right."""

    concept: Named
    appendices: list[str]


class ConceptDocument(BaseModel):
    """What a convention says of one concept."""

    concept: Named
    name_then: str = Field(description="What its taxonomy called it on that day, as far as that is recorded.")
    recognized: bool | None = Field(description="Whether its taxonomy recognized it on that day; null: uncertain.")
    relation: Named | None = Field(description="How the taxon asked for relates to it.")
    basis: str = Field(
        description="itself, curator (an alignment says so), rule (an alignment that a rule drew) or same-name."
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
        description="Whether it is recorded from other countries than the one asked for, and so left out of the answer."
    )


class MeetingDocument(BaseModel):
    """A meeting that changed the Appendices after the horizon."""

    id: str
    label: str
    effective_on: str
    coverage: Literal["included", "partly-included", "not-included"] = Field(
        description="How much of what it changed is recorded."
    )


class HorizonDocument(BaseModel):
    """How far the recorded listings of a convention are complete."""

    complete_until: str | None = Field(description="The last day on which they are all that there were; null: unknown.")
    beyond: bool = Field(description="Whether the day asked for lies after that.")
    later_meetings: list[MeetingDocument] = Field(description="Those that changed the Appendices after it.")


class TreatyDocument(BaseModel):
    """What one convention says."""

    treaty: Named
    state: Literal["listed", "not-listed", "unknown", "not-in-graph"] = Field(
        description="not-listed: in no Appendix, as far as the horizon goes; unknown: beyond it, or dates or "
        "populations leave it open; not-in-graph: no concept of this convention's taxonomy stands for the taxon here."
    )
    appendices: list[str] = Field(description="The Appendices in force for some concept that stands for the taxon.")
    possible_appendices: list[str] = Field(description="Those that may be, as far as dates and populations tell.")
    horizon: HorizonDocument
    concepts: list[ConceptDocument]


class StatusDocument(BaseModel):
    """The legal status of a taxon on a day."""

    taxon: Named
    on: str
    country: Named | None
    treaties: list[TreatyDocument]
    release: int


class PeriodDocument(BaseModel):
    """A time during which a convention said the same."""

    start: str
    end: str | None
    appendices: list[str]
    possible_appendices: list[str]
    listings: list[ListingDocument]


class TimelineConcept(BaseModel):
    """The history of one concept."""

    concept: Named
    treaty: Named
    relation: Named | None
    basis: str
    valid_from: str | None
    valid_until: str | None
    events: list[EventDocument]
    periods: list[PeriodDocument]


class TimelineDocument(BaseModel):
    """The listing history of a taxon under both conventions."""

    taxon: Named
    country: Named | None
    concepts: list[TimelineConcept]
    release: int
