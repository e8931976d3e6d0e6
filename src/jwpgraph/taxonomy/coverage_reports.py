"""The coverage table for machines, spreadsheets and people: JSON, CSV, Markdown and plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from jwpgraph.http.csv_tables import to_csv
from jwpgraph.taxonomy.coverage import FIELDS, CoverageField, CoverageTable, FieldState, TaxonRow

#: What stands in a cell of a table where nothing can be counted.
_MARKS: Final = {
    FieldState.INHERITED: "above",
    FieldState.OFFERED: "offered",
    FieldState.NOT_OFFERED: "-",
    FieldState.UNKNOWN: "?",
    FieldState.NOT_APPLICABLE: "",
}


def row_to_json(table: CoverageTable, row: TaxonRow) -> dict[str, Any]:
    """A taxon with the state of each field; those that do not apply to it are left out."""
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
    """The fields, with how many of some taxa have each in each state, for all of them and by species group."""
    chosen = {row.iri for row in rows}
    groups = [(slug, label, [row for row in found if row.iri in chosen]) for slug, label, found in table.by_group()]
    # Each taxon counts in all and in its groups: its states are found once.
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
    """Everything about some taxa, for machines."""
    return {"total": len(rows), **summary_to_json(table, rows), "items": [row_to_json(table, row) for row in rows]}


def coverage_to_csv(table: CoverageTable, rows: Sequence[TaxonRow]) -> str:
    """One taxon a row; a cell has a number, or a word that says why it has none."""
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
    """How far each field is filled by species group, then what a source offers and is left out."""
    chosen = {row.iri for row in rows}
    groups = [(label, [row for row in found if row.iri in chosen]) for _, label, found in table.by_group()]
    groups = [(label, found) for label, found in groups if found]
    lines = ["# Coverage of the taxa", ""]
    lines += [f"{len(rows)} taxa. A cell has the taxa of which a field is filled, of those to which it applies.", ""]
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
    """Of how many taxa a field is filled, of how many it could be; empty where it applies to none."""
    applies = counted.total() - counted[FieldState.NOT_APPLICABLE]
    filled = counted[FieldState.PRESENT] + counted[FieldState.INHERITED]
    return f"{filled}/{applies}" if applies else ""


def _count_states(counted: Counter[FieldState]) -> dict[str, int]:
    return {state.value: counted[state] for state in FieldState if counted[state]}


def _format_cell(table: CoverageTable, row: TaxonRow, one: CoverageField) -> str:
    state = table.state(row, one)
    return str(row.counts[one.key]) if state is FieldState.PRESENT else _MARKS[state]
