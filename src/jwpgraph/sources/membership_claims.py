"""What registers claim about parties and signatures, and how claims of several registers become records.

Registers that agree share one record. Where they differ, each version is a record of its own: the one that most
registers give bears the plain IRI, the others point to it with ``prov:alternateOf``. Nothing is averaged and nothing
is dropped; who said what stays with the record.
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
#: So many claims with another country's dates are no coincidence.
_ENOUGH: Final = 3


@dataclass(frozen=True)
class MembershipClaim:
    """One register's row on one member of one instrument.

    Attributes:
        kind: :data:`PARTY` or :data:`SIGNATURE`.
        instrument: its IRI.
        member: the IRI of the country or organisation.
        source: the IRI of the register's source.
        facts: values by property (``jwp:effectiveFrom``), dates as ISO 8601.
        file, line: where it stands.
        order: which file it comes from; the first one named wins a tie.
        evidence: the slug of its evidence level.
        note: what is to be known about it.
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
        """What the claim is about."""
        return self.kind, self.instrument, self.member


@dataclass
class MembershipRecord:
    """What one or several registers say alike of one member of one instrument.

    Attributes:
        facts: the values by property, each with the sources that give it.
        sources: in the order of the files.
        curated: it was there before, and bears the plain IRI whatever the registers say.
        evidence: the evidence levels of the claims.
        notes: what is to be known about it.
        former: it has ended, and another accession of the same member came later.
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
        """Whether a claim gives no value otherwise; a year or month agrees with a day that lies in it."""
        return all(self.facts.get(name, value).startswith(value) for name, value in claim.facts.items())

    def join(self, claim: MembershipClaim) -> None:
        """Take an agreeing claim in."""
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
    """The records on each accession of each member to each instrument; the first of each list is the preferred one.

    A member that withdrew and came back has two lists: the accession that ended, and the present one.

    Args:
        claims: of all registers.
        curated: what is on record elsewhere in the graph: it is preferred to any register.
    """
    by_subject: dict[tuple[str, str, str, bool], list[MembershipRecord]] = defaultdict(list)
    for record in curated:
        by_subject[record.kind, record.instrument, record.member, False].append(record)
    begun: dict[tuple[str, str, str], str] = {}
    for claim in claims:
        begun[claim.subject] = max(begun.get(claim.subject, ""), claim.facts.get(_FROM, ""))
    # The fullest claims first: a claim with fewer dates, or less precise ones, joins the one that it fits.
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
    """Claims of a register whose rows have slipped against its dates, by their place in *claims*.

    In a compilation of ECOLEX, countries were renamed and sorted anew while the dates stayed, so that a long run of
    rows gives each country the dates of another one. A claim is displaced when its dates contradict every other
    register on its own country and are, to the day, what another register says of a different country. Three such
    claims on one instrument betray a slip; claims between them that no other register confirms are taken for
    displaced as well. The register with most of them is judged first, and no other is judged by it.

    Returns:
        For each displaced claim the member whose dates it bears, or an empty string where that is not known.
    """
    found: dict[int, str] = {}
    while True:
        view = _ClaimView([(place, claim) for place, claim in enumerate(claims) if place not in found])
        run = max(view.runs(), key=len, default=[])
        if len(run) < _ENOUGH:
            return found
        found |= dict(run) | dict.fromkeys(view.unconfirmed_between(run), "")


class _ClaimView:
    """The claims that still count, arranged for comparing registers with each other."""

    def __init__(self, claims: Sequence[tuple[int, MembershipClaim]]) -> None:
        self._claims = [(place, claim, dates) for place, claim in claims if (dates := _claim_dates(claim))]
        self._on_member: dict[tuple[str, str], list[MembershipClaim]] = defaultdict(list)
        self._with_dates: dict[tuple[str, tuple[str, str]], list[MembershipClaim]] = defaultdict(list)
        for _, claim, dates in self._claims:
            self._on_member[claim.instrument, claim.member].append(claim)
            self._with_dates[claim.instrument, dates].append(claim)

    def runs(self) -> list[list[tuple[int, str]]]:
        """For each register and instrument the claims that bear another member's dates, with that member."""
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
        """The places of claims between those of *run*, of the same register, that no other register confirms."""
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
    """The two dates by which a row is recognised."""
    dates = claim.facts.get("jwp:ratifiedOn", ""), claim.facts.get("jwp:effectiveFrom", "")
    return dates if claim.kind == PARTY and all(dates) else None
