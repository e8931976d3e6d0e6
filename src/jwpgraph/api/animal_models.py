"""Models of the responses about animals and listings, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from jwpgraph.api.answers import AnswerDocument
from jwpgraph.api.status_models import HorizonDocument, Named
from jwpgraph.http.api_model import ApiModel
from jwpgraph.linked_data.paging import PageLinks


class HoldingDocument(ApiModel):
    """An Appendix that lists an animal, or part of it."""

    appendix: str
    since: str | None = Field(description="The first day from which it has done so without a break, where known.")
    certain: bool
    whole_taxon: bool = Field(
        description="False where it lists only some populations, of a country only some of its own, or only parts."
    )
    listed_as: str | None = Field(description="The name as which it is listed, where it is another one.")
    evidence: Named | None = Field(description="The level of evidence; null where none is recorded.")


class SideDocument(ApiModel):
    """The statement of a treaty about an animal."""

    treaty: Named
    state: Literal["listed", "not-listed", "unknown", "not-in-graph"] = Field(
        description="As in the legal status of a taxon: three ways of not being listed, and only one of them is a no."
    )
    appendices: list[str]
    possible_appendices: list[str]
    complete_until: str | None = Field(description="The day until which the listings of such animals are complete.")
    beyond: bool = Field(description="Whether the day asked lies after that day.")
    listings: list[HoldingDocument]


class RedListDocument(ApiModel):
    """A Red List category."""

    category: str
    reported: str | None = Field(description="Year of the report that gives it.")


class AnimalItem(ApiModel):
    """An animal with its status in both treaties."""

    id: str = Field(description="IRI of the concept by which its status is asked for.")
    slug: str
    scientific_name: str
    common_name: str | None
    rank: str | None
    taxon_class: str | None = Field(alias="class")
    red_list: RedListDocument | None
    treaties: list[SideDocument]
    occurs: list[str] = Field(description="How it is recorded from the country asked for: native, introduced, …")
    recorded_for: list[str] = Field(
        description="Former areas that the country succeeded, where the animal is recorded for these only"
    )
    url: str
    page: str


class AnimalPage(PageLinks):
    """A page of the list of animals."""

    on: str
    country: Named | None
    total: int
    limit: int
    offset: int
    horizon: dict[str, HorizonDocument] = Field(description="By treaty, up to when its listings are complete.")
    items: list[AnimalItem]
    release: int


class ConceptEntry(ApiModel):
    """A concept that stands for an animal."""

    id: str
    label: str
    authorship: str
    taxonomy: str
    synonyms: list[str]


class SpeciesDocument(AnswerDocument):
    """An animal with its status in both treaties, and the concepts that stand for it."""

    concepts: list[ConceptEntry]
    then: Any = Field(description="The status on an earlier day, where a comparison is asked for; else null.")
    release: int


class ListingItem(ApiModel):
    """A listing period: an Appendix lists a concept from a day until a day."""

    id: str
    treaty: Named
    appendix: Named
    taxon: Named
    from_day: str | None = Field(alias="from", description="The first day; null where it is not known.")
    earliest: str = Field(description="The first day on which it can have been in force, where the first is unknown.")
    until: str | None = Field(description="The last day; null where the listing lasts as far as the data reach.")
    certain: bool
    whole_taxon: bool
    inherited_from: Named | None = Field(description="The higher taxon by whose listing it is listed.")
    only_in: list[Named] = Field(description="The countries whose populations it covers, where it is limited.")
    not_in: list[Named] = Field(description="The countries whose populations it leaves out.")
    possibly_in: list[Named] = Field(description="The countries where the populations covered possibly live.")
    populations: list[Named]
    excluded_populations: list[Named]
    notes: list[str]
    evidence: Named | None
    events: list[str] = Field(description="IRIs of the listing events that it rests on.")
    sources: list[Named]


class ListingPage(PageLinks):
    """A page of the list of listings."""

    total: int
    limit: int
    offset: int
    horizon: dict[str, HorizonDocument] = Field(description="By treaty, up to when its listings are complete.")
    items: list[ListingItem]
    release: int
