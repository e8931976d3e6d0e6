"""The coverage table as JSON, CSV and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from jwpgraph.counts import format_count
from jwpgraph.http.csv_tables import to_csv
from jwpgraph.taxonomy.coverage import FIELDS, CoverageField, CoverageTable, FieldState, TaxonRow

#: Cell contents of fields without statements.
_MARKS: Final = {
    FieldState.INHERITED: "above",
    FieldState.OFFERED: "offered",
    FieldState.NOT_OFFERED: "-",
    FieldState.UNKNOWN: "?",
    FieldState.NOT_APPLICABLE: "",
}


def row_to_json(table: CoverageTable, row: TaxonRow) -> dict[str, Any]:
    """Return a taxon with the states of the fields that apply to it."""
    states = {one.key: table.state(row, one) for one in FIELDS}
    return {
        "taxon": {"id": row.iri, "label": row.name},
        "taxonomy": row.taxonomy,
        "rank": row.rank,
        "groups": list(row.groups),
        "fields": {
            key: {"state": state.value, "count": row.counts.get(key, 0)}
            for key, state in states.items()
            if state is not FieldState.NOT_APPLICABLE
        },
    }


def summary_to_json(table: CoverageTable, rows: Sequence[TaxonRow]) -> dict[str, Any]:
    """Return the number of taxa by state of each field, for all *rows* and by species group."""
    chosen = {row.iri for row in rows}
    groups = [(slug, label, [row for row in found if row.iri in chosen]) for slug, label, found in table.by_group()]
    # A taxon counts in the total and in its groups, but its states are computed once.
    states = {row.iri: [table.state(row, one) for one in FIELDS] for row in rows}

    def counted(some: Sequence[TaxonRow], place: int) -> dict[str, int]:
        return _count_states(Counter(states[row.iri][place] for row in some))

    return {
        "fields": [
            {"key": one.key, "label": one.title, "states": counted(rows, place)} for place, one in enumerate(FIELDS)
        ],
        "states": {state.value: state.phrase for state in FieldState},
        "groups": [
            {
                "key": slug or None,
                "label": label,
                "taxa": len(found),
                "fields": {one.key: counted(found, place) for place, one in enumerate(FIELDS)},
            }
            for slug, label, found in groups
            if found
        ],
    }


def coverage_to_json(table: CoverageTable, rows: Sequence[TaxonRow]) -> dict[str, Any]:
    """Return summary and rows as a JSON document."""
    return {"total": len(rows), **summary_to_json(table, rows), "items": [row_to_json(table, row) for row in rows]}


def coverage_to_csv(table: CoverageTable, rows: Sequence[TaxonRow]) -> str:
    """Return the rows as CSV; a cell contains the number of statements or the reason why there are none."""
    header = ("groups", "name", "taxonomy", "rank", "taxon", *(one.key for one in FIELDS))
    lines = (
        (
            " ".join(row.groups),
            row.name,
            row.taxonomy,
            row.rank,
            row.iri,
            *(_format_cell(table, row, one) for one in FIELDS),
        )
        for row in rows
    )
    return to_csv(header, lines)


def coverage_to_markdown(table: CoverageTable, rows: Sequence[TaxonRow]) -> str:
    """Return a Markdown table of the coverage by species group, and the values that sources offer in addition."""
    chosen = {row.iri for row in rows}
    groups = [(label, [row for row in found if row.iri in chosen]) for _, label, found in table.by_group()]
    groups = [(label, found) for label, found in groups if found]
    taxa = format_count(len(rows), "taxon", "taxa")
    lines = ["# Coverage of the taxa", ""]
    lines += [f"{taxa}. A cell has the taxa of which a field is filled, of those to which it applies.", ""]
    lines += ["| field | " + " | ".join(f"{label} ({len(found)})" for label, found in groups) + " |"]
    lines += ["|---|" + "---|" * len(groups)]
    for one in FIELDS:
        cells = [format_share(table.counted(found, one)) for _, found in groups]
        lines.append(f"| {one.title} | " + " | ".join(cells) + " |")
    left_out = [(row, [one.title for one in FIELDS if table.state(row, one) is FieldState.OFFERED]) for row in rows]
    lines += ["", "## Absent, though a source offers it", ""]
    lines += [f"- *{row.name}* ({row.taxonomy.upper()}): {', '.join(titles)}" for row, titles in left_out if titles]
    if not any(titles for _, titles in left_out):
        lines.append("Nothing.")
    return "\n".join(lines) + "\n"


def format_share(counted: Counter[FieldState]) -> str:
    """Return ``filled/applicable`` numbers of taxa; empty if the field applies to none."""
    applies = counted.total() - counted[FieldState.NOT_APPLICABLE]
    filled = counted[FieldState.PRESENT] + counted[FieldState.INHERITED]
    return f"{filled}/{applies}" if applies else ""


def _count_states(counted: Counter[FieldState]) -> dict[str, int]:
    return {state.value: counted[state] for state in FieldState if counted[state]}


def _format_cell(table: CoverageTable, row: TaxonRow, one: CoverageField) -> str:
    state = table.state(row, one)
    return str(row.counts[one.key]) if state is FieldState.PRESENT else _MARKS[state]
