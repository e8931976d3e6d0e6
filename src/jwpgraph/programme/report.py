"""The progress report of a programme for a period: what is recorded for each activity, and where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jwpgraph.entities.nodes import EntityNode
from jwpgraph.http.csv_tables import to_csv
from jwpgraph.programme.overview import (
    END,
    SOURCE,
    START,
    ActivityWork,
    ProgrammeWork,
    WorkRecords,
    get_key,
    get_value,
    get_value_slug,
)
from jwpgraph.vocabulary import JWP, PREFIXES

NOT_RECORDED = "not recorded"
_COLUMNS = (
    *("activity", "activity_title", "record", "key", "title", "start", "end", "status", "by"),
    *("sources", "evidence"),
)


@dataclass(frozen=True)
class ReportRow:
    """A record in the report.

    Attributes:
        kind: ``action``, ``meeting`` or ``judgement``.
        record: the record.
        start, end: when, as precisely as recorded; empty where it is not.
        status: how far it has come.
        by: who took part or judged.
        sources: what it rests on.
        evidence: its level of evidence, where no source is named.
    """

    kind: str
    record: EntityNode
    start: str
    end: str
    status: str
    by: tuple[str, ...]
    sources: tuple[str, ...]
    evidence: str


@dataclass(frozen=True)
class ReportedActivity:
    """An activity with what is recorded of it in the period."""

    work: ActivityWork
    rows: tuple[ReportRow, ...]


@dataclass(frozen=True)
class ProgressReport:
    """The report.

    Attributes:
        programme: the work programme.
        since, until: the period, days, months or years; both inclusive.
        release: the release that it is made from.
        themes: each theme with its activities.
    """

    programme: ProgrammeWork
    since: str
    until: str
    release: int
    themes: tuple[tuple[EntityNode | None, tuple[ReportedActivity, ...]], ...]

    @property
    def activities(self) -> Iterator[ReportedActivity]:
        """All activities, in the order of the document."""
        return (one for _, found in self.themes for one in found)

    @property
    def title(self) -> str:
        """Return the title of the report."""
        return f"{self.programme.programme.name}: progress report {self.since} to {self.until}"


def make_report(work: WorkRecords, programme: ProgrammeWork, since: str, until: str, release: int) -> ProgressReport:
    """Return the report of *programme* from *since* to *until*.

    A record without a date is in every report: whether it belongs to the period is not known.
    """
    themes = tuple(
        (theme, tuple(ReportedActivity(one, tuple(_list_rows(work, one, since, until))) for one in found))
        for theme, found in programme.themes
    )
    return ProgressReport(programme, since, until, release, themes)


def _list_rows(work: WorkRecords, activity: ActivityWork, since: str, until: str) -> Iterator[ReportRow]:
    for kind, records, begin, finish, status, by in (
        ("action", activity.actions, START, END, "actionStatus", ("participant",)),
        ("meeting", activity.meetings, START, END, "meetingStatus", ("parentConvention",)),
        ("judgement", activity.judgements, JWP + "judgedOn", JWP + "judgedOn", "progressValue", ("judgedBy",)),
    ):
        for record in records:
            start, end = get_value(record, begin) or "", get_value(record, finish) or ""
            if _overlaps(start, end or start, since, until):
                people = tuple(work.name(iri) for name in by for iri in work.links(record, JWP + name))
                sources = tuple(work.name(iri) for iri in work.links(record, SOURCE))
                evidence = get_value_slug(record, JWP + "evidence") or ""
                found = (get_value_slug(record, JWP + status) or "").replace("-", " ")
                yield ReportRow(kind, record, start, end, found, people, sources, evidence)


def _overlaps(start: str, end: str, since: str, until: str) -> bool:
    """Return whether something may have happened in a period; dates are compared at the coarser precision."""

    def before(one: str, other: str) -> bool:
        length = min(len(one), len(other), 10)
        return one[:length] < other[:length]

    return not start or not (before(end, since) or before(until, start))


def write_csv(report: ProgressReport) -> str:
    """Return the report as CSV: a row for each record, and one for each activity without records."""
    rows: list[tuple[str, ...]] = []
    for reported in report.activities:
        activity = reported.work.activity
        head = (activity.notation or "", activity.name)
        for row in reported.rows:
            what = (row.kind, get_key(row.record), row.record.name, row.start, row.end, row.status)
            rows.append((*head, *what, "; ".join(row.by), "; ".join(row.sources), row.evidence))
        if not reported.rows:
            rows.append((*head, NOT_RECORDED, *[""] * (len(_COLUMNS) - 3)))
    return to_csv(_COLUMNS, rows)


def make_json_ld(report: ProgressReport, url: str) -> dict[str, Any]:
    """Return the report as JSON-LD."""
    return {
        "@context": {
            "schema": PREFIXES["schema"],
            "jwp": JWP,
            "prov": PREFIXES["prov"],
            "name": "schema:name",
            "temporalCoverage": "schema:temporalCoverage",
            "version": "schema:version",
            "about": {"@id": "schema:about", "@type": "@id"},
            "activities": {"@id": "schema:hasPart", "@container": "@list"},
            "code": "schema:identifier",
            "records": {"@reverse": "schema:about"},
            "start": "schema:startDate",
            "end": "schema:endDate",
            "status": "schema:creativeWorkStatus",
            "by": "schema:contributor",
            "sources": "schema:citation",
        },
        "@id": url,
        "@type": "schema:Report",
        "name": report.title,
        "about": report.programme.programme.iri,
        "temporalCoverage": f"{report.since}/{report.until}",
        "version": str(report.release),
        "activities": [
            {
                "@id": one.work.activity.iri,
                "@type": "jwp:Activity",
                "code": one.work.activity.notation,
                "name": one.work.activity.name,
                "records": [_make_json_row(row) for row in one.rows],
            }
            for one in report.activities
        ],
    }


def _make_json_row(row: ReportRow) -> dict[str, Any]:
    found = {
        "@id": row.record.iri,
        "@type": row.record.types,
        "name": row.record.name,
        "start": row.start,
        "end": row.end,
        "status": row.status,
        "by": list(row.by),
        "sources": list(row.sources) or ([row.evidence.replace("-", " ")] if row.evidence else []),
    }
    return {key: value for key, value in found.items() if value}
