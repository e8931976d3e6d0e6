"""JSON records of listing periods (``/api/v1/listings``)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.entities.nodes import get_local_name
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.taxon_facets.appendices import TREATY_IRIS
from jwpgraph.taxon_facets.period_table import PeriodRow, get_period_table
from jwpgraph.taxon_facets.treaty_documents import Json, make_appendix, make_treaty
from jwpgraph.vocabulary import ID, PREFIX_LINES

#: Members of a record that refer to other entities, by property of the period.
_LINKS: Final = {
    "restsOnEvent": "events",
    "populationIn": "only_in",
    "populationOut": "not_in",
    "populationPossiblyIn": "possibly_in",
    "listedPopulation": "populations",
    "excludedPopulation": "excluded_populations",
}
_RECORDS: Final = f"""{PREFIX_LINES}
SELECT ?period ?link ?value ?label WHERE {{
  VALUES ?period {{ %s }}
  {{
    VALUES ?link {{ {" ".join(f"jwp:{name}" for name in _LINKS)} jwp:listedTaxon jwp:viaHigherTaxon jwp:evidence }}
    ?period ?link ?value OPTIONAL {{ ?value skos:prefLabel ?label FILTER(LANG(?label) = "en") }}
  }}
  UNION {{ ?period jwp:populationNote ?value BIND(jwp:populationNote AS ?link) }}
  UNION {{ ?period jwp:restsOnEvent ?event . ?event dcterms:source ?value BIND(dcterms:source AS ?link)
    OPTIONAL {{ ?value skos:prefLabel ?label FILTER(LANG(?label) = "en") }} }}
}}"""


@dataclass(frozen=True, slots=True)
class PeriodFilter:
    """A filter of listing periods; None matches everything.

    Attributes:
        treaty: ``cms`` or ``cites``.
        number: the number of the Appendix.
        taxon: IRI of the listed concept.
        on: a day within the period.
        certain: whether the listing is certain throughout.
    """

    treaty: str | None = None
    number: str | None = None
    taxon: str | None = None
    on: date | None = None
    certain: bool | None = None

    def matches(self, one: PeriodRow) -> bool:
        """Return whether a period matches the filter."""
        return (
            self.treaty in (None, one.treaty)
            and self.number in (None, one.number)
            and self.taxon in (None, one.taxon)
            and self.certain in (None, one.certain)
            and (self.on is None or one.holds(self.on))
        )


async def select_periods(site: AppContext, asked: PeriodFilter) -> list[PeriodRow]:
    """Return the matching periods of the current release, in the order of taxon, treaty, Appendix and day."""
    table = await get_period_table(site)
    found = [one for periods in table.by_taxon.values() for one in periods if asked.matches(one)]
    return sorted(found, key=lambda one: (one.taxon, one.treaty, one.number, one.start or date.min, one.iri))


async def read_period_documents(site: AppContext, periods: Sequence[PeriodRow]) -> list[Json]:
    """Read the records of some periods, with events, sources and populations."""
    if not periods:
        return []
    rows = await site.queries.select(_RECORDS % " ".join(quote_iri(one.iri) for one in periods))
    found: dict[str, dict[str, dict[str, Json | str]]] = {}
    for row in rows:
        members = found.setdefault(row["period"].value, {}).setdefault(get_local_name(row["link"].value), {})
        members[row["value"].value] = _make_value(row["value"], row.get("label"))
    return [_make_document(one, found.get(one.iri, {})) for one in periods]


def _make_value(value: QueryTerm, label: QueryTerm | None) -> Json | str:
    if value.kind == "literal":
        return value.value
    return {"id": value.value, "label": label.value if label else get_local_name(value.value)}


def _make_document(one: PeriodRow, members: dict[str, dict[str, Json | str]]) -> Json:
    def values(name: str) -> list[Json | str]:
        return [value for _, value in sorted(members.get(name, {}).items())]

    def only(name: str) -> Json | str | None:
        return next(iter(values(name)), None)

    return {
        "id": one.iri,
        "treaty": make_treaty(TREATY_IRIS[one.treaty]),
        "appendix": make_appendix(f"{ID}appendix/{one.treaty}-{one.number.lower()}"),
        "taxon": only("listedTaxon"),
        "from": one.start.isoformat() if one.start else None,
        "earliest": one.earliest.isoformat(),
        "until": one.end.isoformat() if one.end else None,
        "certain": one.certain,
        "whole_taxon": one.whole,
        "inherited_from": only("viaHigherTaxon"),
        **{member: values(name) for name, member in _LINKS.items() if name != "restsOnEvent"},
        "notes": values("populationNote"),
        "evidence": only("evidence"),
        "events": _collect_ids(values("restsOnEvent")),
        "sources": values("source"),
    }


def _collect_ids(values: Iterable[Json | str]) -> list[str]:
    return [value["id"] for value in values if isinstance(value, dict)]
