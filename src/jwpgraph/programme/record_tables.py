"""Records in tables: the template of each kind, and the rows of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pyoxigraph import NamedNode, Store, Triple

from jwpgraph.http.csv_tables import remove_formula_mark, to_csv
from jwpgraph.programme.field_labels import make_field_label
from jwpgraph.programme.record_models import KINDS, Record, RecordFault
from jwpgraph.programme.record_statements import (
    StatedRecord,
    get_records_graph,
    list_unknown_names,
    make_update,
    plan_replacement,
    read_stored_record,
    record_iri,
    state_record,
)
from jwpgraph.programme.record_validation import InvalidRecordError, validate_record
from jwpgraph.programme.references import (
    InvalidReferencesError,
    ReferenceIndex,
    Select,
    confirm_iris,
    read_reference_index,
)
from jwpgraph.programme.stored_values import read_field_values
from jwpgraph.sources.import_report import ImportReport, RejectedRow
from jwpgraph.sources.statements import expand_term
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord, open_table
from jwpgraph.vocabulary import ID


@dataclass(frozen=True)
class RecordRow:
    """A row: where it stands, its record, the invalid fields, which its record lacks, and the columns of fields."""

    line: int
    key: str
    record: Record
    faults: tuple[RecordFault, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    def reject(self, file: str, names: Iterable[RecordFault], report: ImportReport) -> None:
        """Reject the row with its invalid fields and the faults of *names* in it."""
        faults = (*self.faults, *names)
        report.reject(
            *(
                RejectedRow(file, self.line, self.columns.get(one.field, one.field), one.reason, one.text)
                for one in faults
            )
        )


@dataclass
class RecordsChange:
    """The effect of a table: its update, and the records concerned.

    Attributes:
        update: SPARQL Update; empty when the graph says all of it already.
        triples: what the records say, whether it is new or not.
        created, changed, unchanged: keys.
        edited: those of the changed ones that somebody had edited after they were imported.
    """

    update: str = ""
    triples: set[Triple] = field(default_factory=set)
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)


def list_columns(kind: str) -> list[str]:
    """Return the columns of a table of records of *kind*, the required ones first."""
    fields = KINDS[kind].model_fields
    return sorted(fields, key=lambda name: (name != "key", not fields[name].is_required()))


def make_template(kind: str) -> str:
    """Return the header of a table of records of *kind* as CSV (RFC 4180)."""
    return to_csv(list_columns(kind), [], "\n")


def describe_columns(kind: str) -> list[tuple[str, str]]:
    """Return the columns of the template, each with a description of its values."""
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
    spellings = tuple(
        (one, name) for name in fields for one in _list_spellings(fields[name], name) if one not in fields
    )
    return TableFormat(kind, needed, tuple(name for name in fields if name not in needed), spellings)


def _list_spellings(described: FieldInfo, name: str) -> list[str]:
    """Return the names of a field in headers besides that of the template: those of the API and of the forms."""
    alias = described.validation_alias
    names = [one for one in alias.choices if isinstance(one, str)] if isinstance(alias, AliasChoices) else []
    return [*names, *(one.replace("_", " ") for one in (*names, name)), make_field_label(name).lower()]


def write_table(kind: str, store: Store) -> str:
    """Return the records of *kind* in a release as CSV with the columns of the template, sorted by their keys.

    Args:
        kind: the kind of records.
        store: the release.
    """
    model, columns = KINDS[kind], list_columns(kind)
    rows = []
    space = f"{ID}{model.segment}/"
    named = store.quads_for_pattern(None, expand_term("rdf:type"), NamedNode(model.class_iri()), None)
    for iri in sorted({quad.subject.value for quad in named if isinstance(quad.subject, NamedNode)}):
        key = iri.removeprefix(space)
        stored = read_stored_record(store, iri, model.class_iri())
        if stored is None or key == iri or "/version/" in key:
            continue
        values = read_field_values(model, stored) | {"key": [key]}
        rows.append([_join(model, name, values.get(name, ())) for name in columns])
    return to_csv(columns, rows, "\n")


def _join(model: type[Record], name: str, values: Sequence[str]) -> str:
    is_text = name != "key" and model.stated_fields()[name].form in {"english", "string"}
    return ("\n" if is_text else "; ").join(values)


def read_rows(kind: str, path: Path, report: ImportReport) -> list[RecordRow]:
    """Return the rows of a file; those that are no records at all are rejected in *report* with their line and column.

    A row with invalid fields is returned with them: it is to be rejected when what it names has been looked up.

    Raises:
        ProblemError: as :func:`~jwpgraph.sources.tables.open_table`; ``rows-rejected`` where the report is strict.
    """
    with open_table(path, (make_table_format(kind),), report) as table:
        return list(_get_rows(kind, table))


def _get_rows(kind: str, table: SourceTable) -> Iterator[RecordRow]:
    seen: dict[str, int] = {}
    columns = dict(zip(table.keys, table.header, strict=True))
    for row in table:
        found = replace(_read_row(kind, row), columns=columns)
        if found.key in seen:
            fault = RecordFault("key", f"line {seen[found.key]} has the same key", found.key)
            found = replace(found, key="", faults=(fault, *found.faults))
        elif found.key:
            seen[found.key] = row.line
        yield found


def _read_row(kind: str, row: TableRecord) -> RecordRow:
    model = KINDS[kind]
    given: dict[str, Any] = {name: remove_formula_mark(row[name]) for name in model.model_fields if row[name]}
    key = given.get("key", "")
    faults: list[RecordFault] = []
    record: Record
    if not key:
        faults.append(RecordFault("key", "each row needs a key, so that importing it again changes nothing"))
    try:
        record = validate_record(model, given)
    except InvalidRecordError as error:
        faults += error.faults
        record = error.valid_part
    return RecordRow(row.line, key if record.key else "", record, tuple(faults))


async def plan_change(
    kind: str,
    rows: list[tuple[str, RecordRow]],
    store: Store,
    select: Select,
    report: ImportReport,
    find_edit: Callable[[str], str | None] = lambda _: None,
    *,
    replace_edited: bool = False,
) -> RecordsChange:
    """Return what *rows* would change in a release.

    Args:
        kind: the kind of records.
        rows: what :func:`read_rows` gave, each with the name of its file.
        store: the release.
        select: queries the release.
        report: takes the rows with invalid fields, those that name what is not in the graph, and those that would
            replace an edit.
        find_edit: returns where a record was last edited other than by an import, if it was, by its IRI.
        replace_edited: whether rows replace such edits.
    """
    model = KINDS[kind]
    index = await read_reference_index(select)
    confirmed = await confirm_iris(select, [row.record for _, row in rows])
    change = RecordsChange()
    parts: list[str] = []
    removed: dict[str, set[Triple]] = {}
    added: dict[str, set[Triple]] = {}
    for stated, name, row in _state_rows(model, rows, index, confirmed, report):
        iri = stated.iri
        stored = read_stored_record(store, iri, model.class_iri())
        graph = stored.graph if stored else get_records_graph(kind)
        out, new = plan_replacement(model, stated, stored, store)
        outcome = (
            change.created if stored is None else change.changed if make_update(graph, out, new) else change.unchanged
        )
        if outcome is change.changed and (edit := find_edit(iri)):
            if not replace_edited:
                reason = f"the record was edited in {edit}, which this row would undo; --replace replaces it"
                row.reject(name, [RecordFault("key", reason, row.key)], report)
                continue
            change.edited.append(row.key)
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
) -> list[tuple[StatedRecord, str, RecordRow]]:
    """Return what the rows state, with the names of their files.

    Those with invalid fields and those that name what is not there are rejected in *report*.

    Rows may name each other. A row that names a rejected one is rejected, too, which may concern further rows: the
    rest is stated again until nothing more is rejected.
    """
    left, rejected = rows, dict[str, str]()
    while True:
        known = index.with_things(model.segment, (record_iri(model, row.key) for _, row in left if row.key))
        stated: list[tuple[StatedRecord, str, RecordRow]] = []
        sound: list[tuple[str, RecordRow]] = []
        for name, row in left:
            unknown: Sequence[RecordFault] = ()
            if row.faults:
                unknown = list_unknown_names(row.record, row.key, known, confirmed)
            else:
                try:
                    stated.append((state_record(row.record, record_iri(model, row.key), known, confirmed), name, row))
                except InvalidReferencesError as error:
                    unknown = error.faults
            if not row.faults and not unknown:
                sound.append((name, row))
                continue
            row.reject(name, [_explain(fault, model, rejected) for fault in unknown], report)
            if row.key:
                rejected[row.key] = f"line {row.line} of {name}"
        if len(sound) == len(left):
            return stated
        left = sound


def _explain(fault: RecordFault, model: type[Record], rejected: Mapping[str, str]) -> RecordFault:
    """Return *fault* with the reason that it names a rejected row, if it does."""
    there = rejected.get(fault.text.removeprefix(f"{model.segment}/"))
    return replace(fault, reason=f"names the row at {there}, which was rejected") if there else fault
