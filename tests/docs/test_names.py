"""Names: a class name stands for one thing, and functions of modules begin with a verb."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import pytest

SOURCES = Path(__file__).resolve().parents[2] / "src/jwpgraph"
#: Verbs with which functions begin; a new one is added to the file.
VERBS = set((Path(__file__).parent / "verbs.txt").read_text("utf-8").split())
#: Conversions: ``to_json``, ``as_slug``, ``mapping_to_json``.
CONVERSIONS = {"as", "from", "to", "with", "without"}
#: Names that others determine: the interface of gettext, and entry points.
GIVEN = {"gettext", "ngettext", "pgettext", "main"}


def _list_modules() -> list[Path]:
    return sorted(SOURCES.rglob("*.py"))


def _is_named_by_a_verb(name: str) -> bool:
    words = name.lstrip("_").split("_")
    return words[0] in VERBS | CONVERSIONS or bool({"to", "as"} & set(words)) or name in GIVEN


def _is_command(path: Path, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether the function is a command, which has the name of the command."""
    return path.parent.name == "cli" and not function.name.startswith("_")


@pytest.mark.parametrize("path", _list_modules(), ids=lambda path: str(path.relative_to(SOURCES)))
def test_functions_of_a_module_begin_with_a_verb(path: Path) -> None:
    functions = [
        node
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_command(path, node)
    ]
    assert [node.name for node in functions if not _is_named_by_a_verb(node.name)] == []


def test_a_class_name_stands_for_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in _list_modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                places[node.name].append(f"{path.relative_to(SOURCES)}:{node.lineno}")
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize(("name", "verb"), [("make_iri", True), ("_is_open", True), ("iri", False), ("_named", False)])
def test_the_check_can_fail(name: str, verb: bool) -> None:
    assert _is_named_by_a_verb(name) is verb
