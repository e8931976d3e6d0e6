"""Models of the records that stewards write: as JSON, as rows of a table, or in a form.

Each field names the property that states it in the graph (:class:`Stated`), so that one definition serves the API, the
templates, the importer and what is read back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from jwpgraph.programme.values import (
    Address,
    Currency,
    Day,
    Duration,
    Line,
    Name,
    Names,
    PastDay,
    Text,
    When,
    as_slug,
    as_slugs,
    check_address,
    is_before,
)
from jwpgraph.vocabulary import JWP

Form = Literal[
    "english", "string", "when", "duration", "decimal", "year", "url", "concept", "link", "source", "appendix"
]


@dataclass(frozen=True)
class Stated:
    """The statement of a field in the graph.

    Attributes:
        predicate: the property's short name.
        form: what its objects are.
        targets: for concepts, the type segment of their IRIs; for links, the types of the entities that can be named.
    """

    predicate: str
    form: Form
    targets: tuple[str, ...] = ()


def _make_link(predicate: str, *targets: str) -> Stated:
    return Stated(predicate, "link", targets)


#: The permanent keys of new records; those of shipped records have further forms.
KEY: Final = re.compile("[a-z0-9]+(-[a-z0-9]+)*")
Key = Annotated[str, StringConstraints(strip_whitespace=True, pattern=f"^{KEY.pattern}$", min_length=2, max_length=120)]
_ACTIVITIES = "Codes of activities, such as B14, or with their programme: jwp-2015-2020/B14."


class Record(BaseModel):
    """Fields of all kinds of records."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, populate_by_name=True)
    segment: ClassVar[str]
    class_name: ClassVar[str]

    key: Key | None = Field(None, description="Its permanent key: lower-case letters, digits and hyphens.")
    title: Annotated[Line, Stated("skos:prefLabel", "english")] = Field(description="What it is called, in English.")
    description: Annotated[Text | None, Stated("dcterms:description", "english")] = Field(
        None, description="What it is, in English."
    )
    sources: Annotated[Names, Stated("dcterms:source", "source")] = Field(
        default=[],
        validation_alias=AliasChoices("sources", "source"),
        description="What it rests on: the address of a document or page, or the slug of a source in the graph.",
    )
    evidence: Annotated[
        Literal["programme-text", "sourced", "inferred", "general-knowledge"] | None,
        BeforeValidator(as_slug),
        Stated("jwp:evidence", "concept", ("evidence-level",)),
    ] = Field(None, description="The level of evidence; wanted where no source is named.", validate_default=True)
    note: Annotated[Text | None, Stated("skos:editorialNote", "english")] = Field(
        None, description="An editorial note, in English."
    )

    @field_validator("sources")
    @classmethod
    def _has_sound_addresses(cls, sources: list[str]) -> list[str]:
        return [check_address(one) if one.lower().startswith(("http:", "https:")) else one for one in sources]

    @field_validator("evidence")
    @classmethod
    def _rests_on_something(cls, evidence: str | None, info: ValidationInfo) -> str | None:
        sources = info.data.get("sources")
        if "sources" in info.data and not sources and evidence in {None, "programme-text", "sourced"}:
            raise ValueError("name a source, or say that it is inferred or general-knowledge")
        return evidence

    @field_validator("end", check_fields=False)
    @classmethod
    def _ends_after_start(cls, end: str | None, info: ValidationInfo) -> str | None:
        start = info.data.get("start")
        if end and start and is_before(end, start):
            raise ValueError(f"the end is before the start ({start})")
        return end

    def named(self) -> Self:
        """Return the record with a title, made from other fields if it has none."""
        return self

    @classmethod
    def class_iri(cls) -> str:
        """The IRI of its class."""
        return JWP + cls.class_name

    @classmethod
    def stated_fields(cls) -> dict[str, Stated]:
        """Return the statement of each field, by its name."""
        return {
            name: next(one for one in field.metadata if isinstance(one, Stated))
            for name, field in cls.model_fields.items()
            if name != "key"
        }


