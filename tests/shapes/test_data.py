"""Tests of the shapes on datasets: the shipped one, the shipped one with one error, and datasets of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from jwpgraph.operations.builder_factory import read_rules
from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.union import UnionDifference
from jwpgraph.shipped_files import list_shipped_sources
from jwpgraph.validation.engines import is_fast_engine_installed, run_engine, union_as_n_triples
from jwpgraph.validation.report import ValidationReport, ValidationResult, count_fingerprints
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
_TYPE = ox.NamedNode(f"{PREFIXES['rdf']}type")
_SUBCLASS = ox.NamedNode(f"{PREFIXES['rdfs']}subClassOf")
#: Focus nodes of each target in the sample.
_FOCUS_NODES = 4
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
    materialise_entailments(store, read_rules())
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
    materialise_entailments(store, read_rules())
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


def violations(report: ValidationReport) -> list[ValidationResult]:
    return [result for result in report.results if result.severity == "violation"]


def test_shipped_data_conform(shipped_store, shapes) -> None:
    assert violations(run_engine(union_as_n_triples(shipped_store), shapes)) == []


@pytest.mark.thorough
def test_shipped_data_conform_by_the_reference_engine(shipped_store, shapes) -> None:
    assert violations(run_engine(union_as_n_triples(shipped_store), shapes, "reference")) == []


@pytest.mark.skipif(not is_fast_engine_installed(), reason="no wheel of the fast engine for this machine")
def test_engines_agree_on_a_sample_of_the_shipped_data(shipped_store, shapes, shapes_graph) -> None:
    """Each target has focus nodes in the sample; what these link to has its classes there, and nothing else."""
    sample = ox.Store()
    sample.extend(shipped_store.quads_for_pattern(None, _SUBCLASS, None, ox.DefaultGraph()))
    sampled = set()
    for query in target_queries(shapes_graph):
        sampled |= {row[0] for row in shipped_store.query(f"{query} ORDER BY ?focus LIMIT {_FOCUS_NODES}")}
    for node in sampled:
        sample.extend(description(shipped_store, node))
    data = union_as_n_triples(sample)
    fast, reference = (run_engine(data, shapes, engine).results for engine in ("fast", "reference"))
    assert len({result.shape for result in reference}) > 30, "what the sample leaves out breaks many shapes"
    assert count_fingerprints(fast) == count_fingerprints(reference)


def target_queries(shapes_graph: ox.Store) -> list[str]:
    """Return a query for the focus nodes of each target of the shapes."""
    patterns = {"targetClass": "?focus a {}", "targetSubjectsOf": "?focus {} ?o"}
    queries = []
    for kind, pattern in patterns.items():
        targets = {
            quad.object for quad in shapes_graph.quads_for_pattern(None, ox.NamedNode(PREFIXES["sh"] + kind), None)
        }
        queries += [f"SELECT DISTINCT ?focus {{ {pattern.format(target)} }}" for target in sorted(targets, key=str)]
    return queries


def description(store: ox.Store, node: ox.NamedNode | ox.BlankNode) -> Iterator[ox.Quad]:
    """Yield the triples of a node and of the blank nodes below it, and the classes of what it links to."""
    for quad in store.quads_for_pattern(node, None, None, ox.DefaultGraph()):
        yield quad
        if isinstance(quad.object, ox.BlankNode):
            yield from description(store, quad.object)
        elif isinstance(quad.object, ox.NamedNode):
            yield from store.quads_for_pattern(quad.object, _TYPE, None, ox.DefaultGraph())


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
