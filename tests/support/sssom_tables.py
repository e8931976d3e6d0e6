"""Reading of SSSOM tables (TSV with embedded metadata, SSSOM 1.0) that the service writes."""

from __future__ import annotations

import csv
import re

_CURIE = re.compile(r"([\w.-]+):\S+")


def read_sssom(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return the prefix map and the rows of an SSSOM table, and check its required columns."""
    lines = text.splitlines()
    prefixes: dict[str, str] = {}
    inside = False
    for line in lines:
        if line.startswith("#"):
            key, separator, value = line[1:].partition(": ")
            if inside and line.startswith("# ") and separator:
                prefixes[key.strip()] = value.strip()
            else:
                inside = line.rstrip() == "#curie_map:"
    rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    for row in rows:
        assert None not in row
        assert None not in row.values()
        for column in ("subject_id", "predicate_id", "object_id", "mapping_justification"):
            match = _CURIE.fullmatch(row[column])
            assert match, row[column]
            assert match[1] in {*prefixes, "http", "https"}, row[column]
        assert 0 <= float(row["confidence"] or 0) <= 1
    return prefixes, rows
