"""Export quotas and recommendations to suspend trade, and their validity on a day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.query_execution.queries import GraphReader
from jwpgraph.taxonomy.dates import DateInterval, PartialDate
from jwpgraph.taxonomy.resources import Resource, build_all, group_resources
from jwpgraph.vocabulary import JWP, PREFIX_LINES, PREFIXES

_DCTERMS: Final = PREFIXES["dcterms"]
_KINDS: Final = {JWP + "Quota": "quota", JWP + "TradeSuspension": "suspension"}
_QUERY: Final = f"""{PREFIX_LINES}
SELECT DISTINCT ?s ?p ?o WHERE {{
  {{ VALUES ?taxon {{ %taxa }} ?s jwp:restrictedTaxon ?taxon }}
  UNION {{ ?s rdf:type jwp:TradeSuspension ; jwp:restrictedPlace ?place
    FILTER NOT EXISTS {{ ?s jwp:restrictedTaxon ?any }} }}
  {{ ?s ?p ?o FILTER(?p IN (rdf:type, jwp:designation, jwp:restrictedTaxon, jwp:restrictedPlace, jwp:excludesTaxon,
    jwp:effectiveFrom, jwp:effectiveUntil, jwp:quotaAmount, jwp:quotaUnit, rdfs:comment, dcterms:source)) }}
  UNION {{ ?s dcterms:source ?source . ?source dcterms:issued ?o BIND(dcterms:issued AS ?p) }}
}}"""


class InForce(StrEnum):
    """Validity of a restriction on a day."""

    YES = "yes"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TradeRestriction:
    """A quota, or a recommendation to suspend trade.

    Attributes:
        iri: IRI of the restriction.
        kind: ``quota`` or ``suspension``.
        treaty: IRI of the convention.
        taxon: IRI of the taxon; None for all taxa.
        place: IRI of the country of export; None for all.
        excludes: IRIs of excluded lower taxa.
        amount: annual quota; None for a suspension.
        unit: unit of the amount; empty for specimens.
        words: description of its scope.
        valid: first and last day, if known.
        known_until: the latest date of issue of its sources; None if unknown.
        sources: IRIs of the sources.
    """

    iri: str
    kind: str
    treaty: str
    taxon: str | None
    place: str | None
    excludes: frozenset[str]
    amount: Decimal | None
    unit: str
    words: str
    valid: DateInterval
    known_until: date | None
    sources: tuple[str, ...]

    @property
    def is_annotation(self) -> bool:
        """True for a zero quota, which is set by an annotation in the Appendices."""
        return self.kind == "quota" and self.amount == 0

    def in_force(self, day: date) -> InForce | None:
        """Return whether the restriction is, or may be, in force on *day*; None if it is not.

        A restriction without an end is known to be in force only up to the date of its sources: a later meeting may
        have amended the annotation that sets a quota of zero, as CITES CoP20 did for saiga of Kazakhstan.
        """
        holds = self.valid.holds(day) if self.valid.start else None
        if holds is False:
            return None
        if holds is None:
            return InForce.UNKNOWN
        is_known = self.valid.end or (self.known_until and day <= self.known_until)
        return InForce.YES if is_known else InForce.UNKNOWN

    def may_not_have_begun(self, day: date) -> bool:
        """Return whether it is unknown of *day* because its sources, which are later, tell no first day."""
        return self.in_force(day) is InForce.UNKNOWN and self.known_until is not None and day <= self.known_until

    def concerns(self, lineage: Sequence[str], place: str | None) -> bool:
        """Return whether it applies to a taxon, given by its lineage, in a place or anywhere (``None``)."""
        if not self.excludes.isdisjoint(lineage) or (place and self.place and self.place != place):
            return False
        return self.taxon in lineage if self.taxon else place is not None and self.place == place


async def read_restrictions(queries: GraphReader, taxa: Iterable[str]) -> list[TradeRestriction]:
    """Read the restrictions on *taxa*, and the suspensions of trade in all taxa with a country.

    Args:
        queries: reader of the release.
        taxa: IRIs of concepts and their ancestors.
    """
    rows = await queries.select(_QUERY.replace("%taxa", " ".join(map(quote_iri, sorted(set(taxa))))))
    nodes = group_resources(rows)
    passed_over: list[tuple[str, str]] = []
    return [
        one
        for kind in _KINDS
        for one in build_all(_build_restriction, nodes, (PREFIXES["rdf"] + "type", kind), passed_over)
    ]


def _build_restriction(iri: str, node: Resource) -> TradeRestriction:
    issued = [PartialDate.parse(text).last for text in node.all(_DCTERMS + "issued")]
    return TradeRestriction(
        iri,
        next(_KINDS[kind] for kind in node.all(PREFIXES["rdf"] + "type") if kind in _KINDS),
        node.needed(JWP + "designation"),
        node.one(JWP + "restrictedTaxon"),
        node.one(JWP + "restrictedPlace"),
        frozenset(node.all(JWP + "excludesTaxon")),
        _parse_amount(node.one(JWP + "quotaAmount")),
        node.one(JWP + "quotaUnit") or "",
        " ".join(node.all(PREFIXES["rdfs"] + "comment", "en")),
        DateInterval.parse(node.one(JWP + "effectiveFrom"), node.one(JWP + "effectiveUntil")),
        max(issued, default=None),
        tuple(node.all(_DCTERMS + "source")),
    )


def _parse_amount(text: str | None) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        raise ValueError(f"{text!r} is no amount") from None


def describe_restriction(one: TradeRestriction, place: str, day: date) -> str:
    """Return a description, such as ``zero export quota for wild specimens since 26 November 2019``.

    Args:
        one: the restriction.
        place: name of its country; empty if there is none or it is not to be mentioned.
        day: the day for which validity is stated.
    """
    what = "trade suspension" if one.kind == "suspension" else f"export quota of {format_amount(one)}"
    if one.is_annotation:
        what = "zero export quota"
    where = f" of {place}" if place and one.kind == "quota" else f" with {place}" if place else ""
    condition = f" {one.words[0].lower()}{one.words[1:].rstrip('.')}" if one.words.startswith("For ") else ""
    since = f" since {_format_day(one.valid.start)}" if one.valid.start else ""
    until = f" until {_format_day(one.valid.end)}" if one.valid.end else ""
    doubt = ""
    if one.in_force(day) is InForce.UNKNOWN:
        doubt = f", not known whether {'already' if one.may_not_have_begun(day) else 'still'} in force"
    return f"{what}{where}{condition}{since}{until}{doubt}"


def format_amount(one: TradeRestriction) -> str:
    """Return the amount of a quota with its unit."""
    amount = one.amount or Decimal(0)
    text = f"{amount.normalize():f}"
    return f"{text} {one.unit}".rstrip()


def _format_day(when: PartialDate) -> str:
    if when.is_exact:
        return f"{when.first.day} {when.first:%B %Y}"
    return str(when)
