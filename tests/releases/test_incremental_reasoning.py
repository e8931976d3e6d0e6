"""Property tests of entailments updated after a change: they are those computed from scratch."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.incremental_reasoning import update_entailments
from jwpgraph.releases.union import UnionDifference
from jwpgraph.vocabulary import ENTAILED_GRAPH

from .test_union_property import RULES

_DEFAULT, _ENTAILED, _ASSERTED = DefaultGraph(), NamedNode(ENTAILED_GRAPH), NamedNode("urn:g1")
_nodes = st.sampled_from([NamedNode("urn:a"), NamedNode("urn:b"), BlankNode("x")])
#: The predicates of the patterns with NOT EXISTS are frequent; a rule derives one if there is a subproperty.
_predicates = st.sampled_from([NamedNode(f"urn:{name}") for name in ("p", "bound", "under", "near", "below", "free")])
_statements_about_nodes = st.builds(Triple, _nodes, _predicates, _nodes | st.just(Literal("1")))
_subproperties = st.sampled_from(["q", "below", "bound", "under"]).map(
    lambda name: Triple(NamedNode("urn:near"), NamedNode("urn:sub"), NamedNode(f"urn:{name}"))
)
# Nothing that a pattern with NOT EXISTS asks for: its rule would have to be applied after this one has ended.
_inverses = st.sampled_from(["p", "seen", "near"]).map(
    lambda name: Triple(NamedNode("urn:below"), NamedNode("urn:inverse"), NamedNode(f"urn:{name}"))
)
_off = st.sampled_from(["p", "seen", "below", "near"]).map(
    lambda name: Triple(NamedNode(f"urn:{name}"), NamedNode("urn:off"), Literal("1"))
)
_contents = st.one_of(
    *(
        st.frozensets(triples, max_size=5)
        for triples in (
            _statements_about_nodes,
            _statements_about_nodes | _subproperties,
            _statements_about_nodes | _inverses | _off,
        )
    )
)


@settings(max_examples=150)
@given(st.lists(_contents, min_size=2, max_size=5))
def test_updated_entailments_are_those_computed_from_scratch(contents: list[frozenset[Triple]]) -> None:
    """Each content of the one asserted graph shares what the lists have in common with the one before it."""
    parent, before = _computed(contents[0]), contents[0]
    for content in contents[1:]:
        # Keep a part of the former content, as most changes do.
        asserted = content | frozenset(sorted(before, key=str)[::2])
        added, removed = asserted - before, before - asserted
        candidate = Store()
        candidate.extend(parent)
        _assert(candidate, added, removed)
        expected = _computed(asserted)
        if update_entailments(candidate, parent, RULES, UnionDifference(added, removed)) is None:
            candidate = expected
        assert _statements(candidate) == _statements(expected)
        parent, before = candidate, asserted


def test_a_change_of_a_subject_with_not_exists_is_local() -> None:
    """A bound of one subject leaves what a rule derives for the others, without a computation from scratch."""
    a, b, p, bound, free = (NamedNode(f"urn:{name}") for name in ("a", "b", "p", "bound", "free"))
    asserted = frozenset({Triple(a, p, a), Triple(b, p, b)})
    for change, expected in (({Triple(a, bound, b)}, {b}), (set(), {a, b})):
        parent = _computed(asserted)
        candidate = Store()
        candidate.extend(parent)
        now = frozenset({Triple(a, p, a), Triple(b, p, b), *change})
        _assert(candidate, now - asserted, asserted - now)
        assert update_entailments(candidate, parent, RULES, UnionDifference(now - asserted, asserted - now)) is not None
        assert {quad.subject for quad in candidate.quads_for_pattern(None, free, None, _DEFAULT)} == expected
        asserted = now


def test_what_is_assigned_is_derived_again_without_a_computation_from_scratch() -> None:
    """A value that BIND assigns cannot be bound before; the rule is applied to the subject."""
    a, bound, year = (NamedNode(f"urn:{name}") for name in ("a", "bound", "year"))
    before = frozenset({Triple(a, bound, Literal("1")), Triple(a, bound, Literal("1", language="en"))})
    parent, removed = _computed(before), frozenset({Triple(a, bound, Literal("1"))})
    candidate = Store()
    candidate.extend(parent)
    _assert(candidate, (), removed)
    assert update_entailments(candidate, parent, RULES, UnionDifference(frozenset(), removed)) is not None
    assert Quad(a, year, Literal("1!"), _DEFAULT) in candidate
    assert _statements(candidate) == _statements(_computed(before - removed))


def _computed(asserted: frozenset[Triple]) -> Store:
    store = Store()
    _assert(store, asserted, ())
    materialise_entailments(store, RULES)
    return store


def _assert(store: Store, added: Iterable[Triple], removed: Iterable[Triple]) -> None:
    """Change the asserted graph, and the default graph as its union with the entailments."""
    for triple in removed:
        store.remove(_quad(triple, _ASSERTED))
        if _quad(triple, _ENTAILED) not in store:
            store.remove(_quad(triple, _DEFAULT))
    for triple in added:
        store.add(_quad(triple, _ASSERTED))
        store.add(_quad(triple, _DEFAULT))
        store.remove(_quad(triple, _ENTAILED))


def _quad(triple: Triple, graph: NamedNode | DefaultGraph) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


def _statements(store: Store) -> set[str]:
    return {str(quad) for quad in store}
