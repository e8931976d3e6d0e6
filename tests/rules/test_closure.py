"""Tests of the closure: it agrees with a simple reference implementation, terminates, and adds nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.operations.builder_factory import read_rules
from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.rules import RuleSet
from jwpgraph.shipped_files import get_shipped_path, list_shipped_sources
from jwpgraph.vocabulary import ENTAILED_GRAPH, ID, JWP, PREFIXES

SKOS = PREFIXES["skos"]
_RULES = RuleSet.read(get_shipped_path("queries/rules"))
_LINKS = ("broader", "narrower", "related", "exactMatch", "closeMatch", "relatedMatch", "broadMatch", "narrowMatch")

Edge = tuple[int, str, int]
edges = st.lists(st.tuples(st.integers(0, 7), st.sampled_from(_LINKS), st.integers(0, 7)), max_size=16)


def node(number: int) -> ox.NamedNode:
    return ox.NamedNode(f"https://example.org/{number}")


def closure(stated: Iterable[Edge]) -> set[Edge]:
    store = ox.Store()
    store.extend(ox.Quad(node(one), ox.NamedNode(SKOS + name), node(other)) for one, name, other in stated)
    materialise_entailments(store, _RULES)
    return {
        (int(quad.subject.value[20:]), quad.predicate.value[len(SKOS) :], int(quad.object.value[20:]))
        for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())
    }


def reachable(step: dict[int, set[int]], start: int) -> set[int]:
    """Return the nodes that are one or more steps away."""
    seen: set[int] = set()
    todo = list(step.get(start, ()))
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo += step.get(current, ())
    return seen


def reference(stated: Iterable[Edge]) -> set[Edge]:
    """Return the same closure by graph traversal (SKOS S22-S26, S43, S44)."""
    inverse = {"broader": "narrower", "narrower": "broader", "broadMatch": "narrowMatch", "narrowMatch": "broadMatch"}
    result = {(one, name, other) for one, name, other in stated}
    result |= {(other, inverse.get(name, name), one) for one, name, other in stated}
    above: dict[int, set[int]] = {}
    for one, name, other in result:
        if name == "broader":
            above.setdefault(one, set()).add(other)
    for one in above:
        for other in reachable(above, one):
            result |= {(one, "broaderTransitive", other), (other, "narrowerTransitive", one)}
    return result


@settings(max_examples=150, deadline=None)
@given(edges)
def test_skos_closure_agrees_with_walking_the_graph(stated: list[Edge]) -> None:
    assert closure(stated) == reference(stated)


@settings(max_examples=40, deadline=None)
@given(edges)
def test_closing_a_closure_adds_nothing(stated: list[Edge]) -> None:
    once = closure(stated)
    assert closure(once) == once


def test_a_long_chain_comes_to_rest() -> None:
    length = 60
    result = closure((number, "broader", number + 1) for number in range(length))
    assert sum(name == "broaderTransitive" for _, name, _ in result) == length * (length + 1) // 2


def test_a_cycle_comes_to_rest() -> None:
    result = closure([(0, "broader", 1), (1, "broader", 2), (2, "broader", 0)])
    assert sum(name == "broaderTransitive" for _, name, _ in result) == 9


def test_data_of_others_entail_nothing() -> None:
    """Foreign classes, parts and subclasses are unchanged, even together with the ontology."""
    store = ox.Store()
    for _, path in list_shipped_sources():
        if path.name == "jwp.ttl":
            store.load(path=path, format=ox.RdfFormat.TURTLE)
    materialise_entailments(store, _RULES)
    for name in ("rdf", "dcterms", "rdfs"):
        word = {"rdf": "type", "dcterms": "isPartOf", "rdfs": "subClassOf"}[name]
        link = ox.NamedNode(PREFIXES[name] + word)
        store.extend(ox.Quad(node(number), link, node(number + 1)) for number in range(500))
    assert materialise_entailments(store, _RULES) == 0


# ------------------------------------------------------------------------------------------------ over the shipped data


@pytest.fixture(scope="module")
def stated() -> ox.Store:
    store = ox.Store()
    for _, path in list_shipped_sources():
        store.load(path=path, format=ox.RdfFormat.TURTLE)
    return store


def pairs(store: ox.Store, query: str) -> set[tuple[str, str]]:
    prologue = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
    return {(row[0].value, row[1].value) for row in store.query(prologue + query)}


LINKS = ("involvesProgramme", "involvesBody", "involvesInstrument", "involvesTool", "involvesMeeting", "speciesGroup")


@pytest.mark.parametrize("link", LINKS)
def test_no_activity_gains_a_link_that_its_text_does_not_make(link: str, stated, shipped_store) -> None:
    query = f"SELECT ?activity ?thing {{ ?activity jwp:{link} ?thing }}"
    assert pairs(shipped_store, query) == pairs(stated, query)


def test_involves_is_exactly_what_its_subproperties_say(stated, shipped_store) -> None:
    kinds = "|".join(f"jwp:{link}" for link in LINKS[:5])
    assert pairs(shipped_store, "SELECT ?a ?x { ?a jwp:involves ?x }") == pairs(
        stated, f"SELECT ?a ?x {{ ?a {kinds} ?x }}"
    )


def test_mike_and_mikes_stay_where_the_text_has_them(shipped_store) -> None:
    activity = ID + "activity/jwp-2015-2020/"
    for link in ("involvesProgramme", "involves"):
        linked = pairs(shipped_store, f"SELECT ?a ?p {{ ?a a jwp:Activity ; jwp:{link} ?p . ?p a jwp:Programme }}")
        mikes = {one.removeprefix(activity) for one, other in linked if other == ID + "programme/mikes"}
        mike = {one.removeprefix(activity) for one, other in linked if other == ID + "programme/mike"}
        assert mikes == {"B6", "B7", "B12", "B16"}
        assert mike == {"B11"}


def test_nothing_is_entailed_about_terms_of_the_rdf_vocabularies(shipped_store) -> None:
    graph = ox.NamedNode(ENTAILED_GRAPH)
    noise = {PREFIXES["rdfs"] + "Resource", PREFIXES["owl"] + "Thing", PREFIXES["rdfs"] + "Class"}
    for quad in shipped_store.quads_for_pattern(None, None, None, graph):
        assert quad.object.value not in noise
        assert not quad.subject.value.startswith((PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["owl"]))


def test_types_reach_the_borrowed_classes(shipped_store) -> None:
    typed = pairs(shipped_store, "SELECT ?x ?class { ?x a ?class }")
    assert (ID + "activity/jwp-2015-2020/B16", PREFIXES["prov"] + "Plan") in typed
    assert (ID + "instrument/cms", JWP + "Instrument") in typed
    assert (ID + "theme/jwp-2015-2020/B", SKOS + "Concept") in typed
    assert (ID + "body/iccwc", PREFIXES["org"] + "Organization") in typed


def test_repeated_triples_of_a_derivation_cut_nothing_off():
    class Repeating:
        version = "test"

        def derive_all(self, store):
            for number in range(20_010):
                repeated = max(0, number - 5) if number < 100 else number
                yield ox.Triple(node(repeated), ox.NamedNode(SKOS + "note"), ox.Literal("n"))

    store = ox.Store()
    materialise_entailments(store, RuleSet((), Repeating()))
    assert ox.Quad(node(20_009), ox.NamedNode(SKOS + "note"), ox.Literal("n"), ox.DefaultGraph()) in store


def test_the_shipped_entailments_are_those_of_the_obvious_fixpoint(shipped_store: ox.Store) -> None:
    """Evaluating every rule in every round, whatever has been added, comes to the same triples."""
    default = ox.DefaultGraph()
    stated = set(shipped_store.quads_for_pattern(None, None, None, default))
    entailed = set(shipped_store.quads_for_pattern(None, None, None, ox.NamedNode(ENTAILED_GRAPH)))
    store = ox.Store()
    store.extend(stated - {ox.Quad(quad.subject, quad.predicate, quad.object, default) for quad in entailed})
    rules = read_rules()
    assert rules.derivation
    new = {ox.Quad(triple.subject, triple.predicate, triple.object) for triple in rules.derivation.derive_all(store)}
    while new:
        store.extend(new)
        new = set()
        for rule in rules.rules:
            triples = store.query(rule.query)
            assert isinstance(triples, ox.QueryTriples)
            yielded = (ox.Quad(triple.subject, triple.predicate, triple.object) for triple in triples)
            new |= {quad for quad in yielded if quad not in store}
    assert set(store) == stated
