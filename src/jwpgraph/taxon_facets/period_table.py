"""The listing periods of a release, from which the listings on any day are looked up without a replay."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.query_execution.queries import GraphReader, SolutionRow
from jwpgraph.taxon_facets.appendices import TREATIES, get_appendix_number
from jwpgraph.taxonomy.evidence import get_level
from jwpgraph.taxonomy.ranges import Range
from jwpgraph.vocabulary import JWP, PREFIX_LINES

# In each of these queries, %of limits the periods to those of some taxa.
_PERIODS: Final = f"""{PREFIX_LINES}
SELECT ?period ?taxon ?treaty ?appendix ?from ?earliest ?until ?certain ?whole ?via ?evidence WHERE {{
  %of ?period a jwp:ListingPeriod ; jwp:listedTaxon ?taxon ; jwp:designation ?treaty ; jwp:appendix ?appendix ;
    jwp:certain ?certain ; jwp:wholeTaxon ?whole ; jwp:effectiveEarliest ?earliest .
  OPTIONAL {{ ?period jwp:from ?from }} OPTIONAL {{ ?period jwp:until ?until }}
  OPTIONAL {{ ?period jwp:viaHigherTaxon ?via }} OPTIONAL {{ ?period jwp:evidence ?evidence }}
}}"""
# A property path or VALUES for a property would be evaluated for the whole store first.
_OPEN: Final = f"""{PREFIX_LINES}
SELECT DISTINCT ?period ?how WHERE {{
  {{ %of ?period jwp:populationOut ?place ; a jwp:ListingPeriod BIND("but" AS ?how) }}
  UNION {{ %of ?period jwp:excludedPopulation ?place ; a jwp:ListingPeriod BIND("but" AS ?how) }}
  UNION {{ %of ?period jwp:populationUnplaced true ; a jwp:ListingPeriod BIND("unplaced" AS ?how) }}
}}"""
_LIMITED: Final = "%of ?period a jwp:ListingPeriod ; jwp:viaHigherTaxon ?via ; jwp:wholeTaxon false ;"
#: Partial listings of higher taxa, which may not concern a species.
_LIMITS: Final = f"""{PREFIX_LINES}
SELECT ?period ?link ?place WHERE {{
  {{ {_LIMITED} jwp:populationIn ?place BIND(jwp:populationIn AS ?link) }}
  UNION {{ {_LIMITED} jwp:populationOut ?place BIND(jwp:populationOut AS ?link) }}
}}"""
#: Partial listings of higher taxa that are recorded with the taxon itself.
_OWN: Final = f"""{PREFIX_LINES}
SELECT DISTINCT ?period WHERE {{
  %of ?period a jwp:ListingPeriod ; jwp:viaHigherTaxon ?via ; jwp:wholeTaxon false ; jwp:listedTaxon ?taxon ;
    jwp:restsOnEvent ?event . ?event jwp:listedTaxon ?taxon
}}"""
_SCOPE_LINKS: Final = ("populationIn", "populationOut", "populationPossiblyIn")


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A listing period.

    Attributes:
        iri: IRI of the period.
        taxon: IRI of the listed concept.
        treaty: ``cms`` or ``cites``.
        number: the number of the Appendix.
        start: first day; None if unknown.
        earliest: the earliest possible first day; no listing is older than its treaty.
        end: last day; None if it has not ended.
        certain: whether it was certainly in force throughout.
        whole: whether it covers all populations.
        via: IRI of the higher taxon that the Appendix names, if any.
        evidence: slug of the level of evidence; empty if not recorded.
    """

    iri: str
    taxon: str
    treaty: str
    number: str
    start: date | None
    earliest: date
    end: date | None
    certain: bool
    whole: bool
    via: str | None
    evidence: str = ""

    @property
    def is_limited_by_inheritance(self) -> bool:
        """True if it results from a partial listing of a higher taxon."""
        return self.via is not None and not self.whole

    def holds(self, day: date) -> bool:
        """Return whether *day* is in the period."""
        return self.earliest <= day and (self.end is None or day <= self.end)


@dataclass(frozen=True, slots=True)
class PlaceScopes:
    """IRIs of the partial periods by their relation to one country."""

    named: frozenset[str]
    excluded: frozenset[str]
    possible: frozenset[str]


