"""The relations of RCC-5 between the circumscriptions of two concepts, and their composition.

Exactly one of the five base relations holds between two non-empty sets of organisms; incomplete knowledge is a set of
possible relations. The composition table is that of RCC-5 (Randell, Cui and Cohn 1992, reduced to
five relations; applied to taxonomies by Franz and others). A test derives it from sets.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from itertools import product

from jwpgraph.problems import Explanation, explain
from jwpgraph.vocabulary import ID, PREFIXES

_RELATIONS = ID + "alignment-relation/"


class Rcc5Relation(Enum):
    """A base relation; the value is the slug of its SKOS concept."""

    CONGRUENT = "congruent"
    INCLUDES = "includes"
    IS_INCLUDED_IN = "is-included-in"
    OVERLAPS = "overlaps"
    DISJOINT = "disjoint"

    @property
    def iri(self) -> str:
        """IRI of the concept in the scheme of alignment relations."""
        return _RELATIONS + self.value

    @property
    def inverse(self) -> Rcc5Relation:
        """The inverse relation."""
        return _INVERSES.get(self, self)

    @property
    def symbol(self) -> str:
        """The symbol used in the literature: ``==``, ``>``, ``<``, ``><`` or ``!``."""
        return _SYMBOLS[self]

    @property
    def phrase(self) -> Explanation:
        """The phrase between two names, a message that pages translate."""
        return _PHRASES[self]

    @classmethod
    def from_iri(cls, iri: str) -> Rcc5Relation:
        """Return the relation with the given IRI.

        Raises:
            ValueError: there is none.
        """
        if not iri.startswith(_RELATIONS):
            raise ValueError(f"{iri} is no alignment relation")
        return cls(iri.removeprefix(_RELATIONS))


_C, _I, _P, _O, _D = Rcc5Relation
_INVERSES = {_I: _P, _P: _I}
_SYMBOLS = {_C: "==", _I: ">", _P: "<", _O: "><", _D: "!"}
_PHRASES = {
    _C: explain("is congruent with"),
    _I: explain("includes"),
    _P: explain("is included in"),
    _O: explain("overlaps"),
    _D: explain("is disjoint from"),
}
#: No knowledge: each of the five relations is possible.
ANY: frozenset[Rcc5Relation] = frozenset(Rcc5Relation)

#: ``COMPOSITION[a, b]``: the possible relations of x to z, given x *a* y and y *b* z.
COMPOSITION: dict[tuple[Rcc5Relation, Rcc5Relation], frozenset[Rcc5Relation]] = {
    **{(_C, other): frozenset({other}) for other in Rcc5Relation},
    **{(other, _C): frozenset({other}) for other in Rcc5Relation},
    (_I, _I): frozenset({_I}),
    (_I, _P): ANY - {_D},
    (_I, _O): frozenset({_I, _O}),
    (_I, _D): frozenset({_I, _O, _D}),
    (_P, _I): ANY,
    (_P, _P): frozenset({_P}),
    (_P, _O): frozenset({_P, _O, _D}),
    (_P, _D): frozenset({_D}),
    (_O, _I): frozenset({_I, _O, _D}),
    (_O, _P): frozenset({_P, _O}),
    (_O, _O): ANY,
    (_O, _D): frozenset({_I, _O, _D}),
    (_D, _I): frozenset({_D}),
    (_D, _P): frozenset({_P, _O, _D}),
    (_D, _O): frozenset({_P, _O, _D}),
    (_D, _D): ANY,
}


def compose_relations(one: Iterable[Rcc5Relation], other: Iterable[Rcc5Relation]) -> frozenset[Rcc5Relation]:
    """Return the possible relations of x to z, given those of x to y (*one*) and of y to z (*other*)."""
    return frozenset(found for pair in product(one, other) for found in COMPOSITION[pair])


def invert_relations(relations: Iterable[Rcc5Relation]) -> frozenset[Rcc5Relation]:
    """Return the inverse relations."""
    return frozenset(relation.inverse for relation in relations)


#: The SKOS mapping property implied by each relation; never ``skos:exactMatch``.
SKOS_MATCH: dict[Rcc5Relation, str] = {
    _C: PREFIXES["skos"] + "closeMatch",
    _I: PREFIXES["skos"] + "narrowMatch",
    _P: PREFIXES["skos"] + "broadMatch",
    _O: PREFIXES["skos"] + "relatedMatch",
}
