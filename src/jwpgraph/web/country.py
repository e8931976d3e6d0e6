"""The summary of a country's page: the animals recorded from it with both treaties' Appendices, and activities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from jwpgraph.answers.animal_selection import SIDES, AnimalFilter, select_animals
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path, quote_iri
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxon_facets.horizon_cache import get_horizons
from jwpgraph.vocabulary import PREFIX_LINES
from jwpgraph.web.entity_view import ValueView
from jwpgraph.web.horizon_words import Note, list_horizon_notes
from jwpgraph.web.labels.resource_names import choose_preferred_rows, make_label_filter
from jwpgraph.web.listings import AnimalRow, make_rows

#: Maximum number of rows; the list with filters has all.
_MOST = 300


@dataclass(slots=True)
class CountryView:
    """The summary above the facts on the page of a country.

    Attributes:
        on: the day.
        is_today: whether that is today.
        animals: rows for the listed animals recorded from the country.
        total: the number of these animals.
        counts: for each treaty the number of these animals in each Appendix that lists any of them.
        ranged: of how many of all listed animals a range is recorded, and how many these are.
        notes: up to when the listings are complete.
        activities: activities that concern the country, each with the reasons.
    """

    on: date
    is_today: bool
    animals: list[AnimalRow]
    total: int
    counts: list[tuple[str, list[tuple[str, int]]]]
    ranged: tuple[int, int]
    notes: list[Note]
    activities: list[tuple[ValueView, list[ValueView]]]


async def make_country_view(site: AppContext, country: EntityNode, on: date, is_today: bool) -> CountryView:
    """Return the summary of *country* on the day *on*."""
    found = await select_animals(site, AnimalFilter(on, country=country))
    counts = [
        (
            treaty,
            [
                (number, count)
                for number in ("I", "II", "III")
                if (count := sum(number in one.sides[treaty].numbers for one in found.animals))
            ],
        )
        for treaty in SIDES
    ]
    rows = await site.queries.select(_make_activities_query(country.iri))
    return CountryView(
        on,
        is_today,
        await make_rows(site, found.animals, found, slice(_MOST)),
        len(found.animals),
        counts,
        found.ranged,
        list_horizon_notes(await get_horizons(site), tuple(TREATIES.items()), on),
        _list_activities(rows),
    )


def _make_activities_query(country: str) -> str:
    this = quote_iri(country)
    # Many records lead to few groups and instruments; selecting these first keeps the join small.
    return f"""{PREFIX_LINES}
SELECT DISTINCT ?thing ?label ?code ?why ?reason ?position WHERE {{
  {{ {{ SELECT DISTINCT ?why WHERE {{
       ?record jwp:inPlace {this} ; jwp:ofTaxon ?taxon . ?why jwp:includesTaxon ?taxon }} }}
     ?thing jwp:speciesGroup ?why }}
  UNION {{ {{ SELECT DISTINCT ?why WHERE {{ ?signature jwp:signatory {this} ; jwp:signedInstrument ?why }} }}
     ?thing jwp:involvesInstrument ?why }}
  ?thing a jwp:Activity ; skos:notation ?code ; schema:position ?position ;
    skos:prefLabel ?label . {make_label_filter("?label")}
  ?why skos:prefLabel ?reason . {make_label_filter("?reason")}
}} ORDER BY ?position ?label ?reason"""


def _list_activities(rows: list[SolutionRow]) -> list[tuple[ValueView, list[ValueView]]]:
    found: dict[str, tuple[ValueView, list[ValueView]]] = {}
    for row in choose_preferred_rows(choose_preferred_rows(rows), "why", "reason"):
        iri, label, reason = row["thing"].value, row["label"], row["reason"]
        value = ValueView(label.value, iri_to_path(iri, "doc"), notation=row["code"].value, language=label.language)
        reasons = found.setdefault(iri, (value, []))[1]
        because = ValueView(reason.value, language=reason.language)
        if because not in reasons:
            reasons.append(because)
    return list(found.values())
