"""The shapes of answers to questions, for the OpenAPI document: ``answer`` and ``answer_reason`` of a search."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from jwpgraph.answers.answer import Reason, Verdict
from jwpgraph.api.status_models import HorizonDocument, Named


class PartDocument(BaseModel):
    """What is listed below an animal in its own right."""

    taxon: Named
    appendices: list[str]


class TreatyAnswerDocument(BaseModel):
    """What a treaty says of an animal."""

    treaty: Named
    state: Literal["listed", "not-listed", "unknown", "not-in-graph"] = Field(
        description="As in the legal status of a taxon: three ways of not being listed, and only one of them is a no."
    )
    appendices: list[str] = Field(
        description="The Appendices that certainly list it; where no country is asked for, those of its parts as well."
    )
    possible_appendices: list[str]
    certain: bool = Field(
        description="Whether dates and populations leave nothing open; the horizon tells whether later changes may."
    )
    parts: list[PartDocument] = Field(description="Subspecies and the like that are listed in their own right.")
    horizon: HorizonDocument


class AnswerDocument(BaseModel):
    """What the treaties say of an animal on a day, in a country."""

    model_config = ConfigDict(extra="forbid")

    taxon: Named
    rank: str
    common_name: str | None
    country: Named | None
    on: str
    treaties: list[TreatyAnswerDocument]
    occurs: Literal["yes", "no", "unknown"] | None = Field(
        description="Whether it is recorded from the country: no where its range is recorded without that country, "
        "unknown where no range is recorded or the records are doubtful; null where no country is asked for."
    )
    presences: list[str] = Field(description="How it is recorded there: native, introduced, extinct, uncertain, …")
    horizon: dict[str, HorizonDocument] = Field(description="By treaty, how far its listings are complete.")
    verdict: Verdict | None = Field(description="The answer in one word, where the question asks for yes or no.")
    page: str = Field(description="The path of the page about the animal.")


#: What ``answer_reason`` says, for the OpenAPI document.
REASONS = (
    "Why `answer` is null: `not-in-graph` (no animal here is known by that name: it may be listed "
    "all the same, or be here under another name), `not-listed` (no animal of the group is listed on that day), "
    "`no-such-day`, `activity`, `activities`, `instruments`, `meeting` or `country` (that is what is asked for: "
    "`items` has it first), `other-thing` (the name is that of something else than an animal), `no-question` "
    "(nothing is asked)."
)


class AnswerFields(BaseModel):
    """The fields of a search that answer a question."""

    answer: AnswerDocument | list[AnswerDocument] | None = Field(
        default=None,
        description="What the treaties say of the animal that the question names; a list where it is several.",
    )
    answer_reason: Reason | None = Field(default=None, description=REASONS)
