"""Pages that answer a question: filtered lists with their numbers, changes of the Appendices, and comparisons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal
from urllib.parse import urlencode

from jwpgraph.answers.animal_selection import SIDES, AnimalFilter, select_animals
from jwpgraph.answers.answer import QuestionAnswer
from jwpgraph.answers.days import Extent
from jwpgraph.answers.list_conditions import has_negation, names_alternatives
from jwpgraph.answers.listing_changes import ChangeFilter, select_changes
from jwpgraph.answers.parsed_question import Question
from jwpgraph.answers.words import ADDED_WORDS, CHANGE_WORDS, LISTED_WORDS
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import get_slug, iri_to_path
from jwpgraph.entities.search import SearchHit
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.taxonomy.horizon import Outlook
from jwpgraph.vocabulary import ID

PageKind = Literal[
    "changes", "additions", "meeting-changes", "definitions", "lists", "comparison", "country", "countries"
]
_CONFERENCE: Final = re.compile(rf"{re.escape(ID)}meeting/(?:{'|'.join(SIDES)})-cop\d+")


@dataclass(frozen=True, slots=True)
class FurtherPage:
    """A page that answers a question.

    Attributes:
        kind: what the page is.
        path: its path, with its filter.
        label: the name of the meeting or country that it is about, or the Appendix of a list; else empty.
        number: how many animals or changes it has; None if its filter is not all that the question asks for.
        on: the day of the list, or the last day of the changes.
        outlooks: the relation of that day to the horizon of each treaty.
    """

    kind: PageKind
    path: str
    label: str = ""
    number: int | None = None
    on: date | None = None
    outlooks: Mapping[str, Outlook] = field(default_factory=dict)


async def find_further_pages(
    site: AppContext, found: QuestionAnswer, hits: Sequence[SearchHit], today: date
) -> list[FurtherPage]:
    """Return the pages that answer a question, or tell more about its answer.

    Args:
        site: the application context.
        found: the answer.
        hits: the search results for the question.
        today: the day to use if the question names none.
    """
    question = found.question
    pages: list[FurtherPage] = []
    match found.reason:
        case None if found.ignores_changes:
            pages = [await _find_changes(site, question, today, with_number=False)]
        case None:
            pages = _find_comparison(found)
        case "meeting" | "meetings" if question.asks_changes:
            pages = await _find_meeting_changes(site, hits)
        case "lists" if question.days and (
            question.asks_changes or question.asks_since or not (question.treaties or question.appendices)
        ):
            pages = [await _find_changes(site, question, today)]
        case "country" if question.treaties and _asks_for_listed(question):
            pages = await _find_lists(site, question, today, with_number=True)
        case "lists" | "too-many-taxa":
            pages = await _find_lists(site, question, today, with_number=found.reason == "lists")
        case "meanings":
            pages = [FurtherPage("definitions", "/doc/scheme/appendices")]
        case "parties":
            pages = [_find_country(question)]
    return pages


def _asks_for_listed(question: Question) -> bool:
    others = question.asks_changes or question.asks_since or question.asks_reservations or question.asks_permission
    return not others and not LISTED_WORDS.isdisjoint(word.folded for word in question.words)


def _find_country(question: Question) -> FurtherPage:
    path = iri_to_path(question.countries[0].iri, "doc") if question.countries else None
    if path is None:
        return FurtherPage("countries", "/browse/countries")
    return FurtherPage("country", path, question.countries[0].name)


def _find_comparison(found: QuestionAnswer) -> list[FurtherPage]:
    """Return the comparison of an animal on the two days of a question."""
    question = found.question
    days = sorted({day.on for day in question.days if day.extent is Extent.DAY})
    slugs = {one.animal.slug for one in found.statuses}
    if len(days) != 2 or len(question.days) != 2 or len(slugs) != 1 or len(question.countries) > 1:
        return []
    values = {"then": days[0].isoformat(), "on": days[1].isoformat(), **_name_country(question)}
    return [FurtherPage("comparison", f"/species/{slugs.pop()}?{urlencode(values)}")]


def _name_country(question: Question) -> dict[str, str]:
    if len(question.countries) != 1:
        return {}
    return {"in": question.countries[0].notation or get_slug(question.countries[0].iri)}


async def _find_meeting_changes(site: AppContext, hits: Iterable[SearchHit]) -> list[FurtherPage]:
    """Return the changes that each of the meetings of the Parties among the results decided."""
    numbers = (await select_changes(site, ChangeFilter())).meetings
    named = {one.iri: one.label for one in (await get_horizons(site)).meetings.values()}
    return [
        FurtherPage(
            "meeting-changes",
            f"/listings/changes?{urlencode({'meeting': get_slug(hit.iri)})}",
            named.get(hit.iri, get_slug(hit.iri).replace("-", " ").upper()),
            numbers.get(hit.iri),
        )
        for hit in hits
        if hit.kind.segment == "meeting" and _CONFERENCE.fullmatch(hit.iri)
    ]


async def _find_changes(site: AppContext, question: Question, today: date, *, with_number: bool = True) -> FurtherPage:
    """Return the changes in the days of a question, or the additions if it asks for those alone."""
    first, last = min(day.first for day in question.days), max(day.on for day in question.days)
    words = {word.folded for word in question.words}
    change = "addition" if words & CHANGE_WORDS and words & CHANGE_WORDS <= ADDED_WORDS else ""
    treaty = question.treaties[0] if len(question.treaties) == 1 else ""
    values = {"from": first.isoformat(), "to": last.isoformat(), "treaty": treaty, "change": change}
    path = f"/listings/changes?{urlencode({name: value for name, value in values.items() if value})}"
    asked = ChangeFilter(treaty, change=change, since=first, until=last)
    # The page has no filter for an Appendix, or for the animals that a question names.
    is_exact = with_number and not question.appendices and not question.countries
    number = len((await select_changes(site, asked)).changes) if is_exact else None
    return FurtherPage(
        "additions" if change else "changes", path, "", number, last, await _read_outlooks(site, min(last, today))
    )


async def _find_lists(site: AppContext, question: Question, today: date, *, with_number: bool) -> list[FurtherPage]:
    """Return the lists with what a question names; one for each treaty if it names an Appendix without a treaty."""
    # The lists have no filter for "not I": they hold a little more then.
    sides = {
        treaty: value.partition(" not ")[0] for treaty, value in question.sides.items() if not value.startswith("not ")
    }
    if len(question.appendices) == 1 and "any" in sides.values():  # "in Appendix I of both treaties"
        sides = {treaty: question.appendices[0] if value == "any" else value for treaty, value in sides.items()}
    choices = [sides]
    if not question.sides and len(question.appendices) == 1 and not _has_denial(question):
        number = question.appendices[0]
        choices = [{treaty: number} for treaty, numbers in SIDES.items() if number in numbers]
    on = question.days[-1].on if question.days else today
    outlooks = await _read_outlooks(site, on)
    found = []
    for chosen in choices:
        values = {**chosen, **_name_country(question), **({"on": on.isoformat()} if question.days else {})}
        count = None
        if with_number and _is_exact(question, chosen):
            country = question.countries[0] if question.countries else None
            count = len((await select_animals(site, AnimalFilter(on, chosen, country=country))).animals)
        label = " ".join(f"{treaty.upper()} {value}" for treaty, value in chosen.items()) if len(choices) > 1 else ""
        found.append(FurtherPage("lists", f"/listings?{urlencode(values)}".rstrip("?"), label, count, on, outlooks))
    return found


def _has_denial(question: Question) -> bool:
    return has_negation([word.folded for word in question.words])


def _is_exact(question: Question, chosen: Mapping[str, str]) -> bool:
    """Return whether the list with the filter *chosen* has what a question asks for, and nothing else."""
    days = question.days
    return (
        bool(chosen)
        and not any("not " in value for value in question.sides.values())
        and (bool(question.sides) or not _has_denial(question))
        and set(question.appendices) <= set(chosen.values())
        and not names_alternatives(question.words)
        and not question.topics
        and len(question.countries) <= 1
        and (not days or (len(days) == 1 and days[0].extent is Extent.DAY))
    )


async def _read_outlooks(site: AppContext, on: date) -> dict[str, Outlook]:
    horizons = await get_horizons(site)
    return {short: horizons.outlook(treaty, (), on) for treaty, short in TREATIES.items()}
