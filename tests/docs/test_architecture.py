"""The architecture page names only modules and classes that exist, and no listed module is skipped."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text()
PACKAGES = {path.stem for path in (ROOT / "src/jwpgraph").iterdir() if not path.name.startswith("_")}
DIAGRAMS = re.findall(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
CODE = [*re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)), *DIAGRAMS]
MODULES = {
    name
    for text in CODE
    for name in re.findall(r"(?<![\w./])[a-z_]+(?:\.[a-z_]+)+(?![\w./(])", text)
    if name.partition(".")[0] in PACKAGES
}
CLASSES = {name for text in CODE for name in re.findall(r"(?<![\w.])[A-Z][a-z]+(?:[A-Z][a-z]+)+(?!\w)", text)}
DEFINED = {
    name
    for path in (ROOT / "src/jwpgraph").rglob("*.py")
    for name in re.findall(r"^(?:class )?([A-Z]\w+)[(:]", path.read_text(), re.MULTILINE)
}


def test_the_page_names_modules_and_classes():
    assert len(DIAGRAMS) == 4
    assert len(MODULES) > 30
    assert len(CLASSES) > 10


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_named_module_exists(name):
    assert importlib.util.find_spec(f"jwpgraph.{name}") is not None


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_every_named_class_exists(name):
    assert name in DEFINED


def test_every_package_is_listed():
    table = PAGE[PAGE.index("## Packages") : PAGE.index("## Interfaces")]
    packages = {path.name for path in (ROOT / "src/jwpgraph").iterdir() if (path / "__init__.py").exists()}
    assert {name for name in packages if f"`{name}`" not in table} == set()


def test_the_glossary_is_linked():
    assert "glossary.md" in PAGE
    assert "docs/glossary.md" in (ROOT / "README.md").read_text()


def test_the_files_named_in_contributing_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    paths = set(re.findall(r"`((?:src|tests|docs|shapes|queries|ontology|data|quality)/[\w./-]+)`", text))
    assert len(paths) > 20
    assert {path for path in paths if not (ROOT / path).exists()} == set()
