"""How far the recorded listings of each treaty are complete, and what an answer beyond that is worth."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from jwpgraph.query_execution.queries import GraphReader, SolutionRow
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import ListingChange, ListingEvent
from jwpgraph.taxonomy.resources import Resource, made, resources
from jwpgraph.vocabulary import JWP, PREFIX_LINES, PREFIXES

_DCTERMS, _SKOS = PREFIXES["dcterms"], PREFIXES["skos"]
_QUERY = f"""{PREFIX_LINES}
SELECT ?s ?p ?o WHERE {{
  {{ ?s rdf:type jwp:ListingHorizon }} UNION {{ ?s jwp:appendicesEffectiveOn ?day }}
  ?s ?p ?o FILTER(?p IN (jwp:designation, jwp:parentConvention, jwp:taxonGroup, jwp:completeUntil,
    jwp:completeThroughMeeting, jwp:appendicesEffectiveOn, jwp:listingCoverage, dcterms:source, skos:prefLabel,
    skos:altLabel))
}}"""


class State(StrEnum):
    """What is known of whether a treaty lists a taxon on a day: four answers that must not be taken for each other."""

    LISTED = "listed"
    NOT_LISTED = "not-listed"
    UNKNOWN = "unknown"
    NOT_IN_GRAPH = "not-in-graph"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that changed the Appendices of a treaty.

    Attributes:
        iri: the meeting.
        treaty: IRI of the convention.
        effective: when the Appendices took effect as it had changed them.
        coverage: the slug of how much of that is recorded: ``included``, ``partly-included`` or ``not-included``.
        labels: what it is called, by language.
        short: what it is called in short, such as ``CMS COP14``.
    """

    iri: str
    treaty: str
    effective: date
    coverage: str
    labels: tuple[tuple[str, str], ...] = ()
    short: str | None = None

    @property
    def label(self) -> str:
        """What it is called in English, in short where that is recorded."""
        return self.short or dict(self.labels).get("en") or self.iri.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Horizon:
    """Up to when the recorded listings of a treaty are all that there were.

    Attributes:
        iri: where the graph says so.
        treaty: IRI of the convention.
        complete_until: the last day.
        through: the last meeting all of whose changes are recorded.
        groups: the taxa of whose listings it speaks, with what is below; none: of all.
        sources: what that rests on.
    """

    iri: str
    treaty: str
    complete_until: date
    through: str | None = None
    groups: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a day asked for has to do with the horizon of one treaty.

    Attributes:
        complete_until: the horizon; None where no horizon is recorded.
        beyond: whether the day lies after it; without a horizon every day does.
        later: the meetings that changed the Appendices after the horizon, in their order.
        through: the last meeting before it, where that is recorded.
    """

    complete_until: date | None
    beyond: bool
    later: tuple[Meeting, ...] = ()
    through: Meeting | None = None


@dataclass(frozen=True)
class Horizons:
    """The horizons of a release, and the meetings that changed the Appendices."""

    items: tuple[Horizon, ...] = ()
    meetings: Mapping[str, Meeting] = field(default_factory=dict)

    def of(self, treaty: str, lineage: Sequence[str] = ()) -> Horizon | None:
        """The horizon of the nearest taxon in *lineage* that has one, else that of the whole treaty."""
        mine = {group: one for one in self.items if one.treaty == treaty for group in (one.groups or (None,))}
        return next((mine[taxon] for taxon in (*lineage, None) if taxon in mine), None)

    def outlook(self, treaty: str, lineages: Iterable[Sequence[str]], on: date) -> Outlook:
        """What *on* has to do with the nearest horizon of taxa with these *lineages* that ends first."""
        found = [self.of(treaty, lineage) for lineage in lineages] or [self.of(treaty)]
        known = [one for one in found if one is not None]
        first = min(known, key=lambda one: one.complete_until) if known and len(known) == len(found) else None
        until = first.complete_until if first else None
        later = (one for one in self.meetings.values() if one.treaty == treaty and (not until or one.effective > until))
        return Outlook(
            until,
            until is None or on > until,
            tuple(sorted(later, key=lambda one: (one.effective, one.iri))),
            self.meetings.get(first.through or "") if first else None,
        )


def state_of(concepts: int, certain: Collection[str], possible: Collection[str], outlook: Outlook) -> State:
    """Whether a treaty lists an animal for which it has so many concepts.

    That nothing is recorded says that nothing is listed as far as the horizon goes, and no further.

    Args:
        concepts: how many stand for the animal.
        certain: the Appendices that certainly apply.
        possible: those that may apply.
        outlook: what the day has to do with the horizon.
    """
    if not concepts:
        return State.NOT_IN_GRAPH
    if certain:
        return State.LISTED
    return State.UNKNOWN if possible or outlook.beyond else State.NOT_LISTED


def ended(events: Iterable[ListingEvent], on: date) -> bool:
    """Whether the last that is recorded of *events* up to a day is that a listing ended."""
    come = [event for event in events if event.effective is not None and event.effective.has_come(on)]
    return bool(come) and max(come, key=lambda one: (one.effective, one.change)).change is ListingChange.DELETION


async def read_horizons(queries: GraphReader) -> Horizons:
    """The horizons and meetings of the release."""
    return horizons_of_rows(await queries.select(_QUERY))


def horizons_of_rows(rows: Iterable[SolutionRow]) -> Horizons:
    """The horizons and meetings that rows ?s ?p ?o tell of; what cannot be read is passed over."""
    nodes = resources(rows)
    passed_over: list[tuple[str, str]] = []
    items = made(_horizon, nodes, (JWP + "completeUntil", ""), passed_over)
    meetings = made(_meeting, nodes, (JWP + "appendicesEffectiveOn", ""), passed_over)
    return Horizons(tuple(items), {one.iri: one for one in meetings})


def _horizon(iri: str, node: Resource) -> Horizon:
    return Horizon(
        iri,
        node.needed(JWP + "designation"),
        PartialDate.parse(node.needed(JWP + "completeUntil")).last,
        node.one(JWP + "completeThroughMeeting"),
        tuple(node.all(JWP + "taxonGroup")),
        tuple(node.all(_DCTERMS + "source")),
    )


def _meeting(iri: str, node: Resource) -> Meeting:
    return Meeting(
        iri,
        node.one(JWP + "designation") or node.needed(JWP + "parentConvention"),
        PartialDate.parse(node.needed(JWP + "appendicesEffectiveOn")).last,
        (node.one(JWP + "listingCoverage") or "not-included").rpartition("/")[2],
        tuple((language, text) for language in ("en", "fr", "es") if (text := node.one(_SKOS + "prefLabel", language))),
        node.one(_SKOS + "altLabel", "en"),
    )
