"""RCC-5: the table is held against sets."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.taxonomy.relations import ANY, COMPOSITION, Rcc5Relation, compose_relations, invert_relations

_sets = [frozenset(number for number in range(4) if bits >> number & 1) for bits in range(1, 16)]


def between(one: frozenset[int], other: frozenset[int]) -> Rcc5Relation:
    if one == other:
        return Rcc5Relation.CONGRUENT
    if one > other:
        return Rcc5Relation.INCLUDES
    if one < other:
        return Rcc5Relation.IS_INCLUDED_IN
    return Rcc5Relation.OVERLAPS if one & other else Rcc5Relation.DISJOINT


def test_the_composition_table_is_what_sets_do():
    found: dict[tuple[Rcc5Relation, Rcc5Relation], set[Rcc5Relation]] = {}
    wide = [frozenset(number for number in range(5) if bits >> number & 1) for bits in range(1, 32)]
    for x, y, z in product(wide, repeat=3):
        found.setdefault((between(x, y), between(y, z)), set()).add(between(x, z))
    assert found == {pair: set(relations) for pair, relations in COMPOSITION.items()}


@pytest.mark.parametrize("relation", Rcc5Relation)
def test_inverse_is_its_own_inverse(relation):
    assert relation.inverse.inverse is relation
    assert all((between(x, y) is relation) == (between(y, x) is relation.inverse) for x, y in product(_sets, repeat=2))


_some = st.frozensets(st.sampled_from(Rcc5Relation), min_size=1)


@given(_some, _some)
@settings(deadline=None)
def test_composition_read_backwards(one, other):
    assert invert_relations(compose_relations(one, other)) == compose_relations(
        invert_relations(other), invert_relations(one)
    )


@given(_some)
@settings(deadline=None)
def test_knowing_nothing_of_the_first_step_only_rules_out_what_the_second_rules_out(one):
    assert compose_relations(ANY, one) == frozenset().union(*(compose_relations(ANY, {relation}) for relation in one))


def test_notations_agree_with_the_scheme():
    text = (get_shipped_path("ontology/schemes/alignment-relations.ttl")).read_text("utf-8")
    for relation in Rcc5Relation:
        _, _, rest = text.partition(f"\nalignment-relation:{relation.value}\n")
        assert f'skos:notation "{relation.symbol}"' in rest.partition("\n\n")[0]
        assert f'"{relation.phrase}"@en' in rest.partition("\n\n")[0]
        assert Rcc5Relation.from_iri(relation.iri) is relation


def test_other_iris_are_refused():
    with pytest.raises(ValueError, match="no alignment relation"):
        Rcc5Relation.from_iri("https://example.org/congruent")