class ActionRecord(Record):
    """Something that was done, is under way or is planned under a work programme."""

    segment = "action"
    class_name = "Action"

    activities: Annotated[Names, Stated("prov:hadPlan", "link", ("activity",))] = Field(
        min_length=1, validation_alias=AliasChoices("activities", "activity"), description=_ACTIVITIES
    )
    start: Annotated[When | None, Stated("schema:startDate", "when")] = Field(
        None, description="When it began, as precisely as known."
    )
    end: Annotated[When | None, Stated("schema:endDate", "when")] = Field(
        None, description="When it ended, as precisely as known."
    )
    status: Annotated[
        Literal["planned", "under-way", "completed", "cancelled"] | None,
        BeforeValidator(as_slug),
        Stated("jwp:actionStatus", "concept", ("action-status",)),
    ] = Field(None, description="How far it has come.")
    place: Annotated[Line | None, Stated("schema:location", "string")] = Field(None, description="A town, or “online”.")
    country: Annotated[Names, _make_link("jwp:hostCountry", "country")] = Field(
        default=[], validation_alias=AliasChoices("country", "countries"), description="ISO 3166-1 codes: KE."
    )
    participants: Annotated[Names, _make_link("jwp:participant", "body", "country", "programme")] = Field(
        default=[],
        validation_alias=AliasChoices("participants", "participant"),
        description="Organisations, countries or programmes that take part; never persons.",
    )
    representative: Annotated[Names, _make_link("jwp:representative", "body")] = Field(
        default=[], description="The organisation that represented another one."
    )
    represented: Annotated[Names, _make_link("jwp:representedBody", "body")] = Field(
        default=[], description="The organisation that was represented."
    )
    meetings: Annotated[Names, _make_link("jwp:actionMeeting", "meeting")] = Field(
        default=[], validation_alias=AliasChoices("meetings", "meeting"), description="Meetings at which it took place."
    )
    outputs: Annotated[
        Names, _make_link("prov:generated", "instrument", "meeting", "source", "tool", "programme", "proposal")
    ] = Field(
        default=[],
        validation_alias=AliasChoices("outputs", "output"),
        description="What came of it: instruments, meetings, documents (sources), tools, programmes in the graph.",
    )
    funding_kind: Annotated[
        Literal["need", "pledge", "grant"] | None,
        BeforeValidator(as_slug),
        Stated("jwp:fundingKind", "concept", ("funding-kind",)),
    ] = Field(None, description="What the amount is.")
    amount: Annotated[Decimal | None, Stated("jwp:amount", "decimal")] = Field(
        None, gt=0, max_digits=18, decimal_places=2, description="An amount of money."
    )
    currency: Annotated[Currency | None, Stated("jwp:currency", "string")] = Field(
        None, description="Its currency, as an ISO 4217 code; wanted with an amount.", validate_default=True
    )
    funding_year: Annotated[
        str | None, StringConstraints(pattern="^[12][0-9]{3}$"), Stated("jwp:fundingYear", "year")
    ] = Field(None, description="The year that the money is for.", coerce_numbers_to_str=True)

    @field_validator("currency")
    @classmethod
    def _goes_with_amount(cls, currency: str | None, info: ValidationInfo) -> str | None:
        if "amount" in info.data and (currency is None) != (info.data["amount"] is None):
            raise ValueError("an amount and its currency are wanted together")
        return currency


