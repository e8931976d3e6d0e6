"""The documentation is held to the code: settings, commands, metrics, problems, links and the README's queries."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from prometheus_client import CollectorRegistry
from typer import Context
from typer.main import get_command

from jwpgraph.cli import app
from jwpgraph.query_execution.metrics import CacheMetrics, QueryMetrics
from jwpgraph.server.build_stages import BuildStages
from jwpgraph.settings import Settings
from jwpgraph.validation.history import ValidationHistory
from jwpgraph.validation.metrics import ValidationMetrics

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
SPARQL = [
    pytest.param(text, id=f"{path.stem}-{number}")
    for path in DOCS
    for number, text in enumerate(re.findall(r"```sparql\n(.*?)```", path.read_text(), re.DOTALL), 1)
]
README_QUERIES = re.findall(r"```sparql\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_described(name):
    field = Settings.model_fields[name]
    lines = (ROOT / "docs/settings.md").read_text().splitlines()
    assert any(f"`JWPGRAPH_{name.upper()}`" in line and str(field.description) in line for line in lines)


@pytest.mark.parametrize("text", SPARQL)
def test_every_query_and_update_can_be_sent_as_it_stands(text):
    """The endpoint has no predefined prefixes."""
    if re.search(r"^(INSERT|DELETE)\b", text, re.MULTILINE):
        ox.Store().update(text)
    else:
        ox.Store().query(text)


def commands(command, path=()):
    if not hasattr(command, "list_commands"):
        yield " ".join(path)
        return
    context = Context(command)
    for name in command.list_commands(context):
        yield from commands(command.get_command(context, name), (*path, name))


@pytest.mark.parametrize("command", list(commands(get_command(app))))
def test_every_command_is_described(command):
    assert f"`{command}`" in (ROOT / "docs/command-line.md").read_text()


def test_every_metric_is_described(tmp_path):
    registry = CollectorRegistry()
    QueryMetrics(registry), CacheMetrics(registry), ValidationMetrics(ValidationHistory(tmp_path), registry)
    BuildStages(registry)
    names = {family.name for family in registry.collect()} | {"jwpgraph_release_number", "jwpgraph_release_triples"}
    text = (ROOT / "docs/operations.md").read_text()
    assert {name for name in names if f"`{name}" not in text} == set()


def test_every_problem_is_described():
    known = (ROOT / "docs/problems.md").read_text()
    raised = set()
    for path in (ROOT / "src").rglob("*.py"):
        raised |= set(re.findall(r'ProblemError\(\s*"([a-z-]+)"', path.read_text()))
    assert raised
    assert {slug for slug in raised if f"`{slug}`" not in known} == set()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(path):
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
        assert (path.parent / target).exists(), target


@pytest.mark.parametrize("query", README_QUERIES, ids=range(len(README_QUERIES)))
def test_the_queries_of_the_readme_have_answers(query, shipped_store):
    solutions = shipped_store.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    assert list(solutions)


def test_the_readme_has_five_queries():
    assert len(README_QUERIES) == 5


def test_the_make_targets_of_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
