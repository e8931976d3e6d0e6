"""The coverage table: what fills a field, what fills it from above, and why it is empty."""

from __future__ import annotations

import csv
import io

import pytest

from jwpgraph.taxonomy.coverage import FIELDS, CoverageTable, FieldState, TaxonRow, read_offered
from jwpgraph.taxonomy.coverage_reports import coverage_to_csv, coverage_to_json, coverage_to_markdown, format_share
from jwpgraph.vocabulary import ID

BY_KEY = {one.key: one for one in FIELDS}


def taxon(
    slug: str, taxonomy: str, rank: str, above: str = "", group: str = "", inherited: str = "", **counts: int
) -> TaxonRow:
    lineage = tuple(f"{ID}taxon/{taxonomy}/{one}" for one in (slug, above) if one)
    name = slug.replace("-", " ").capitalize()
    filled = frozenset({inherited} - {""})
    return TaxonRow(lineage[0], name, taxonomy, rank, lineage, (group,) if group else (), counts, filled)


LION = taxon("panthera-leo", "cites", "species", "mammalia", "big-cats", "references", synonyms=2)
CRANE = taxon("grus-grus", "cms", "species", "aves", distribution=3)
CLASS = taxon("mammalia", "cites", "class")
TABLE = CoverageTable(
    [LION, CRANE, CLASS],
    {"big-cats": "Big cats"},
    {LION.iri: frozenset({"distribution"}), CLASS.iri: frozenset()},
)


@pytest.mark.parametrize(
    ("row", "field", "state"),
    [
        (LION, "synonyms", FieldState.PRESENT),
        (LION, "references", FieldState.INHERITED),
        (LION, "distribution", FieldState.OFFERED),
        (LION, "red-list", FieldState.NOT_OFFERED),
        (LION, "avibase", FieldState.NOT_APPLICABLE),
        (LION, "listing-cms", FieldState.NOT_APPLICABLE),
        (LION, "msw", FieldState.NOT_OFFERED),
        (CRANE, "red-list", FieldState.UNKNOWN),
        (CRANE, "avibase", FieldState.UNKNOWN),
        (CLASS, "synonyms", FieldState.NOT_APPLICABLE),
        (CLASS, "kingdom", FieldState.NOT_OFFERED),
    ],
)
def test_a_field_is_filled_or_says_why_not(row: TaxonRow, field: str, state: FieldState) -> None:
    assert TABLE.state(row, BY_KEY[field]) is state


def test_taxa_are_grouped_and_those_of_no_group_come_last() -> None:
    assert [(slug, len(rows)) for slug, _, rows in TABLE.by_group()] == [("big-cats", 1), ("", 2)]


def test_a_share_is_of_those_to_which_the_field_applies() -> None:
    assert format_share(TABLE.counted(TABLE.rows, BY_KEY["distribution"])) == "1/2"
    assert format_share(TABLE.counted([CLASS], BY_KEY["distribution"])) == ""


def test_the_table_as_csv_has_a_column_for_each_field() -> None:
    rows = list(csv.DictReader(io.StringIO(coverage_to_csv(TABLE, TABLE.rows))))
    assert list(rows[0]) == ["groups", "name", "taxonomy", "rank", "taxon", *BY_KEY]
    assert rows[0]["synonyms"] == "2"
    assert (rows[0]["distribution"], rows[0]["red-list"], rows[0]["avibase"]) == ("offered", "-", "")
    assert rows[1]["red-list"] == "?"


def test_json_counts_the_states_and_leaves_out_what_does_not_apply() -> None:
    found = coverage_to_json(TABLE, [LION])
    assert found["total"] == 1
    assert "avibase" not in found["items"][0]["fields"]
    assert found["items"][0]["fields"]["synonyms"] == {"state": "present", "count": 2}
    assert [group["key"] for group in found["groups"]] == ["big-cats"]


def test_markdown_names_what_a_source_offers() -> None:
    text = coverage_to_markdown(TABLE, TABLE.rows)
    assert "- *Panthera leo* (CITES): places" in text
    assert "| Red List category | 0/1 | 0/1 |" in text


def test_keys_of_fields_are_told_apart() -> None:
    assert len(BY_KEY) == len(FIELDS)
    assert not set(BY_KEY) & {"groups", "name", "taxonomy", "rank", "taxon"}


def test_what_was_left_out_names_known_fields() -> None:
    found = read_offered()
    assert len(found) > 1000
    assert set().union(*found.values()) <= set(BY_KEY)
