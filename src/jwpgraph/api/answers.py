"""Models of answers to questions, for the OpenAPI document: ``answer`` and ``answer_reason`` of a search."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from jwpgraph.answers.answer import Reason, Unanswered
from jwpgraph.answers.further_pages import PageKind
from jwpgraph.answers.verdicts import Verdict
from jwpgraph.api.status_models import HorizonDocument, Named
from jwpgraph.http.api_model import ApiModel


class PartDocument(ApiModel):
    """The listing of a subspecies or other part of a taxon."""

    taxon: Named
    appendices: list[str]


class TreatyAnswerDocument(ApiModel):
    """The listing of an animal under one treaty."""

    treaty: Named
    state: Literal["listed", "not-listed", "unknown", "not-in-graph"] = Field(
        description="As in the legal status of a taxon: not listed, unknown and not in this graph are different states."
    )
    appendices: list[str] = Field(
        description="The Appendices that certainly list it; without a country, those of its parts as well."
    )
    possible_appendices: list[str]
    certain: bool = Field(description="False if dates or populations leave the listing open; see also the horizon.")
    evidence: dict[str, Named | None] = Field(
        description="The level of evidence of each of the Appendices that certainly list it, by number."
    )
    parts: list[PartDocument] = Field(description="Subspecies and other parts with listings of their own.")
    horizon: HorizonDocument


class StretchDocument(ApiModel):
    """A part of a period during which the status of an animal is the same."""

    first: str = Field(alias="from", description="The first day.")
    until: str = Field(description="The last day.")
    treaties: list[TreatyAnswerDocument]


class AnswerDocument(ApiModel):
    """The listing of an animal on a day, in a country, under both treaties."""

    model_config = ConfigDict(extra="forbid")

    taxon: Named
    rank: str
    common_name: str | None
    country: Named | None
    on: str = Field(description="The day; if the question asks for a period, its last day.")
    treaties: list[TreatyAnswerDocument] = Field(description="The status on that day.")
    during: list[StretchDocument] | None = Field(
        default=None,
        description="If the question asks for a period (in the 1990s, since 1995, before 2010, between two days): its "
        "stretches of the same status, oldest first; null if it asks for a day.",
    )
    occurs: Literal["yes", "no", "unknown"] | None = Field(
        description="Whether it is recorded from the country: no where its range is recorded without that country, "
        "unknown where no range is recorded or the records are doubtful; null where no country is asked for."
    )
    presences: list[str] = Field(description="Its recorded status there: native, introduced, extinct, uncertain, …")
    recorded_from: list[str] | None = Field(
        default=None,
        description="The countries from which it is recorded, doubtful and former records included, if the question "
        "asks where it lives; null otherwise. The record of a range may be incomplete.",
    )
    horizon: dict[str, HorizonDocument] = Field(description="By treaty, the day until which its listings are complete.")
    verdict: Verdict | None = Field(
        description="The answer to a yes-or-no question in one word; otherwise null. Of a group it is for the animals "
        "in `answer`. `not-recorded`: its range is recorded without the country, which is no proof that it does not "
        "live there."
    )
    page: str = Field(description="The path of the page about the animal.")


class ForeignNameDocument(ApiModel):
    """A name in the question that is a name of animals in other languages only."""

    name: str
    languages: list[str] = Field(description="The languages in which it is one, as BCP 47 tags.")


class FurtherPageDocument(ApiModel):
    """A page that answers the question, or tells more about its answer."""

    kind: PageKind
    path: str = Field(description="The path of the page, with its filter.")
    label: str | None = Field(description="The meeting, country or Appendix that it is about.")
    number: int | None = Field(
        description="How many animals or changes it has, as far as is recorded; null if its filter is not all that the "
        "question asks for."
    )
    horizon: dict[str, HorizonDocument] = Field(
        description="Of a list of animals or of the changes of a period: by treaty, the day until which its listings "
        "are complete."
    )


#: What ``answer_reason`` says, for the OpenAPI document.
REASONS = (
    "Why `answer` is null: `not-in-graph` (no animal here is known by that name: it may be listed "
    "all the same, or be here under another name), `not-listed` (no animal of the group is listed, or listed as asked, "
    "on that day), "
    "`not-a-country` (the place asked for is a sea, a continent or a former State), `no-such-day`, `ambiguous-day` "
    "(such as 01/07/1975), `activity`, "
    "`activities`, `instruments`, `proposals`, `meeting` or `country` (that is what is asked for: `items` has it "
    "first), `meetings` (`items` has those on the days, in the countries and of the treaties that it names), `lists`, "
    "`red-list` (the question is whether animals are threatened, which a listing does not tell), "
    "`parties` or `meanings` (the question is about the lists of both treaties, about the Parties, or about what an "
    "Appendix means), "
    "`no-such-entity` (no activity or meeting has that code), `other-thing` (the name is that of something else than "
    "an animal), `too-many-taxa` (too many taxa are below the one named: ask for one of these), `no-question` (nothing "
    "is asked)."
)


class AnswerFields(ApiModel):
    """Fields of a search result that answer a question."""

    answer: AnswerDocument | list[AnswerDocument] | None = Field(
        default=None,
        description="The listing of the animal that the question names; a list if it names several.",
    )
    answer_reason: Reason | None = Field(default=None, description=REASONS)
    number: int | None = Field(
        default=None,
        description="How many animals of a group are listed, as far as is recorded, if the question asks that; of a "
        "country those that are recorded from it.",
    )
    pages: list[FurtherPageDocument] = Field(
        default=[],
        description="The pages that answer the question, with their filters: lists and changes with their numbers, "
        "the comparison of two days.",
    )
    not_answered: list[Unanswered] = Field(
        default=[],
        description="What the question asks that is not answered: `permission` (that depends on national law), "
        "`reasons` (why a treaty lists an animal is not recorded), `number` (the number of animals in the wild is not "
        "recorded), `changes` (the state at the end of the time is shown, not what changed in it), "
        "`comparison` (the earlier day is not named), "
        "`day` (what was found has no dates to compare it "
        "with).",
    )
    foreign_names: list[ForeignNameDocument] = Field(
        default=[],
        description="Names that are not understood in the language of the question, which its words or else `lang` "
        "tell, but in another one, as no animal here has them in its own.",
    )
