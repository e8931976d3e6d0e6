"""Every request and every program in ``docs/odata.md`` does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs/odata.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
REQUESTS = [line for kind, block in BLOCKS if kind == "http" for line in block.splitlines()]
PROGRAMS = [block for kind, block in BLOCKS if kind == "python"]


@pytest.mark.parametrize("line", REQUESTS)
def test_a_request(web, line):
    match = re.fullmatch(r"GET (/\S.*?)(?: → (\d{3}))?", line)
    assert match is not None
    answer = web.get(match[1])
    assert answer.status_code == int(match[2] or 200), answer.text
    if answer.headers["content-type"].startswith("application/json") and "$top=0" not in line:
        document = answer.json()
        found = document.get("value", document.get("d", document)) if isinstance(document, dict) else document
        assert found.get("results", found) if isinstance(found, dict) else found


def test_the_programs(shipped):
    names: dict[str, object] = {"SERVICE": shipped.url, "SINCE": "2020-01-01T00:00:00"}
    for program in PROGRAMS:
        exec(program, names)
    assert len(names["places"]) == 99
    assert len({one["id"] for one in names["changed"]}) == 34