class MeetingRecord(Record):
    """A meeting, call or workshop."""

    segment = "meeting"
    class_name = "Meeting"

    short_title: Annotated[Line | None, Stated("skos:altLabel", "english")] = Field(
        None, description="Its short name, such as CMS COP15."
    )
    kind: Annotated[Names, BeforeValidator(as_slugs), _make_link("jwp:meetingKind", "meeting-kind")] = Field(
        default=[],
        validation_alias=AliasChoices("kind", "kinds"),
        description="Slugs of kinds of meetings: conference-of-the-parties, coordination-meeting, workshop …",
    )
    conventions: Annotated[Names, _make_link("jwp:parentConvention", "instrument")] = Field(
        default=[],
        validation_alias=AliasChoices("conventions", "convention", "treaty", "treaties"),
        description="The Conventions whose meeting it is: cms, cites.",
    )
    start: Annotated[When | None, Stated("schema:startDate", "when")] = Field(
        None, description="Its first day, as precisely as known, or a time with its time zone."
    )
    end: Annotated[When | None, Stated("schema:endDate", "when")] = Field(None, description="Its last day.")
    status: Annotated[
        Literal["confirmed", "tentative", "postponed", "cancelled"] | None,
        BeforeValidator(as_slug),
        Stated("jwp:meetingStatus", "concept", ("meeting-status",)),
    ] = Field(None, description="Whether it takes place as announced.")
    place: Annotated[Line | None, Stated("schema:location", "string")] = Field(None, description="A town, or “online”.")
    country: Annotated[Names, _make_link("jwp:hostCountry", "country")] = Field(
        default=[], validation_alias=AliasChoices("country", "countries"), description="ISO 3166-1 codes: KE."
    )
    series: Annotated[Name | None, _make_link("schema:superEvent", "meeting")] = Field(
        None, description="The series that it belongs to."
    )
    recurrence: Annotated[Duration | None, Stated("jwp:repeatFrequency", "duration")] = Field(
        None, description="The interval at which it comes back: P1Y."
    )
    activities: Annotated[Names, _make_link("jwp:concernsActivity", "activity")] = Field(
        default=[], validation_alias=AliasChoices("activities", "activity"), description=_ACTIVITIES
    )
    url: Annotated[Address | None, Stated("schema:url", "url")] = Field(None, description="The address of its page.")


class ProposalRecord(Record):
    """A proposal to change the Appendices of a Convention."""

    segment = "proposal"
    class_name = "AmendmentProposal"

    treaty: Annotated[Name, BeforeValidator(as_slug), _make_link("jwp:designation", "instrument")] = Field(
        description="The Convention whose Appendices it would change: cms or cites."
    )
    meeting: Annotated[Name, _make_link("jwp:proposedTo", "meeting")] = Field(
        description="The meeting that decides on it: cms-cop15."
    )
    number: Annotated[Line | None, Stated("jwp:proposalNumber", "string")] = Field(
        None, description="Its number among those of the meeting.", coerce_numbers_to_str=True
    )
    taxa: Annotated[Names, _make_link("jwp:proposedTaxon", "taxon")] = Field(
        min_length=1,
        validation_alias=AliasChoices("taxa", "taxon"),
        description="Taxa of that treaty's taxonomy: scientific names, or cms/panthera-leo.",
    )
    change: Annotated[
        Literal["addition", "deletion", "amendment"] | None,
        BeforeValidator(as_slug),
        Stated("jwp:proposedChange", "concept", ("listing-change-type",)),
    ] = Field(None, description="Whether a listing is to be added, taken out or changed.")
    appendices: Annotated[Names, Stated("jwp:proposedAppendix", "appendix", ("appendix",))] = Field(
        default=[],
        validation_alias=AliasChoices("appendices", "appendix"),
        description="The Appendices that it would change: I, II.",
    )
    populations: Annotated[Names, _make_link("jwp:proposedPopulation", "country", "region", "historic-area")] = Field(
        default=[],
        validation_alias=AliasChoices("populations", "population"),
        description="Countries or regions to whose populations it is limited; without any it applies to all.",
    )
    scope: Annotated[Text | None, Stated("jwp:populationNote", "english")] = Field(
        None, description="Its scope in words, where countries alone do not tell it."
    )
    proponents: Annotated[Names, _make_link("jwp:proponent", "country", "body")] = Field(
        default=[],
        validation_alias=AliasChoices("proponents", "proponent"),
        description="Countries or bodies that made it.",
    )
    outcome: Annotated[
        Literal["adopted", "adopted-as-amended", "rejected", "withdrawn"] | None,
        BeforeValidator(as_slug),
        Stated("jwp:outcome", "concept", ("proposal-outcome",)),
    ] = Field(None, description="What the meeting decided; left out where it is not known.")
    listing_events: Annotated[Names, _make_link("jwp:ledTo", "listing-event")] = Field(
        default=[], description="Listing events by which it took effect."
    )


