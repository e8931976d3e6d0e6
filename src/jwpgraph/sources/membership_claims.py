"""Claims of registers about parties and signatures, and their merging into records.

Claims that agree share one record. If they differ, each version is a separate record: the version that most registers
give has the plain IRI, the others refer to it with ``prov:alternateOf``. Values are neither averaged nor dropped, and
each record keeps its sources.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

PARTY: Final = "party-status"
SIGNATURE: Final = "signature"
SOURCED: Final = "sourced"
_FROM: Final = "jwp:effectiveFrom"
_UNTIL: Final = "jwp:effectiveUntil"
#: Minimum number of claims with another country's dates that cannot be a coincidence.
_ENOUGH: Final = 3


@dataclass(frozen=True)
class MembershipClaim:
    """One register row about one member of one instrument.

    Attributes:
        kind: :data:`PARTY` or :data:`SIGNATURE`.
        instrument: its IRI.
        member: the IRI of the country or organisation.
        source: the IRI of the register's source.
        facts: values by property (``jwp:effectiveFrom``), dates in ISO 8601.
        file, line: position of the row.
        order: position of the file; the first file wins a tie.
        evidence: the slug of the evidence level.
        note: remark on the claim.
    """

    kind: str
    instrument: str
    member: str
    source: str
    facts: dict[str, str]
    file: str = ""
    line: int = 0
    order: int = 0
    evidence: str = SOURCED
    note: str = ""

    @property
    def subject(self) -> tuple[str, str, str]:
        """Return the subject of the claim."""
        return self.kind, self.instrument, self.member


@dataclass
class MembershipRecord:
    """Record of one member of one instrument, from one or more agreeing registers.

    Attributes:
        facts: the values by property.
        given_by: the sources of each value.
        sources: the sources in file order.
        curated: whether the record existed before; it then has the plain IRI in any case.
        evidence: the evidence levels of the claims.
        notes: remarks on the record.
        former: whether it has ended and the same member acceded again later.
    """

    kind: str
    instrument: str
    member: str
    facts: dict[str, str]
    given_by: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    sources: list[str] = field(default_factory=list)
    curated: bool = False
    evidence: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    former: bool = False

    def agrees(self, claim: MembershipClaim) -> bool:
        """Return whether no value of a claim contradicts the record; a year or month agrees with a day within it."""
        return all(self.facts.get(name, value).startswith(value) for name, value in claim.facts.items())

    def join(self, claim: MembershipClaim) -> None:
        """Merge an agreeing claim into the record."""
        if claim.source not in self.sources:
            self.sources.append(claim.source)
        self.evidence.add(claim.evidence)
        if claim.note and claim.note not in self.notes:
            self.notes.append(claim.note)
        for name, value in claim.facts.items():
            if self.facts.setdefault(name, value) == value:
                self.given_by[name].append(claim.source)


def merge_claims(
    claims: Sequence[MembershipClaim], curated: Iterable[MembershipRecord]
) -> Iterator[list[MembershipRecord]]:
    """Yield the records for each accession of each member to each instrument, the preferred record first.

    A member that withdrew and acceded again has two lists: one for the former and one for the present accession.

    Args:
        claims: the claims of all registers.
        curated: records from elsewhere in the graph, which take precedence over registers.
    """
    by_subject: dict[tuple[str, str, str, bool], list[MembershipRecord]] = defaultdict(list)
    for record in curated:
        by_subject[record.kind, record.instrument, record.member, False].append(record)
    begun: dict[tuple[str, str, str], str] = {}
    for claim in claims:
        begun[claim.subject] = max(begun.get(claim.subject, ""), claim.facts.get(_FROM, ""))
    # The most detailed claims first, so that less detailed claims join the record that they agree with.
    for claim in sorted(
        claims, key=lambda one: (-len(one.facts), -len("".join(one.facts.values())), one.order, one.line)
    ):
        former = bool(claim.facts.get(_UNTIL)) and begun[claim.subject] >= claim.facts[_UNTIL]
        records = by_subject[*claim.subject, former]
        for record in records:
            if record.agrees(claim):
                record.join(claim)
                break
        else:
            record = MembershipRecord(claim.kind, claim.instrument, claim.member, {}, former=former)
            record.join(claim)
            records.append(record)
    order = {claim.source: claim.order for claim in claims}
    for subject in sorted(by_subject):
        records = by_subject[subject]
        yield sorted(
            records,
            key=lambda record: (
                not record.curated,
                -len(record.sources),
                min((order[source] for source in record.sources), default=0),
            ),
        )


def find_displaced(claims: Sequence[MembershipClaim]) -> dict[int, str]:
    """Return the claims with shifted dates, by their position in *claims*.

    In a compilation of ECOLEX, countries were renamed and re-sorted without their dates, so that many rows have the
    dates of another country. A claim is displaced if its dates contradict all other registers for its own country and
    equal the dates that another register gives for a different country. Three such claims on one instrument indicate a
    shift; unconfirmed claims between them are treated as displaced too. The register with the most displaced claims is
    evaluated first and not used to evaluate the others.

    Returns:
        For each displaced claim the member that its dates belong to, or an empty string if unknown.
    """
    found: dict[int, str] = {}
    while True:
        view = _ClaimView([(place, claim) for place, claim in enumerate(claims) if place not in found])
        run = max(view.runs(), key=len, default=[])
        if len(run) < _ENOUGH:
            return found
        found |= dict(run) | dict.fromkeys(view.unconfirmed_between(run), "")


class _ClaimView:
    """The remaining claims, indexed for comparing registers."""

    def __init__(self, claims: Sequence[tuple[int, MembershipClaim]]) -> None:
        self._claims = [(place, claim, dates) for place, claim in claims if (dates := _claim_dates(claim))]
        self._on_member: dict[tuple[str, str], list[MembershipClaim]] = defaultdict(list)
        self._with_dates: dict[tuple[str, tuple[str, str]], list[MembershipClaim]] = defaultdict(list)
        for _, claim, dates in self._claims:
            self._on_member[claim.instrument, claim.member].append(claim)
            self._with_dates[claim.instrument, dates].append(claim)

    def runs(self) -> list[list[tuple[int, str]]]:
        """Return, for each register and instrument, the claims with another member's dates, and that member."""
        found: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
        for place, claim, dates in self._claims:
            others = [
                other for other in self._on_member[claim.instrument, claim.member] if other.source != claim.source
            ]
            bearers = {
                other.member
                for other in self._with_dates[claim.instrument, dates]
                if other.source != claim.source and other.member != claim.member
            }
            if others and bearers and not any(_claim_dates(other) == dates for other in others):
                found[claim.instrument, claim.source].append((place, min(bearers)))
        return list(found.values())

    def unconfirmed_between(self, run: Sequence[tuple[int, str]]) -> list[int]:
        """Return the positions of unconfirmed claims of the same register between those of *run*."""
        (first, _), (last, _) = run[0], run[-1]
        bearing = {place for place, _ in run}
        (origin,) = {(claim.instrument, claim.source) for place, claim, _ in self._claims if place == first}
        return [
            place
            for place, claim, dates in self._claims
            if first < place < last
            and place not in bearing
            and (claim.instrument, claim.source) == origin
            and not any(
                other.source != claim.source and _claim_dates(other) == dates
                for other in self._on_member[claim.instrument, claim.member]
            )
        ]


def _claim_dates(claim: MembershipClaim) -> tuple[str, str] | None:
    """Return the two dates that identify a row."""
    dates = claim.facts.get("jwp:ratifiedOn", ""), claim.facts.get("jwp:effectiveFrom", "")
    return dates if claim.kind == PARTY and all(dates) else None