@dataclass(frozen=True)
class PeriodTable:
    """All periods of a release.

    Attributes:
        by_taxon: the periods by IRI of the concept.
        all_but: IRIs of the periods that exclude populations.
        unplaced: IRIs of the periods with a population whose countries are unknown.
        inherited_in: the countries included by a partial listing of a higher taxon, by IRI of the period.
        inherited_out: the countries excluded by such a listing.
        recorded: IRIs of the periods of such listings that events of the taxon itself record; they reach it.
    """

    by_taxon: Mapping[str, tuple[PeriodRow, ...]]
    all_but: frozenset[str]
    unplaced: frozenset[str]
    inherited_in: Mapping[str, frozenset[str]]
    inherited_out: Mapping[str, frozenset[str]]
    recorded: frozenset[str] = frozenset()

    def in_force(self, taxon: str, day: date) -> list[PeriodRow]:
        """Return the periods of a concept that include a day, certain or not."""
        return [one for one in self.by_taxon.get(taxon, ()) if one.holds(day)]

    def covers(self, period: PeriodRow, scopes: PlaceScopes | None) -> bool | None:
        """Return whether a period covers the populations of a country; None if unknown.

        Args:
            period: the period.
            scopes: the scopes of the country; None for any country.
        """
        if scopes is None or period.whole or period.iri in scopes.named:
            return True
        if period.iri in scopes.excluded:
            return False
        if period.iri in scopes.possible or period.iri in self.unplaced:
            return None
        return period.iri in self.all_but

    def reaches(self, period: PeriodRow, lives: Range | None) -> bool:
        """Return whether a period certainly covers some populations of its taxon; a partial inherited listing may not.

        Args:
            period: the period.
            lives: the range of the taxon; None if not recorded.
        """
        if not period.is_limited_by_inheritance or period.iri in self.recorded:
            return True
        all_but = period.iri in self.all_but
        if all_but and (lives is None or not lives.is_whole):
            return True
        sure = lives.sure if lives else set()
        inside, outside = (one.get(period.iri, frozenset()) for one in (self.inherited_in, self.inherited_out))
        return bool(sure - outside) if all_but else bool(sure & inside)

    def since(self, period: PeriodRow) -> date | None:
        """Return the first day since which the Appendix has listed the taxon without interruption, in any scope.

        Returns:
            None if it is not known: on the days before the first certain one the same listing may have been in force.
        """
        start = self._find_certain_start(period)
        return None if start and self._may_have_begun_earlier(period, start) else start

    def _may_have_begun_earlier(self, period: PeriodRow, start: date) -> bool:
        """Return whether a possible listing of the same scope lasts until the day before *start*."""
        alike = (period.number, period.via, period.whole)
        return any(
            not one.certain
            and (one.number, one.via, one.whole) == alike
            and one.end == start - timedelta(days=1)
            and _is_before(one.start, start)
            for one in self.by_taxon[period.taxon]
        )

    def _find_certain_start(self, period: PeriodRow) -> date | None:
        start = period.start
        others = [one for one in self.by_taxon[period.taxon] if one.number == period.number and one.certain]
        while start is not None:
            earlier = [
                one.start
                for one in others
                if one.end is not None and one.end >= start - timedelta(days=1) and _is_before(one.start, start)
            ]
            if not earlier:
                return start
            start = min(earlier, key=lambda day: day or date.min)
        return None


def _is_before(one: date | None, other: date) -> bool:
    return one is None or one < other


async def get_period_table(site: AppContext) -> PeriodTable:
    """Return the periods of the current release."""
    return await site.once_per_release("listing periods", lambda: read_period_table(site.queries))


async def read_period_table(queries: GraphReader, taxa: Iterable[str] | None = None) -> PeriodTable:
    """Read the periods of a release.

    Args:
        queries: reader of the release.
        taxa: IRIs of the listed concepts; None for all.
    """
    of = (
        "" if taxa is None else f"VALUES ?taxon {{ {' '.join(map(quote_iri, taxa))} }} ?period jwp:listedTaxon ?taxon ."
    )
    rows, flags, limits, own = [
        await queries.select(query.replace("%of", of)) for query in (_PERIODS, _OPEN, _LIMITS, _OWN)
    ]
    return await asyncio.to_thread(_make_table, rows, flags, limits, own)


def _make_table(
    rows: Iterable[SolutionRow], flags: Iterable[SolutionRow], limits: Sequence[SolutionRow], own: Iterable[SolutionRow]
) -> PeriodTable:
    found: dict[str, list[PeriodRow]] = {}
    for row in rows:
        if period := _read_period(row):
            found.setdefault(period.taxon, []).append(period)
    return PeriodTable(
        {taxon: tuple(sorted(these, key=_order)) for taxon, these in found.items()},
        frozenset(row["period"].value for row in flags if row["how"].value == "but"),
        frozenset(row["period"].value for row in flags if row["how"].value == "unplaced"),
        _get_places_by_period(limits, "populationIn"),
        _get_places_by_period(limits, "populationOut"),
        frozenset(row["period"].value for row in own),
    )


async def get_place_scopes(site: AppContext, country: str) -> PlaceScopes:
    """Return the relations of the periods of the current release to the country with this IRI."""

    async def read() -> PlaceScopes:
        links = " ".join(f"jwp:{name}" for name in _SCOPE_LINKS)
        rows = await site.queries.select(
            f"{PREFIX_LINES}SELECT ?period ?link WHERE {{ VALUES ?link {{ {links} }} "
            f"?period ?link {quote_iri(country)} . "
            "?period a jwp:ListingPeriod }"
        )
        return PlaceScopes(*(_get_periods_with(rows, JWP + name) for name in _SCOPE_LINKS))

    return await site.once_per_release(f"listing periods of {country}", read)


def _get_places_by_period(rows: Iterable[SolutionRow], link: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        if row["link"].value == JWP + link:
            found.setdefault(row["period"].value, set()).add(row["place"].value)
    return {period: frozenset(places) for period, places in found.items()}


def _get_periods_with(rows: Iterable[SolutionRow], link: str) -> frozenset[str]:
    return frozenset(row["period"].value for row in rows if row["link"].value == link)


def _order(period: PeriodRow) -> tuple[date, str, str]:
    return period.start or date.min, period.number, period.iri


def _read_period(row: SolutionRow) -> PeriodRow | None:
    treaty = TREATIES.get(row["treaty"].value)
    try:
        start, end = (date.fromisoformat(row[name].value) if name in row else None for name in ("from", "until"))
        earliest = date.fromisoformat(row["earliest"].value)
    except ValueError:
        return None  # records of other origin may be incomplete
    if treaty is None:
        return None
    return PeriodRow(
        row["period"].value,
        row["taxon"].value,
        treaty,
        get_appendix_number(row["appendix"].value),
        start,
        earliest,
        end,
        row["certain"].value in {"true", "1"},
        row["whole"].value in {"true", "1"},
        row["via"].value if "via" in row else None,
        get_level(row["evidence"].value) if "evidence" in row else "",
    )
