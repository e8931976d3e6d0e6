"""The changes of the Appendices that a release records: by date, meeting, treaty, species group, class and name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from jwpgraph.answers.animal_selection import get_group_members
from jwpgraph.answers.listed_animals import CLASS_SYNONYMS, get_listing_taxonomy
from jwpgraph.entities.app_context import AppContext
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.taxon_facets.appendices import TREATIES, appendix_number
from jwpgraph.taxon_facets.period_table import get_period_table
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.vocabulary import PREFIX_LINES

#: What can happen to a listing: slugs of change types.
CHANGES: Final = ("addition", "deletion", "amendment", "exception", "reservation", "reservation-withdrawal")
_EVENTS: Final = f"""{PREFIX_LINES}
SELECT DISTINCT ?event ?taxon ?treaty ?appendix ?change ?on ?by ?adopted ?meeting ?party ?part WHERE {{
  ?event a jwp:ListingEvent ; jwp:listedTaxon ?taxon ; jwp:designation ?treaty ; jwp:changeType ?change .
  OPTIONAL {{ ?event jwp:appendix ?appendix }}
  OPTIONAL {{ ?event jwp:effectiveOn ?on }} OPTIONAL {{ ?event jwp:effectiveBy ?by }}
  OPTIONAL {{ ?event jwp:adoptedOn ?adopted }} OPTIONAL {{ ?event jwp:decidedAt ?meeting }}
  OPTIONAL {{ ?event jwp:party ?party }}
  BIND(EXISTS {{
    ?event jwp:populationIn|jwp:populationOut|jwp:listedPopulation|jwp:excludedPopulation ?place }} AS ?part)
}}"""


@dataclass(frozen=True, slots=True)
class AppendixChange:
    """A change of an Appendix.

    Attributes:
        iri: the listing event.
        taxon: the taxon concerned.
        treaty: ``cms`` or ``cites``.
        number: the number of the Appendix; empty where none is recorded.
        change: one of :data:`CHANGES`, or the slug of another change type.
        effective: when it took effect; None where that is not known.
        adopted: when it was adopted, as recorded; empty where it is not.
        meeting: IRI of the meeting that decided on it.
        party: IRI of the Party concerned, as with reservations.
        in_part: whether it concerns some populations only.
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


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """The selection of changes; an empty value selects all.

    Attributes:
        treaty: ``cms`` or ``cites``.
        meeting: IRI of the meeting that decided.
        change: one of :data:`CHANGES`.
        group: the slug of a species group.
        class_slug: the class.
        words: words that the names of the taxon or of those above it have, folded.
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
    """The changes found, oldest first, and how many each meeting decided on among what the other choices leave."""

    changes: list[AppendixChange]
    meetings: Mapping[str, int]


async def select_changes(site: AppContext, asked: ChangeFilter) -> ChangeSelection:
    """Return the changes of the release being served for which *asked* holds.

    A species group is concerned by the changes of its taxa and of the higher taxa through which these are listed.
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
    """Return the class of each concept, and its names and those above it in one text, folded."""

    async def read() -> dict[str, tuple[str, str]]:
        reading = await get_listing_taxonomy(site)
        found = {}
        for concept in reading.taxa:
            chain = [
                reading.taxa.concepts[iri] for iri in reading.taxa.lineage(concept.iri) if iri in reading.taxa.concepts
            ]
            slug = next((one.name.casefold() for one in chain if one.rank == "class"), "")
            text = " ".join([*(one.name for one in chain), concept.common_name or ""]).casefold()
            found[concept.iri] = (CLASS_SYNONYMS.get(slug, slug), text)
        return found

    return await site.once_per_release("names of listed taxa", read)


async def _get_changes(site: AppContext) -> list[AppendixChange]:
    async def read() -> list[AppendixChange]:
        reading = await get_listing_taxonomy(site)
        found = {}
        for row in await site.queries.select(_EVENTS):
            concept = reading.taxa.concepts.get(row["taxon"].value)
            if concept is not None and row["treaty"].value in TREATIES:
                found[row["event"].value] = _read_change(row, concept)
        return sorted(found.values(), key=_order)

    return await site.once_per_release("changes of the Appendices", read)


def _order(one: AppendixChange) -> tuple[date, str, str, str]:
    return one.effective.last if one.effective else date.min, one.treaty, one.taxon.name, one.iri


def _read_change(row: SolutionRow, concept: TaxonConcept) -> AppendixChange:
    effective = None
    try:
        if "on" in row:
            effective = PartialDate.parse(row["on"].value)
        elif "by" in row:
            effective = PartialDate.by(row["by"].value)
    except ValueError:
        pass  # a date that cannot be read is one that is not known
    return AppendixChange(
        row["event"].value,
        concept,
        TREATIES[row["treaty"].value],
        appendix_number(row["appendix"].value) if "appendix" in row else "",
        row["change"].value.rpartition("/")[2],
        effective,
        row["adopted"].value if "adopted" in row else "",
        row["meeting"].value if "meeting" in row else None,
        row["party"].value if "party" in row else None,
        row["part"].value in {"true", "1"},
    )
