"""Whoever meets a problem can look it up: each type that these packages raise stands in docs/problems.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import jwpgraph

PACKAGE = Path(jwpgraph.__file__).parent
DOCUMENTED = set(re.findall(r"`([a-z0-9-]+)`", (PACKAGE.parents[1] / "docs/problems.md").read_text("utf-8")))


def raised(path: Path) -> set[str]:
    calls = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    firsts = (call.args[0] for call in calls if getattr(call.func, "id", "") == "ProblemError" and call.args)
    return {first.value for first in firsts if isinstance(first, ast.Constant) and isinstance(first.value, str)}


@pytest.mark.parametrize("package", ["http", "sparql_syntax", "sparql_protocol", "query_execution", "releases"])
def test_every_problem_is_documented(package: str) -> None:
    slugs = set().union(*(raised(path) for path in (PACKAGE / package).rglob("*.py")))
    assert slugs
    assert slugs <= DOCUMENTED, slugs - DOCUMENTED
