"""Trade restrictions other than listings: quotas, and recommendations to suspend trade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.species_plus.identifiers import make_slug
from jwpgraph.sources.species_plus.names import strip_markup
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.sources.species_plus.taxa import StatedTaxon
from jwpgraph.vocabulary import make_entity_iri

_CLASSES: Final = {"quota": "jwp:Quota", "suspension": "jwp:TradeSuspension"}

#: Notes that add nothing to an unconditional restriction.
_WITHOUT_RESERVE: Final = frozenset({"", "all exports", "all trade"})
_IN_WORDS: Final = "Only some trade, or under conditions; the source tells in words which."


@dataclass(frozen=True, slots=True)
class ReportedRestriction:
    """A trade restriction in a source.

    Attributes:
        kind: ``quota`` or ``suspension``.
        number: the number of the restriction, or of its notification, in the source.
        place: the IRI of the place; empty if the restriction applies everywhere.
        taxon: the taxon; ``None`` for all taxa listed by the convention.
        excluded: excluded lower taxa.
        start: the first day in ISO 8601; empty if unknown.
        end: the last day in ISO 8601; empty while in force.
        amount: the amount of a quota, a decimal number.
        unit: the unit of the amount.
        notification: the IRI of the notification.
        basis: the reason, as named in the source.
        note: the note in the source, as text or HTML.
    """

    kind: str
    number: str = ""
    place: str = ""
    taxon: StatedTaxon | None = None
    excluded: tuple[StatedTaxon, ...] = ()
    start: str = ""
    end: str = ""
    amount: str = ""
    unit: str = ""
    notification: str = ""
    basis: str = ""
    note: str = ""


class RestrictionWriter:
    """Writer for trade restrictions with one source."""

    def __init__(self, statements: SortedStatements, source: str, *, annotations: bool) -> None:
        self._statements = statements
        self._source = source
        self._annotations = annotations

    def write(self, one: ReportedRestriction) -> str:
        """State a restriction; return its IRI, which is stable across imports."""
        iri = _make_restriction_iri(one)
        self._link(iri, "rdf:type", expand_term(_CLASSES[one.kind]))
        self._statements.text(iri, expand_term("dcterms:title"), _make_restriction_title(one), "en")
        self._link(iri, "jwp:designation", make_entity_iri("instrument", "cites"))
        self._link(iri, "dcterms:source", self._source)
        if one.taxon:
            self._link(iri, "jwp:restrictedTaxon", one.taxon.iri)
        if one.place:
            self._link(iri, "jwp:restrictedPlace", one.place)
        for taxon in one.excluded:
            self._link(iri, "jwp:excludesTaxon", taxon.iri)
        for name, day in (("jwp:effectiveFrom", one.start), ("jwp:effectiveUntil", one.end)):
            if day:
                self._statements.value(iri, expand_term(name), day, "date")
        if one.amount:
            self._statements.value(iri, expand_term("jwp:quotaAmount"), one.amount, "decimal")
        if one.unit:
            self._statements.text(iri, expand_term("jwp:quotaUnit"), one.unit)
        if one.notification:
            self._link(iri, "dcterms:references", one.notification)
        if one.basis:
            self._statements.text(iri, expand_term("jwp:restrictionBasis"), one.basis, "en")
        words = strip_markup(one.note)
        if words.rstrip(".").casefold() not in _WITHOUT_RESERVE:
            self._statements.text(iri, expand_term("rdfs:comment"), _IN_WORDS, "en")
        if self._annotations and words:
            self._statements.text(iri, expand_term("jwp:shortNote"), words, "en")
        return iri

    def _link(self, subject: str, predicate: str, target: str) -> None:
        self._statements.link(subject, expand_term(predicate), target)


def state_notification(statements: SortedStatements, source: str, title: str, url: str = "", day: str = "") -> str:
    """State a notification of the CITES Secretariat; return its IRI.

    Args:
        statements: receives the statements.
        source: the IRI of the export that cites it.
        title: the title, such as ``CITES Notif. No. 283``.
        url: its URL.
        day: its date in ISO 8601.
    """
    iri = make_entity_iri("source", make_slug(title))
    statements.link(iri, expand_term("rdf:type"), expand_term("jwp:Source"))
    statements.text(iri, expand_term("skos:prefLabel"), title, "en")
    statements.text(iri, expand_term("dcterms:bibliographicCitation"), f"CITES Secretariat: {title}.")
    statements.link(iri, expand_term("dcterms:source"), source)
    if url.startswith(("http://", "https://")):
        statements.value(iri, expand_term("schema:url"), url, "anyURI")
    if day:
        statements.value(iri, expand_term("dcterms:issued"), day, "date")
    return iri


def _make_restriction_iri(one: ReportedRestriction) -> str:
    taxon = one.taxon.slug if one.taxon else "all"
    place = one.place.rpartition("/")[2] or "everywhere"
    parts = (taxon, place, one.kind, one.start, one.number)
    return make_entity_iri("trade-restriction", "cites", "-".join(make_slug(part) for part in parts if part))


def _make_restriction_title(one: ReportedRestriction) -> str:
    amount = f" of {one.amount} {one.unit}".rstrip() if one.amount else ""
    what = f"{one.kind.capitalize()}{amount}: {one.taxon.name if one.taxon else 'all taxa'}"
    where = f", {one.place.rpartition('/')[2]}" if one.place else ""
    since = f", from {one.start}" if one.start else ""
    return f"{what}{where}{since}" + (f" until {one.end}" if one.end else "")
