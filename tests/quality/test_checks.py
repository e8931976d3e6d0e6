"""Tests of each quality check, in both engines: it reports the broken example and not the fixed one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.validation.engines import is_fast_engine_installed, run_engine, union_as_n_triples
from jwpgraph.validation.report import ValidationReport, count_fingerprints
from jwpgraph.validation.shape_catalogue import ShapeEntry, read_shape_entries
from jwpgraph.vocabulary import PREFIXES, QUALITY

_HERE = Path(__file__).parent
_DOCUMENT = Path(__file__).resolve().parents[2] / "docs/quality.md"
_HEADER = re.compile(r"^## (?P<check>\w+) ?(?P<focus>\S*)$", re.MULTILINE)
_PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
_ENGINES = ["fast", "reference"] if is_fast_engine_installed() else ["reference"]
_TIERS = {"violation": "error", "warning": "warning", "info": "note"}


@dataclass(frozen=True)
class Example:
    """An example that a check reports, and its fixed version."""

    number: int
    check: str
    focus: str
    broken: str
    mended: str

    @property
    def expected(self) -> tuple[str, str]:
        base = f"https://example.org/{self.number}/"
        focus = self.focus.strip("<>").replace("jwp:", PREFIXES["jwp"]) if self.focus else base + "focus"
        return f"<{QUALITY}{self.check}>", f"<{focus}>"

    def data(self, turtle: str) -> str:
        text = f"{_PREFIXES}@prefix : <https://example.org/{self.number}/> .\n{turtle}"
        return "".join(f"{quad.triple} .\n" for quad in ox.parse(text, format=ox.RdfFormat.TURTLE))


def _examples() -> list[Example]:
    text = (_HERE / "checks.ttl").read_text("utf-8")
    headers = list(_HEADER.finditer(text))
    ends = [header.start() for header in headers[1:]] + [len(text)]
    found = []
    for number, (header, end) in enumerate(zip(headers, ends, strict=True)):
        broken, _, mended = text[header.end() : end].partition("# mended\n")
        found.append(Example(number, header["check"], header["focus"], broken, mended))
    return found


EXAMPLES = _examples()


@pytest.fixture(scope="module")
def checks() -> ShapesGraph:
    return ShapesGraph.read(get_shipped_path("quality"))


@pytest.fixture(scope="module")
def entries(checks: ShapesGraph) -> dict[str, ShapeEntry]:
    """Return the checks that report results, by name."""
    found = read_shape_entries(ox.parse(checks.text, format=ox.RdfFormat.N_TRIPLES)).values()
    return {entry.shape.strip("<>").removeprefix(QUALITY): entry for entry in found if entry.message}


@pytest.fixture(scope="module")
def of_engines(checks: ShapesGraph) -> dict[str, ValidationReport]:
    """Return the report of each engine on all broken examples."""
    broken = "".join(one.data(one.broken) for one in EXAMPLES)
    return {engine: run_engine(broken, checks, engine) for engine in _ENGINES}


@pytest.fixture(scope="module")
def of_mended(checks: ShapesGraph) -> ValidationReport:
    """Return the report on all fixed examples."""
    return run_engine("".join(one.data(one.mended) for one in EXAMPLES), checks)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.check}-{example.number}")
def test_finds_what_is_broken_and_not_what_is_mended(example: Example, of_engines, of_mended, entries) -> None:
    found = {(result.shape, result.focus): result for result in of_engines[_ENGINES[0]].results}
    assert example.expected in found
    result = found[example.expected]
    assert result.severity == entries[example.check].severity
    assert "{" not in result.message("en"), "a variable is not filled in"
    assert example.expected not in {(result.shape, result.focus) for result in of_mended.results}


@pytest.mark.skipif(len(_ENGINES) == 1, reason="no wheel of the fast engine for this machine")
def test_both_engines_say_the_same(of_engines) -> None:
    assert count_fingerprints(of_engines["fast"].results) == count_fingerprints(of_engines["reference"].results)


def test_every_check_has_an_example(entries) -> None:
    assert entries.keys() == {example.check for example in EXAMPLES}


def test_every_check_is_explained(entries) -> None:
    for name, entry in entries.items():
        assert entry.severity, name
        assert all((entry.name, entry.description, entry.why)), name


@pytest.mark.parametrize("language", ["fr", "es"])
def test_every_check_is_explained_in_the_languages_of_the_pages(language: str, checks: ShapesGraph) -> None:
    for name, entry in read_shape_entries(ox.parse(checks.text, format=ox.RdfFormat.N_TRIPLES), (language,)).items():
        if entry.why:
            assert entry.why_language == language, name


@pytest.mark.parametrize("tier", ["violation", "warning", "info"])
def test_every_check_is_documented(entries, tier: str) -> None:
    text = _DOCUMENT.read_text("utf-8")
    rows = [
        f"| `{name}` | {_TIERS[tier]} | {entry.description} | {entry.why} | {entry.message} |"
        for name, entry in entries.items()
        if entry.severity == tier
    ]
    assert [row for row in rows if row not in text] == []


def test_every_check_is_a_shape_with_an_iri_of_ours(checks: ShapesGraph) -> None:
    store = ox.Store()
    store.load(checks.text.encode(), format=ox.RdfFormat.N_TRIPLES)
    shapes = store.query("SELECT ?s { ?s <http://www.w3.org/ns/shacl#path>|<http://www.w3.org/ns/shacl#select> ?x }")
    assert isinstance(shapes, ox.QuerySolutions)
    assert all(str(row[0]).startswith(f"<{QUALITY}") for row in shapes)


def test_shipped_data_have_no_errors_and_no_warnings(shipped_store, checks) -> None:
    report = run_engine(union_as_n_triples(shipped_store), checks)
    assert [result for result in report.results if result.severity != "info"] == []


def test_every_class_that_needs_a_source_is_looked_at(checks: ShapesGraph, shipped_store) -> None:
    """Each class is a subclass of one in the check, a concept, or has its own source."""
    targeted = f"<{QUALITY}Unsourced> <{PREFIXES['sh']}targetClass> <"
    named = {line[len(targeted) :].partition(">")[0] for line in checks.text.splitlines() if line.startswith(targeted)}
    query = f"""
        PREFIX rdfs: <{PREFIXES["rdfs"]}> PREFIX owl: <{PREFIXES["owl"]}> PREFIX skos: <{PREFIXES["skos"]}>
        SELECT ?class (GROUP_CONCAT(STR(?above)) AS ?all) {{
            ?class a owl:Class ; rdfs:subClassOf* ?above . FILTER (STRSTARTS(STR(?class), "{PREFIXES["jwp"]}"))
        }} GROUP BY ?class"""
    without = {
        row[0].value.removeprefix(PREFIXES["jwp"])
        for row in shipped_store.query(query)
        if not named & set(row[1].value.split()) and PREFIXES["skos"] + "Concept" not in row[1].value.split()
    }
    # The shapes require sources of activities and records; sources, references, places in a document and statements
    # are sources themselves; listing periods are derived from events; coverage is counted; rules are code.
    assert without == {
        *(
            "Activity",
            "ActivityPart",
            "Action",
            "AmendmentProposal",
            "Comment",
            "CompetencyQuestion",
            "CoverageFigure",
            "EntailmentRule",
            "Excerpt",
            "ListingPeriod",
            "ProgressJudgement",
            "Source",
            "SourcedStatement",
            "StandardReference",
            "Taxonomy",
        ),
    }
