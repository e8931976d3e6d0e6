"""Changes of the Appendices, filtered by date, meeting, treaty, species group, class and name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from jwpgraph.answers.animal_rows import get_joined_concepts
from jwpgraph.answers.animal_selection import get_group_members, get_search_names
from jwpgraph.answers.listed_animals import CLASS_SYNONYMS
from jwpgraph.answers.listing_basis import get_listing_taxonomy
from jwpgraph.entities.app_context import AppContext
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.taxon_facets.appendices import TREATIES, get_appendix_number
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.period_table import get_period_table
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.evidence import get_level
from jwpgraph.vocabulary import PREFIX_LINES

#: Slugs of the types of listing changes.
CHANGES: Final = ("addition", "deletion", "amendment", "exception", "reservation", "reservation-withdrawal")
_EVENTS: Final = f"""{PREFIX_LINES}
SELECT DISTINCT ?event ?taxon ?treaty ?appendix ?change ?on ?by ?adopted ?meeting ?party ?evidence ?part WHERE {{
  ?event a jwp:ListingEvent ; jwp:listedTaxon ?taxon ; jwp:designation ?treaty ; jwp:changeType ?change .
  OPTIONAL {{ ?event jwp:appendix ?appendix }}
  OPTIONAL {{ ?event jwp:effectiveOn ?on }} OPTIONAL {{ ?event jwp:effectiveBy ?by }}
  OPTIONAL {{ ?event jwp:adoptedOn ?adopted }} OPTIONAL {{ ?event jwp:decidedAt ?meeting }}
  OPTIONAL {{ ?event jwp:party ?party }} OPTIONAL {{ ?event jwp:evidence ?evidence }}
  BIND(EXISTS {{
    ?event jwp:populationIn|jwp:populationOut|jwp:listedPopulation|jwp:excludedPopulation ?place }} AS ?part)
}}"""


@dataclass(frozen=True, slots=True)
class AppendixChange:
    """A change of an Appendix (a listing event).

    Attributes:
        iri: IRI of the listing event.
        taxon: IRI of the listed taxon.
        treaty: ``cms`` or ``cites``.
        number: number of the Appendix; empty if not recorded.
        change: slug of the type, usually one of :data:`CHANGES`.
        effective: effective date; None if unknown.
        adopted: date of adoption as recorded; empty if not recorded.
        meeting: IRI of the meeting that adopted it.
        party: IRI of the Party concerned, for example of a reservation.
        in_part: whether it concerns only some populations.
        evidence: slug of the level of evidence; empty if not recorded.
    """

    iri: str
    taxon: TaxonConcept
    treaty: str
    number: str
    change: str
    effective: PartialDate | None
    adopted: str
    meeting: str | None
    party: str | None
    in_part: bool
    evidence: str


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """A filter of changes; empty values match everything.

    Attributes:
        treaty: ``cms`` or ``cites``.
        meeting: IRI of the meeting that adopted the change.
        change: one of :data:`CHANGES`.
        group: slug of a species group.
        class_slug: slug of the class.
        words: folded words in the names of the taxon, or the scientific names of its ancestors.
        since: the first day.
        until: the last day.
    """

    treaty: str = ""
    meeting: str = ""
    change: str = ""
    group: str = ""
    class_slug: str = ""
    words: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class ChangeSelection:
    """The matching changes, oldest first, and the number by meeting among those that match all other criteria."""

    changes: list[AppendixChange]
    meetings: Mapping[str, int]


async def select_changes(site: AppContext, asked: ChangeFilter) -> ChangeSelection:
    """Return the changes of the current release that match the filter *asked*.

    The changes of a species group are those of its taxa and of the higher taxa through which they are listed.
    """
    changes = await _get_changes(site)
    concerned: frozenset[str] | None = None
    if asked.group:
        members = (await get_group_members(site)).get(asked.group, frozenset())
        table = await get_period_table(site)
        through = (one.via for iri in members for one in table.by_taxon.get(iri, ()) if one.via)
        concerned = members | frozenset(through)
    names = await _get_names(site) if asked.words or asked.class_slug else {}
    found = [one for one in changes if _matches(one, asked, concerned, names)]
    meetings = Counter(one.meeting for one in found if one.meeting)
    return ChangeSelection([one for one in found if asked.meeting in ("", one.meeting)], meetings)


def _matches(
    one: AppendixChange, asked: ChangeFilter, concerned: frozenset[str] | None, names: Mapping[str, tuple[str, str]]
) -> bool:
    class_slug, text = names.get(one.taxon.iri, ("", ""))
    return (
        asked.treaty in ("", one.treaty)
        and asked.change in ("", one.change)
        and asked.class_slug in ("", class_slug)
        and (concerned is None or one.taxon.iri in concerned)
        and all(word in text for word in asked.words)
        and (asked.since is None or (one.effective is not None and one.effective.last >= asked.since))
        and (asked.until is None or (one.effective is not None and one.effective.first <= asked.until))
    )


async def _get_names(site: AppContext) -> Mapping[str, tuple[str, str]]:
    """Return class and names (:func:`.get_search_names`) by IRI of the concept.

    Each concept of an animal has the names of all.
    """
    today = get_today()

    async def read() -> dict[str, tuple[str, str]]:
        reading = await get_listing_taxonomy(site)
        names = await get_search_names(site)
        animals = await get_joined_concepts(site, today)
        found = {}
        for concept in reading.taxa:
            chain = [
                reading.taxa.concepts[iri] for iri in reading.taxa.lineage(concept.iri) if iri in reading.taxa.concepts
            ]
            slug = next((one.name.casefold() for one in chain if one.rank == "class"), "")
            text = " ".join(names.get(iri, "") for iri in animals.get(concept.iri, (concept.iri,)))
            found[concept.iri] = (CLASS_SYNONYMS.get(slug, slug), text)
        return found

    return await site.once_per_day("names of listed taxa", today, read)


async def _get_changes(site: AppContext) -> list[AppendixChange]:
    async def read() -> list[AppendixChange]:
        reading = await get_listing_taxonomy(site)
        found = {}
        for row in await site.queries.select(_EVENTS):
            concept = reading.taxa.concepts.get(row["taxon"].value)
            if concept is not None and row["treaty"].value in TREATIES:
                found[row["event"].value] = _read_change(row, concept)
        return sorted(found.values(), key=_sort_key)

    return await site.once_per_release("changes of the Appendices", read)


def _sort_key(one: AppendixChange) -> tuple[date, str, str, str]:
    return one.effective.last if one.effective else date.min, one.treaty, one.taxon.name, one.iri


def _read_change(row: SolutionRow, concept: TaxonConcept) -> AppendixChange:
    effective = None
    try:
        if "on" in row:
            effective = PartialDate.parse(row["on"].value)
        elif "by" in row:
            effective = PartialDate.by(row["by"].value)
    except ValueError:
        pass  # an invalid date counts as unknown
    return AppendixChange(
        row["event"].value,
        concept,
        TREATIES[row["treaty"].value],
        get_appendix_number(row["appendix"].value) if "appendix" in row else "",
        row["change"].value.rpartition("/")[2],
        effective,
        row["adopted"].value if "adopted" in row else "",
        row["meeting"].value if "meeting" in row else None,
        row["party"].value if "party" in row else None,
        row["part"].value in {"true", "1"},
        get_level(row["evidence"].value) if "evidence" in row else "",
    )
