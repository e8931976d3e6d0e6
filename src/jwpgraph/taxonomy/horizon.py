"""The horizon of each treaty: the day up to which the recorded listings are complete."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property

from jwpgraph.query_execution.queries import GraphReader, SolutionRow
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.resources import Resource, build_all, group_resources
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
    """Knowledge about the listing of a taxon by a treaty on a day."""

    LISTED = "listed"
    NOT_LISTED = "not-listed"
    UNKNOWN = "unknown"
    NOT_IN_GRAPH = "not-in-graph"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that changed the Appendices of a treaty.

    Attributes:
        iri: IRI of the meeting.
        treaty: IRI of the convention.
        effective: the day on which its changes to the Appendices took effect.
        coverage: extent to which its changes are recorded: ``included``, ``partly-included`` or ``not-included``.
        labels: pairs of language and name.
        short: short name, such as ``CMS COP14``.
    """

    iri: str
    treaty: str
    effective: date
    coverage: str
    labels: tuple[tuple[str, str], ...] = ()
    short: str | None = None

    @property
    def label(self) -> str:
        """The English name, preferably the short one."""
        return self.short or dict(self.labels).get("en") or self.iri.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Horizon:
    """The day up to which the recorded listings of a treaty are complete.

    Attributes:
        iri: IRI of the horizon.
        treaty: IRI of the convention.
        complete_until: that day.
        through: IRI of the last meeting whose changes are all recorded.
        groups: IRIs of the taxa (with descendants) that the horizon applies to; empty for all taxa.
        sources: IRIs of the sources.
    """

    iri: str
    treaty: str
    complete_until: date
    through: str | None = None
    groups: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """The relation of a day to the horizon of a treaty.

    Attributes:
        complete_until: the horizon; None if none is recorded.
        beyond: whether the day is after the horizon; true for every day if there is none.
        later: the meetings that changed the Appendices after the horizon, in order.
        through: the last meeting whose changes are all recorded, if known.
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
        """Return the horizon of the nearest taxon in *lineage* that has one, else that of the treaty."""
        mine = self._by_taxon.get(treaty, {})
        return next((mine[taxon] for taxon in (*lineage, None) if taxon in mine), None)

    @cached_property
    def _by_taxon(self) -> Mapping[str, Mapping[str | None, Horizon]]:
        """The horizons by treaty and taxon; None stands for all taxa."""
        found: dict[str, dict[str | None, Horizon]] = {}
        for one in self.items:
            found.setdefault(one.treaty, {}).update(dict.fromkeys(one.groups or (None,), one))
        return found

    def outlook(self, treaty: str, lineages: Iterable[Sequence[str]], on: date) -> Outlook:
        """Return the relation of the day *on* to the earliest of the horizons of taxa with these *lineages*."""
        found = [self.of(treaty, lineage) for lineage in lineages] or [self.of(treaty)]
        known = [one for one in found if one is not None]
        first = min(known, key=lambda one: one.complete_until) if known and len(known) == len(found) else None
        until = first.complete_until if first else None
        # What is included for other taxa is not known to be so for these.
        later = (
            replace(one, coverage="partly-included") if one.coverage == "included" else one
            for one in self.meetings.values()
            if one.treaty == treaty and (not until or one.effective > until)
        )
        return Outlook(
            until,
            until is None or on > until,
            tuple(sorted(later, key=lambda one: (one.effective, one.iri))),
            self.meetings.get(first.through or "") if first else None,
        )


def find_state(
    recognized: Sequence[bool],
    certain: Collection[str],
    possible: Collection[str],
    outlook: Outlook,
    *,
    is_above_species: bool,
) -> State:
    """Return whether a treaty lists an animal.

    The absence of listings means "not listed" up to the horizon only: a deleted taxon may have been listed again. Of a
    higher taxon it means nothing: species of it that the graph does not have may be listed.

    Args:
        recognized: for each of the treaty's concepts for the animal, whether it was recognized on the day; if none
            was, another concept, which is not known, stood for the animal.
        certain: the Appendices that certainly apply.
        possible: further Appendices that may apply.
        outlook: the relation of the day to the horizon.
        is_above_species: whether all concepts are higher taxa.
    """
    if not recognized:
        return State.NOT_IN_GRAPH
    if certain:
        return State.LISTED
    is_open = possible or outlook.beyond or is_above_species or not any(recognized)
    return State.UNKNOWN if is_open else State.NOT_LISTED


async def read_horizons(queries: GraphReader) -> Horizons:
    """Read the horizons and meetings of a release."""
    return build_horizons(await queries.select(_QUERY))


def build_horizons(rows: Iterable[SolutionRow]) -> Horizons:
    """Build horizons and meetings from rows ?s ?p ?o; invalid ones are ignored."""
    nodes = group_resources(rows)
    passed_over: list[tuple[str, str]] = []
    items = build_all(_build_horizon, nodes, (JWP + "completeUntil", ""), passed_over)
    meetings = build_all(_build_meeting, nodes, (JWP + "appendicesEffectiveOn", ""), passed_over)
    return Horizons(tuple(items), {one.iri: one for one in meetings})


def _build_horizon(iri: str, node: Resource) -> Horizon:
    return Horizon(
        iri,
        node.needed(JWP + "designation"),
        PartialDate.parse(node.needed(JWP + "completeUntil")).last,
        node.one(JWP + "completeThroughMeeting"),
        tuple(node.all(JWP + "taxonGroup")),
        tuple(node.all(_DCTERMS + "source")),
    )


def _build_meeting(iri: str, node: Resource) -> Meeting:
    return Meeting(
        iri,
        node.one(JWP + "designation") or node.needed(JWP + "parentConvention"),
        PartialDate.parse(node.needed(JWP + "appendicesEffectiveOn")).last,
        (node.one(JWP + "listingCoverage") or "not-included").rpartition("/")[2],
        tuple((language, text) for language in ("en", "fr", "es") if (text := node.one(_SKOS + "prefLabel", language))),
        node.one(_SKOS + "altLabel", "en"),
    )
