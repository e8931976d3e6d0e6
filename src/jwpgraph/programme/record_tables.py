"""Records in tables: the template of each kind, and the rows of a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pyoxigraph import Store, Triple

from jwpgraph.programme.record_models import KINDS, Record, list_faults
from jwpgraph.programme.record_statements import (
    StatedRecord,
    get_records_graph,
    make_update,
    plan_replacement,
    read_stored_record,
    record_iri,
    state_record,
)
from jwpgraph.programme.references import (
    InvalidReferencesError,
    ReferenceIndex,
    Select,
    confirm_iris,
    read_reference_index,
)
from jwpgraph.sources.import_report import ImportReport, RejectedRow, RowRejectedError
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord, open_table


@dataclass(frozen=True)
class RecordRow:
    """A sound row: where it stands, and its record."""

    line: int
    key: str
    record: Record


@dataclass
class RecordsChange:
    """The effect of a table: its update, and the records concerned.

    Attributes:
        update: SPARQL Update; empty when the graph says all of it already.
        triples: what the records say, whether it is new or not.
        created, changed, unchanged: keys.
    """

    update: str = ""
    triples: set[Triple] = field(default_factory=set)
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


def list_columns(kind: str) -> list[str]:
    """The columns of a table of records of *kind*, those first that every row must fill."""
    fields = KINDS[kind].model_fields
    return sorted(fields, key=lambda name: (name != "key", not fields[name].is_required()))


def make_template(kind: str) -> str:
    """The header of a table of records of *kind*, as CSV (RFC 4180)."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(list_columns(kind))
    return out.getvalue()


def describe_columns(kind: str) -> list[tuple[str, str]]:
    """Each column of the template with what belongs into it."""
    fields = KINDS[kind].model_fields
    return [
        (
            name,
            ("" if name != "key" and not fields[name].is_required() else "required. ")
            + (fields[name].description or ""),
        )
        for name in list_columns(kind)
    ]


def make_table_format(kind: str) -> TableFormat:
    """Return the format by which the importer recognises a table of records of *kind*."""
    fields = KINDS[kind].model_fields
    needed = tuple(name for name in fields if name == "key" or fields[name].is_required())
    return TableFormat(kind, needed, tuple(name for name in fields if name not in needed))


def read_rows(kind: str, path: Path, report: ImportReport) -> list[RecordRow]:
    """Return the sound rows of a file; the others are rejected in *report* with their line and column.

    Raises:
        ProblemError: as :func:`~jwpgraph.sources.tables.open_table`; ``rows-rejected`` where the report is strict.
    """
    with open_table(path, (make_table_format(kind),), report) as table:
        return list(_get_sound_rows(kind, table))


def _get_sound_rows(kind: str, table: SourceTable) -> Iterator[RecordRow]:
    seen: dict[str, int] = {}
    for row in table:
        try:
            found = _read_row(kind, row)
        except RowRejectedError as rejected:
            table.reject(row.line, rejected)
            continue
        if found.key in seen:
            table.reject(row.line, RowRejectedError("key", f"line {seen[found.key]} has the same key", found.key))
            continue
        seen[found.key] = row.line
        yield found


def _read_row(kind: str, row: TableRecord) -> RecordRow:
    model = KINDS[kind]
    given: dict[str, Any] = {name: row[name] for name in model.model_fields if row[name]}
    key = given.get("key", "")
    faults: list[RowRejectedError] = []
    if not key:
        faults.append(RowRejectedError("key", "each row needs a key, so that importing it again changes nothing"))
    try:
        record = model.model_validate(given)
    except ValidationError as error:
        found = list_faults(error.errors(include_url=False, include_context=False))
        faults += [RowRejectedError(one.field, one.reason, one.text) for one in found]
    if faults:
        first, *further = faults
        raise RowRejectedError(first.column, first.reason, first.value, further)
    return RecordRow(row.line, key, record)


async def plan_change(
    kind: str, rows: list[tuple[str, RecordRow]], store: Store, select: Select, report: ImportReport
) -> RecordsChange:
    """Return what *rows* would change in a release.

    Args:
        kind: the kind of records.
        rows: what :func:`read_rows` gave, each with the name of its file.
        store: the release.
        select: queries the release.
        report: takes the rows that name what is not in the graph.
    """
    model = KINDS[kind]
    index = await read_reference_index(select)
    confirmed = await confirm_iris(select, [row.record for _, row in rows])
    change = RecordsChange()
    parts: list[str] = []
    removed: dict[str, set[Triple]] = {}
    added: dict[str, set[Triple]] = {}
    for stated, row in _state_rows(model, rows, index, confirmed, report):
        iri = stated.iri
        stored = read_stored_record(store, iri, model.class_iri())
        graph = stored.graph if stored else get_records_graph(kind)
        out, new = plan_replacement(model, stated, stored, store)
        outcome = (
            change.created if stored is None else change.changed if make_update(graph, out, new) else change.unchanged
        )
        outcome.append(row.key)
        removed.setdefault(graph, set()).update(out)
        added.setdefault(graph, set()).update(new)
        change.triples.update((*stated.triples, *stated.sources))
        report.imported += 1
    for graph in sorted(added):
        if text := make_update(graph, removed[graph], added[graph]):
            parts.append(text)
    change.update = " ;\n".join(parts)
    return change


def _state_rows(
    model: type[Record],
    rows: list[tuple[str, RecordRow]],
    index: ReferenceIndex,
    confirmed: set[str],
    report: ImportReport,
) -> list[tuple[StatedRecord, RecordRow]]:
    """Return what the rows state; those that name what is not there are rejected in *report*.

    Rows may name each other. A row that names a rejected one is rejected, too, which may concern further rows: the
    rest is stated again until nothing more is rejected.
    """
    left, rejected = rows, dict[str, str]()
    while True:
        known = index.with_things(model.segment, (record_iri(model, row.key) for _, row in left))
        stated: list[tuple[StatedRecord, RecordRow]] = []
        sound: list[tuple[str, RecordRow]] = []
        for name, row in left:
            try:
                stated.append((state_record(row.record, record_iri(model, row.key), known, confirmed), row))
            except InvalidReferencesError as error:
                rejections = []
                for fault in error.faults:
                    there = rejected.get(fault.text.removeprefix(f"{model.segment}/"))
                    reason = f"names the row at {there}, which was rejected" if there else fault.reason
                    rejections.append(RejectedRow(name, row.line, fault.field, reason, fault.text))
                report.reject(*rejections)
                rejected[row.key] = f"line {row.line} of {name}"
            else:
                sound.append((name, row))
        if len(sound) == len(left):
            return stated
        left = sound