class CommentRecord(Record):
    """A comment of a body on an amendment proposal."""

    segment = "comment"
    class_name = "Comment"

    title: Annotated[Line | None, Stated("skos:prefLabel", "english")] = Field(  # type: ignore[assignment]
        None, description="What it is called; made from the rest where it is left out."
    )
    proposal: Annotated[Name, _make_link("jwp:commentOn", "proposal")] = Field(description="The key of the proposal.")
    by: Annotated[Name, _make_link("jwp:commentBy", "body")] = Field(
        description="The body that comments: cms-secretariat, cites-secretariat."
    )
    due: Annotated[Day | None, Stated("jwp:dueOn", "when")] = Field(None, description="The day by which it is wanted.")
    given: Annotated[PastDay | None, Stated("jwp:givenOn", "when")] = Field(
        None, description="The day on which it was given."
    )
    position: Annotated[
        Literal["supports", "supports-with-changes", "neutral", "opposes", "no-comment"] | None,
        BeforeValidator(as_slug),
        Stated("jwp:position", "concept", ("comment-position",)),
    ] = Field(None, description="Its position on the proposal.")

    def named(self) -> Self:
        """Return the record with a title."""
        return self if self.title else self.model_copy(update={"title": f"Comment by {self.by} on {self.proposal}"})


class ProgressRecord(Record):
    """A judgement of how far an activity had come on a day."""

    segment = "progress"
    class_name = "ProgressJudgement"

    title: Annotated[Line | None, Stated("skos:prefLabel", "english")] = Field(  # type: ignore[assignment]
        None, description="What it is called; made from the rest where it is left out."
    )
    activity: Annotated[Name, _make_link("jwp:judgedActivity", "activity")] = Field(
        description="The code of the activity, such as B14, or with its programme: jwp-2015-2020/B14."
    )
    value: Annotated[
        Literal["not-started", "under-way", "continuous", "completed", "discontinued", "superseded"],
        BeforeValidator(as_slug),
        Stated("jwp:progressValue", "concept", ("progress-value",)),
    ] = Field(description="How far it has come.")
    date: Annotated[PastDay, Stated("jwp:judgedOn", "when")] = Field(description="The day of the judgement.")
    by: Annotated[Name | None, _make_link("jwp:judgedBy", "body")] = Field(None, description="The body that judged.")
    based_on: Annotated[Names, _make_link("prov:used", "action", "meeting", "instrument", "source")] = Field(
        default=[], description="The records that the judgement rests on: keys of actions, meetings, instruments."
    )

    def named(self) -> Self:
        """Return the record with a title."""
        if self.title:
            return self
        return self.model_copy(update={"title": f"{self.activity}: {self.value.replace('-', ' ')} on {self.date}"})


#: The kinds of records by the word for them in paths and commands.
KINDS: dict[str, type[Record]] = {
    "actions": ActionRecord,
    "meetings": MeetingRecord,
    "proposals": ProposalRecord,
    "comments": CommentRecord,
    "progress": ProgressRecord,
}


@dataclass(frozen=True, slots=True)
class RecordFault:
    """A fault of one field of a record: the field, the reason, the given value, and whether there is none."""

    field: str
    reason: str
    value: Any = None
    missing: bool = False

    @property
    def text(self) -> str:
        """Return the value as text; empty if it is none."""
        return self.value if isinstance(self.value, str) else ""
