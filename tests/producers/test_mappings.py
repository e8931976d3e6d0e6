"""The shipped mappings as SSSOM 1.0 tables."""

from __future__ import annotations

import csv
import re

import pytest

from jwpgraph.producers.mappings import DATABASES
from jwpgraph.shipped_files import get_shipped_path


@pytest.mark.parametrize("slug", sorted(database.slug for database in DATABASES.values()))
def test_single_valued_slots_have_one_reference(slug: str) -> None:
    """The bar separates the values of multivalued slots only; sssom-py leaves out the mapping otherwise."""
    lines = (get_shipped_path("mappings") / f"{slug}.sssom.tsv").read_text("utf-8").splitlines()
    rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    assert len({tuple(row.values()) for row in rows}) == len(rows) > 0
    for row in rows:
        for slot in ("subject_id", "predicate_id", "object_id", "mapping_justification", "mapping_source"):
            assert re.fullmatch(r"[\w.-]+:[\w./-]+", row[slot]), row
