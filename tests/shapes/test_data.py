"""Tests of the shapes on datasets: the shipped one, the shipped one with one error, and datasets of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from jwpgraph.operations.builder_factory import rules_of
from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.union import UnionDifference
from jwpgraph.shipped_files import list_shipped_sources
from jwpgraph.validation.engines import run_engine, union_as_n_triples
from jwpgraph.validation.report import ValidationReport
from jwpgraph.vocabulary import ID, PREFIXES, SHAPES

_KINDS = ("body", "information-kind", "instrument", "programme", "tool", "work-programme")
_PROLOGUE = "".join(
    f"PREFIX {name}: <{iri}>\n"
    for name, iri in [
        *PREFIXES.items(),
        *((kind, f"{ID}{kind}/") for kind in _KINDS),
        *((kind, f"{ID}{kind}/jwp-2015-2020/") for kind in ("activity", "theme")),
    ]
)
_HERE = Path(__file__).parent
#: Large sources about other things than the work programme.
_FURTHER = {
    "alignments-by-name",
    "alignments-of-higher-taxa",
    "external-ids",
    "leo",
    "listing-populations",
    "parties",
    "records-proposals",
    "red-list",
    "signatories",
    "sites",
}


@pytest.fixture(scope="module")
def asserted() -> str:
    """Return the union of the shipped sources in N-Triples, without entailments."""
    store = ox.Store()
    for _, path in list_shipped_sources():
        store.load(path=path, format=ox.RdfFormat.TURTLE)
    return union_as_n_triples(store)


def with_entailments(store: ox.Store) -> str:
    materialise_entailments(store, rules_of())
    return union_as_n_triples(store)


@pytest.fixture(scope="module")
def stated() -> ox.Store:
    """Return the shipped sources about the work programme, as a store; tests leave it as they find it."""
    store = ox.Store()
    for _, path in list_shipped_sources():
        if "species" not in path.parts and path.stem not in _FURTHER:
            store.load(path=path, format=ox.RdfFormat.TURTLE, to_graph=ox.DefaultGraph())
    return store


@pytest.fixture(scope="module")
def entailed(stated: ox.Store) -> ox.Store:
    """Return the same with entailments; tests leave it as they find it."""
    store = ox.Store()
    store.extend(stated)
    materialise_entailments(store, rules_of())
    return store


@pytest.fixture(scope="module")
def broken_before(entailed: ox.Store, shapes: ShapesGraph) -> set[str]:
    """Return the shapes that these data break because the other sources are not there."""
    return broken_shapes(run_engine(union_as_n_triples(entailed), shapes))


@pytest.fixture
def after(stated: ox.Store, entailed: ox.Store, restate, shapes: ShapesGraph) -> Callable[[str], ValidationReport]:
    """Return a function that reports on these data after a SPARQL Update."""

    def change(update: str) -> ValidationReport:
        changed, before = ox.Store(), set(stated)
        changed.extend(before)
        changed.update(_PROLOGUE + update)
        now = set(changed)
        assert now != before, "the update changes nothing"
        added, removed = (frozenset(quad.triple for quad in side) for side in (now - before, before - now))
        store = ox.Store()
        store.extend(entailed)
        restate(store, UnionDifference(added, removed))
        return run_engine(union_as_n_triples(store), shapes)

    return change


def broken_shapes(report: ValidationReport) -> set[str]:
    return {
        result.shape.removeprefix(f"<{SHAPES}").removesuffix(">")
        for result in report.results
        if result.severity == "violation"
    }


def test_shipped_data_conform(engine, shipped_store, shapes) -> None:
    report = run_engine(union_as_n_triples(shipped_store), shapes, engine)
    assert [result for result in report.results if result.severity == "violation"] == []


def test_shipped_data_conform_without_entailments(asserted, shapes) -> None:
    assert broken_shapes(run_engine(asserted, shapes)) == set()


def test_valid_taxa_have_no_result_at_all(engine, shapes) -> None:
    store = ox.Store()
    for graph, path in list_shipped_sources():
        if "/graph/ontology/" in graph or path.stem in {
            "instruments",
            "sources",
            "species-groups",
            "taxa",
            "places",
            "bodies",
        }:
            store.load(path=path, format=ox.RdfFormat.TURTLE)
    store.load(path=_HERE / "valid-taxa.ttl", format=ox.RdfFormat.TURTLE)
    report = run_engine(with_entailments(store), shapes, engine)
    assert [result for result in report.results if "example.org" in result.focus] == []


@pytest.mark.parametrize("name", ["foreign.ttl", None])
def test_data_of_others_are_left_alone(name: str | None, engine, shapes) -> None:
    store = ox.Store()
    if name:
        store.load(path=_HERE / name, format=ox.RdfFormat.TURTLE)
    assert run_engine(with_entailments(store), shapes, engine).results == ()


def test_the_ontology_alone_conforms(engine, shapes) -> None:
    store = ox.Store()
    for graph, path in list_shipped_sources():
        if "/graph/ontology/" in graph:
            store.load(path=path, format=ox.RdfFormat.TURTLE)
    store.load(path=_HERE / "foreign.ttl", format=ox.RdfFormat.TURTLE)
    report = run_engine(with_entailments(store), shapes, engine)
    assert {result.shape for result in report.results} <= {f"<{SHAPES}Appendix-appendixOf>"}, (
        "only the Appendices point out of the ontology, to their conventions"
    )


WRONG_LOADS = {
    "a 34th activity": (
        """INSERT DATA { activity:D6 a jwp:Activity ; skos:notation "D6" ; schema:position 34 ;
             jwp:theme theme:D ;
             dcterms:isPartOf work-programme:jwp-2015-2020 }""",
        {"WorkProgramme-itemCount", "Theme-itemCount"},
    ),
    "an activity is lost": ("DELETE WHERE { activity:B20 ?p ?o }", {"WorkProgramme-itemCount", "Theme-itemCount"}),
    "a theme is lost": (
        "DELETE WHERE { theme:C ?p ?o }",
        {"Activity-theme", "Heading-broader"},
    ),
    "a wrong code": (
        'DELETE DATA { activity:B16 skos:notation "B16" } ; INSERT DATA { activity:B16 skos:notation "B61" }',
        {"Activity-notationDense"},
    ),
    "a code of another theme": (
        'DELETE DATA { activity:C1 skos:notation "C1" } ; INSERT DATA { activity:C1 skos:notation "D6" }',
        {"Activity-notationOfTheme"},
    ),
    "the same code twice": (
        'DELETE DATA { activity:B16 skos:notation "B16" } ; INSERT DATA { activity:B16 skos:notation "B15" }',
        {"Activity-notationUnique"},
    ),
    "D2 with five bodies": (
        "DELETE WHERE { ?x jwp:involvesBody body:emg }",
        {"Jwp2015-D2Bodies"},
    ),
    "C2 with five kinds": (
        "DELETE WHERE { ?x jwp:informationKind information-kind:guidelines }",
        {"Jwp2015-C2Kinds"},
    ),
    "D4 with four tools": (
        "DELETE WHERE { ?x jwp:involvesTool tool:informea }",
        {"Jwp2015-D4Tools"},
    ),
    "a part of D2 is lost": (
        "DELETE WHERE { <https://w3id.org/jwpgraph/id/activity/jwp-2015-2020/D2/part/4> ?p ?o }",
        {"Activity-hasPart"},
    ),
    "MIKES taken for MIKE": (
        """DELETE DATA { activity:B16 jwp:involvesProgramme programme:mikes } ;
           INSERT DATA { activity:B16 jwp:involvesProgramme programme:mike }""",
        {"Jwp2015-mikeOnlyB11"},
    ),
    "MIKES made the same as MIKE": (
        """INSERT DATA { programme:mikes owl:sameAs
             programme:mike }""",
        {"Integrity-different-sameAs"},
    ),
    "MIKES no longer different from MIKE": (
        "DELETE WHERE { ?x owl:differentFrom ?y }",
        {"Programme-differentFromPredecessor"},
    ),
    "a second activity recurs": (
        'INSERT DATA { activity:C5 jwp:repeatFrequency "P1Y"^^xsd:duration }',
        {"Jwp2015-onlyC1Recurs"},
    ),
    "a second activity has a year": (
        'INSERT DATA { activity:B14 jwp:scheduledYear "2017"^^xsd:gYear }',
        {"Jwp2015-onlyB15Year"},
    ),
    "a link to nothing": (
        "INSERT DATA { activity:B1 jwp:involvesBody body:nobody }",
        {"ActivityLinks-involvesBody"},
    ),
    "an activity named with a slip": (
        "INSERT DATA { activity:B22 jwp:involvesBody body:fao }",
        {"Integrity-typed-type"},
    ),
    "an instrument is lost": (
        "DELETE WHERE { instrument:sakergap ?p ?o }",
        {"ActivityLinks-involvesInstrument", "SourcedStatement-stated"},
    ),
    "a fact changes and its statement does not": (
        """DELETE { ?x jwp:effectiveFrom ?old } INSERT { ?x jwp:effectiveFrom "2007"^^xsd:gYear }
           WHERE { BIND (instrument:saiga-mou AS ?x) ?x jwp:effectiveFrom ?old }""",
        {"SourcedStatement-stated"},
    ),
    "a second official text": (
        'INSERT DATA { activity:B1 jwp:officialText "First."@en, "Second."@en }',
        {"Activity-officialText"},
    ),
    "an activity linked to a secretariat": (
        "INSERT DATA { activity:B1 jwp:involvesBody body:cms-secretariat }",
        {"Activity-noSecretariat"},
    ),
    "an activity said to have happened": ("INSERT DATA { activity:B1 a prov:Activity }", {"Integrity-planNotActivity"}),
}


@pytest.mark.parametrize("what", WRONG_LOADS)
def test_a_wrong_load_breaks(what: str, after, broken_before: set[str]) -> None:
    update, expected = WRONG_LOADS[what]
    assert expected <= broken_shapes(after(update)) - broken_before


def test_an_imported_text_does_not_break(after, broken_before: set[str]) -> None:
    broken = broken_shapes(after('INSERT DATA { activity:B1 jwp:officialText "As the document has it."@en }'))
    assert broken == broken_before


def test_activities_not_loaded_yet_do_not_break_the_programme(shapes) -> None:
    """Loading the programme and its themes first is valid."""
    store = ox.Store()
    for graph, path in list_shipped_sources():
        if "/graph/ontology/" in graph or path.stem in {
            "work-programme",
            "themes",
            "sources",
            "instruments",
            "species-groups",
        }:
            store.load(path=path, format=ox.RdfFormat.TURTLE)
    broken = broken_shapes(run_engine(with_entailments(store), shapes))
    assert not {shape for shape in broken if shape.startswith(("WorkProgramme", "Theme", "Heading"))}


def test_missing_spans_are_no_more_than_a_warning(asserted, shapes) -> None:
    without = "".join(line for line in asserted.splitlines(keepends=True) if "/id/excerpt/" not in line)
    report = run_engine(without, shapes)
    assert report.conforms()
    assert sum(result.shape == f"<{SHAPES}Activity-excerpt>" for result in report.results) == 33
