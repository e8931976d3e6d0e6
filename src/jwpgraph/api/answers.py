"""Answers to questions as JSON: the ``answer`` and ``answer_reason`` of ``/api/v1/search``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from jwpgraph.answers.answer import AnimalStatus, QuestionAnswer, Reason, TreatyAnswer, Verdict
from jwpgraph.api.status_documents import Json, horizon, make_treaty, numbers
from jwpgraph.api.status_models import HorizonDocument, Named
from jwpgraph.entities.iri_mapping import iri_slug
from jwpgraph.taxonomy.concepts import TaxonConcept


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
    "Why `answer` is null: `not-in-graph` (no animal here bears the name; CITES species are here only where CMS lists "
    "them or the programme names them), `not-listed` (no animal of the group is listed on that day), `no-such-day`, "
    "`activity`, `activities`, `instruments`, `meeting` or `country` (that is what is asked for: `items` has it first), "
    "`no-question` (nothing is asked)."
)


class AnswerFields(BaseModel):
    """The fields of a search that answer a question."""

    answer: AnswerDocument | list[AnswerDocument] | None = Field(
        default=None,
        description="What the treaties say of the animal that the question names; a list where it is several.",
    )
    answer_reason: Reason | None = Field(default=None, description=REASONS)


def make_answer_fields(found: QuestionAnswer) -> Json:
    """The fields ``answer`` and ``answer_reason``."""
    documents = [_make_answer(one, found.verdict) for one in found.statuses]
    return {
        "answer": (documents if len(documents) > 1 else documents[0]) if documents else None,
        "answer_reason": found.reason,
    }


def _make_answer(status: AnimalStatus, verdict: Verdict | None) -> Json:
    concept, country, occurrence = status.animal.concept, status.country, status.occurrence
    return {
        "taxon": _name(concept),
        "rank": concept.rank,
        "common_name": status.animal.common_name,
        "country": {
            "id": country.iri,
            "label": country.name,
            "notation": country.notation or iri_slug(country.iri),
        }
        if country
        else None,
        "on": status.on.isoformat(),
        "treaties": [_make_treaty(one) for one in status.treaties],
        "occurs": occurrence.occurs.value if occurrence else None,
        "presences": list(occurrence.presences) if occurrence else [],
        "horizon": {one.short: horizon(one.found.outlook) for one in status.treaties},
        "verdict": verdict,
        "page": f"/species/{status.animal.slug}",
    }


def _make_treaty(one: TreatyAnswer) -> Json:
    return {
        "treaty": make_treaty(one.found.treaty),
        "state": one.found.state.value,
        "appendices": numbers(one.appendices),
        "possible_appendices": numbers(set(one.found.possible) - set(one.appendices)),
        "certain": one.certain,
        "parts": [{"taxon": _name(taxon), "appendices": numbers(appendices)} for taxon, appendices in one.parts],
        "horizon": horizon(one.found.outlook),
    }


def _name(concept: TaxonConcept) -> Json:
    return {"id": concept.iri, "label": concept.name, "notation": iri_slug(concept.iri)}
