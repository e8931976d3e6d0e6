"""The records of a release on the work under each programme: by activity, and on meetings and proposals."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.nodes import EntityNode, collect_nodes, make_natural_key
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import ID, JWP, PREFIX_LINES, PREFIXES

HAD_PLAN: Final = PREFIXES["prov"] + "hadPlan"
START: Final = PREFIXES["schema"] + "startDate"
END: Final = PREFIXES["schema"] + "endDate"
SOURCE: Final = PREFIXES["dcterms"] + "source"
_PART_OF: Final = PREFIXES["dcterms"] + "isPartOf"
_INVALIDATED: Final = PREFIXES["prov"] + "invalidatedAtTime"

_RECORDS: Final = (
    PREFIX_LINES
    + """SELECT ?s ?p ?o WHERE {
  VALUES ?class { jwp:Action jwp:Meeting jwp:AmendmentProposal jwp:Comment jwp:ProgressJudgement }
  ?s a ?class ; ?p ?o FILTER(isIRI(?s)) }"""
)
_PLANS: Final = (
    PREFIX_LINES
    + """SELECT ?s ?p ?o WHERE {
  VALUES ?class { jwp:Activity jwp:WorkProgramme jwp:Theme }
  VALUES ?p {
    rdf:type skos:prefLabel skos:notation schema:position dcterms:isPartOf jwp:theme jwp:startYear jwp:endYear
    jwp:topic dcterms:replaces }
  ?s a ?class ; ?p ?o FILTER(isIRI(?s)) }"""
)
_NAMES: Final = (
    PREFIX_LINES
    + """SELECT DISTINCT ?s ?p ?o WHERE {
  VALUES ?class { jwp:Action jwp:Meeting jwp:AmendmentProposal jwp:Comment jwp:ProgressJudgement }
  VALUES ?p { skos:prefLabel skos:notation skos:altLabel dcterms:bibliographicCitation schema:url gbif:canonicalName }
  ?record a ?class ; ?link ?s . ?s ?p ?o FILTER(isIRI(?s)) }"""
)


@dataclass
class ActivityWork:
    """An activity and what is recorded of the work on it, oldest first.

    Attributes:
        activity: the activity.
        actions: what was done or is planned.
        meetings: meetings that serve it.
        judgements: how far it was judged to be, those that hold.
    """

    activity: EntityNode
    actions: list[EntityNode] = field(default_factory=list)
    meetings: list[EntityNode] = field(default_factory=list)
    judgements: list[EntityNode] = field(default_factory=list)

    @property
    def is_recorded(self) -> bool:
        """Return whether there is any record of it."""
        return bool(self.actions or self.meetings or self.judgements)

    def last_evidence(self, today: str) -> EntityNode | None:
        """Return the latest action or meeting that had begun by *today*; plans and what did not take place are none."""
        begun = [
            one
            for one in (*self.actions, *self.meetings)
            if (date := get_value(one, START))
            and date[:10] <= today
            and get_value_slug(one, JWP + "actionStatus") not in {"planned", "cancelled"}
            and get_value_slug(one, JWP + "meetingStatus") not in {"tentative", "postponed", "cancelled"}
        ]
        return max(begun, key=lambda one: get_value(one, START) or "", default=None)

    def next_meeting(self, today: str) -> EntityNode | None:
        """Return the next meeting for the activity that is not cancelled."""
        return min(
            (one for one in self.meetings if is_upcoming(one, today)),
            key=lambda one: get_value(one, START) or "",
            default=None,
        )

    @property
    def latest_judgements(self) -> list[EntityNode]:
        """The judgements of the latest day; those who judge on one day can differ."""
        days = [get_value(one, JWP + "judgedOn") or "" for one in self.judgements]
        return [one for one, day in zip(self.judgements, days, strict=True) if day == max(days)]


@dataclass
class ProgrammeWork:
    """A work programme with its activities by theme.

    Attributes:
        programme: the programme.
        themes: each theme with its activities, in the order of the document.
    """

    programme: EntityNode
    themes: list[tuple[EntityNode | None, list[ActivityWork]]]

    @property
    def activities(self) -> list[ActivityWork]:
        """All of them, in the order of the document."""
        return [work for _, found in self.themes for work in found]

    @property
    def unrecorded(self) -> list[ActivityWork]:
        """Those without any record."""
        return [work for work in self.activities if not work.is_recorded]


@dataclass
class WorkRecords:
    """All records of a release, and what they name.

    Attributes:
        programmes: the work programmes, the latest first.
        records: the records by IRI.
        names: what they link to, by IRI.
    """

    programmes: list[ProgrammeWork]
    records: Mapping[str, EntityNode]
    names: Mapping[str, EntityNode]

    def of_class(self, name: str) -> list[EntityNode]:
        """Return the records of a class (``Meeting``), oldest first."""
        return sorted((node for node in self.records.values() if JWP + name in node.types), key=_record_key)

    def programme(self, slug: str | None) -> ProgrammeWork:
        """Return the programme with a slug; without one, the latest that has records, else the latest.

        Raises:
            ProblemError: ``not-found`` (404).
        """
        if slug is None:
            recorded = [one for one in self.programmes if any(work.is_recorded for work in one.activities)]
            for found in (*recorded, *self.programmes):
                return found
        for one in self.programmes:
            if one.programme.iri == f"{ID}work-programme/{slug}":
                return one
        known = ", ".join(one.programme.iri.rpartition("/")[2] for one in self.programmes) or "none"
        raise ProblemError("not-found", "Not found", f"No work programme {slug or ''!r}; there is {known}.", status=404)

    def name(self, iri: str) -> str:
        """Return the name of an entity to which a record refers."""
        node = self.names.get(iri) or self.records.get(iri)
        return node.name if node else iri.removeprefix(ID).partition("/")[2] or iri

    def links(self, node: EntityNode, predicate: str) -> list[str]:
        """Return the IRIs that a record links to, in a stable order."""
        return sorted(term.value for term in node.properties.get(predicate, ()) if term.kind == "uri")


def get_value(node: EntityNode, predicate: str) -> str | None:
    """Return one value of a property as text."""
    term = node.first(predicate)
    return term.value if term else None


def get_value_slug(node: EntityNode, predicate: str) -> str | None:
    """Return the last part of the IRI that a property links to: ``cancelled``."""
    value = get_value(node, predicate)
    return value.rpartition("/")[2] if value else None


def is_upcoming(meeting: EntityNode, today: str) -> bool:
    """Return whether a meeting takes place and has not ended, by its dates."""
    last = get_value(meeting, END) or get_value(meeting, START)
    if last is None or get_value_slug(meeting, JWP + "meetingStatus") in {"cancelled", "postponed"}:
        return False
    return last[:10] >= today[: len(last[:10])]


def get_key(node: EntityNode) -> str:
    """Return the key of a record."""
    return node.iri.removeprefix(ID).partition("/")[2]


async def read_work(site: AppContext) -> WorkRecords:
    """Return the records of the served release; they are read once for each release."""

    async def make() -> WorkRecords:
        records = collect_nodes(await site.queries.select(_RECORDS))
        plans = collect_nodes(await site.queries.select(_PLANS))
        names = collect_nodes(await site.queries.select(_NAMES))
        return WorkRecords(_group_by_programme(plans, records.values()), records, {**plans, **names})

    return await site.once_per_release("records of work", make)


def _record_key(node: EntityNode) -> tuple[str, str]:
    date = get_value(node, START) or get_value(node, JWP + "judgedOn") or get_value(node, JWP + "dueOn") or "~"
    return date, node.iri


def _group_by_programme(plans: Mapping[str, EntityNode], records: Iterable[EntityNode]) -> list[ProgrammeWork]:
    works = {iri: ActivityWork(node) for iri, node in plans.items() if JWP + "Activity" in node.types}
    for node in sorted(records, key=_record_key):
        if _INVALIDATED in node.properties:
            continue
        for predicate, field_name in (
            (HAD_PLAN, "actions"),
            (JWP + "concernsActivity", "meetings"),
            (JWP + "judgedActivity", "judgements"),
        ):
            for term in node.properties.get(predicate, ()):
                if term.value in works:
                    getattr(works[term.value], field_name).append(node)
    found = []
    for iri, programme in plans.items():
        if JWP + "WorkProgramme" in programme.types:
            own = [
                one
                for one in works.values()
                if iri in {term.value for term in one.activity.properties.get(_PART_OF, ())}
            ]
            found.append(ProgrammeWork(programme, _group_by_theme(own, plans)))
    return sorted(
        found, key=lambda one: (get_value(one.programme, JWP + "startYear") or "", one.programme.iri), reverse=True
    )


def _group_by_theme(
    works: list[ActivityWork], plans: Mapping[str, EntityNode]
) -> list[tuple[EntityNode | None, list[ActivityWork]]]:
    by_theme: dict[str, list[ActivityWork]] = defaultdict(list)
    for work in sorted(works, key=lambda one: one.activity.sort_key()):
        by_theme[get_value(work.activity, JWP + "theme") or ""].append(work)
    themes = [(plans.get(iri), found) for iri, found in by_theme.items()]
    return sorted(themes, key=lambda one: make_natural_key((one[0].notation if one[0] else None) or "~"))
