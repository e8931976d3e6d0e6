"""Results of rules and derivations reach the store as they are, whether they pass as text or as terms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.rules import Rule, RuleSet
from jwpgraph.releases.store_writing import MANY
from jwpgraph.vocabulary import ENTAILED_GRAPH, PREFIXES

P, COPY = NamedNode("urn:p"), NamedNode("urn:copy")
ENTAILED = NamedNode(ENTAILED_GRAPH)
NEW_ONLY = "CONSTRUCT { ?a <urn:copy> ?b } WHERE { ?a <urn:p> ?b FILTER NOT EXISTS { ?a <urn:copy> ?b } }"
ANY = "CONSTRUCT { ?a <urn:copy> ?b } WHERE { ?a <urn:p> ?b }"
_texts = st.one_of(
    st.text(max_size=9), st.sampled_from(["_:x", " _:x", 'a" _:x', "a\nb .\n", "\\", "\u2028", "<<( _:x"])
)
_literals = st.one_of(
    st.builds(Literal, _texts),
    st.builds(lambda text: Literal(text, language="en"), _texts),
    st.integers().map(Literal),
    st.dates().map(lambda day: Literal(day.isoformat(), datatype=NamedNode(PREFIXES["xsd"] + "date"))),
)
_nodes = st.sampled_from([NamedNode("urn:a"), NamedNode("urn:_:é"), BlankNode("x"), BlankNode("f00")])
_terms = st.one_of(_nodes, _literals, st.builds(Triple, _nodes, st.just(P), st.one_of(_nodes, _literals)))


@pytest.mark.parametrize("query", [NEW_ONLY, ANY])
@given(st.lists(st.tuples(_nodes, _terms), max_size=8), st.lists(st.tuples(_nodes, _terms), max_size=2))
def test_results_of_a_rule(query, pairs, asserted):
    store = Store()
    store.extend(Quad(one, P, other) for one, other in pairs)
    store.extend(Quad(one, COPY, other) for one, other in asserted)
    stated = {(quad.subject, quad.object) for quad in store.quads_for_pattern(None, COPY, None, DefaultGraph())}
    expected = {(quad.subject, quad.object) for quad in store.quads_for_pattern(None, P, None, DefaultGraph())}
    materialise_entailments(store, RuleSet((Rule("copy", query),)))
    copies = {(quad.subject, quad.object) for quad in store.quads_for_pattern(None, COPY, None, DefaultGraph())}
    entailed = {(quad.subject, quad.object) for quad in store.quads_for_pattern(None, None, None, ENTAILED)}
    assert copies == expected | stated
    assert entailed == expected - stated


class _Derivation:
    """Derives triples of which some are asserted."""

    version = "test"

    def __init__(self, triples):
        self._triples = triples

    def derive_all(self, store):
        yield from self._triples


@pytest.mark.parametrize("number", [3, MANY])
def test_results_of_a_derivation(number):
    triples = [Triple(NamedNode(f"urn:{one // 2}"), P, Literal(one % 2)) for one in range(number)]
    store = Store()
    store.add(Quad(*triples[1]))
    materialise_entailments(store, RuleSet((Rule("copy", NEW_ONLY),), _Derivation(triples)))
    derived = {quad.triple for quad in store.quads_for_pattern(None, P, None, ENTAILED)}
    assert derived == set(triples) - {triples[1]}
    assert {quad.triple for quad in store.quads_for_pattern(None, P, None, DefaultGraph())} == set(triples)
    # The rules do not use what is derived.
    assert [quad.object for quad in store.quads_for_pattern(None, COPY, None, ENTAILED)] == [Literal(1)]


def test_a_faulty_rule_beside_a_derivation():
    with pytest.raises(ProblemError, match="faulty: error at"):
        materialise_entailments(Store(), RuleSet((Rule("faulty", "CONSTRUCT {"),), _Derivation([])))


def test_a_derivation_that_fails():
    class Failing(_Derivation):
        def derive_all(self, store):
            raise ProblemError("bad-rule", "A derivation failed", "no reason", status=500)

    with pytest.raises(ProblemError, match="no reason"):
        materialise_entailments(Store(), RuleSet((), Failing([])))
