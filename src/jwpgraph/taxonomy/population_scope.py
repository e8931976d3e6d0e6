"""Sets of populations, defined by included or excluded places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class NamedPopulation(str):
    """A named population as an element of a scope.

    The string is its IRI. The countries known to lie within it are further elements of the scope; the named population
    stands for its part in unknown places.

    Attributes:
        possible: IRIs of the countries that may lie within it; None for any country.
    """

    __slots__ = ("possible",)
    possible: frozenset[str] | None

    def __new__(cls, iri: str, possible: frozenset[str] | None = None) -> NamedPopulation:
        """Create a named population from its IRI and the countries that may lie within it."""
        made = super().__new__(cls, iri)
        made.possible = possible
        return made

    def may_reach(self, place: str) -> bool:
        """Return whether *place* may lie within the population."""
        return self.possible is None or place in self.possible


@dataclass(frozen=True, slots=True)
class PopulationScope:
    """The populations covered by a listing.

    The set of all places is open. Therefore ``places`` are either the included places or, with ``all_but``, the
    excluded places. The two forms are closed under union, intersection and difference.

    Attributes:
        places: IRIs of places.
        all_but: whether the places are excluded instead of included.
    """

    places: frozenset[str]
    all_but: bool

    @classmethod
    def only(cls, places: Iterable[str]) -> PopulationScope:
        """Return the scope of the populations of *places*."""
        return cls(frozenset(places), all_but=False)

    @classmethod
    def everywhere_but(cls, places: Iterable[str] = ()) -> PopulationScope:
        """Return the scope of all populations except those of *places*."""
        return cls(frozenset(places), all_but=True)

    @classmethod
    def stated(cls, places_in: Iterable[str], places_out: Iterable[str]) -> PopulationScope:
        """Return the scope of a listing event: the included places without the excluded ones; by default everything."""
        inside, outside = frozenset(places_in), frozenset(places_out)
        return cls.only(inside - outside) if inside else cls.everywhere_but(outside)

    @property
    def is_empty(self) -> bool:
        """True if no population is covered."""
        return not self.all_but and not self.places

    @property
    def is_everything(self) -> bool:
        """True if all populations are covered."""
        return self.all_but and not self.places

    def covers(self, place: str) -> bool | None:
        """Return whether the scope covers *place*; None if that depends on the population."""
        if place in self.places:
            return not self.all_but
        if any(isinstance(one, NamedPopulation) and one.may_reach(place) for one in self.places):
            return None
        return self.all_but

    def __or__(self, other: PopulationScope) -> PopulationScope:
        """Return the union."""
        if other.is_empty or self.is_everything:
            return self
        match self.all_but, other.all_but:
            case True, True:
                return PopulationScope.everywhere_but(self.places & other.places)
            case True, False:
                return PopulationScope.everywhere_but(self.places - other.places)
            case False, True:
                return PopulationScope.everywhere_but(other.places - self.places)
            case _:
                return PopulationScope.only(self.places | other.places)

    def __sub__(self, other: PopulationScope) -> PopulationScope:
        """Return the difference."""
        if other.is_empty:
            return self
        match self.all_but, other.all_but:
            case True, True:
                return PopulationScope.only(other.places - self.places)
            case True, False:
                return PopulationScope.everywhere_but(self.places | other.places)
            case False, True:
                return PopulationScope.only(self.places & other.places)
            case _:
                return PopulationScope.only(self.places - other.places)

    def __and__(self, other: PopulationScope) -> PopulationScope:
        """Return the intersection."""
        if other.is_everything:
            return self
        return self - other.rest

    @property
    def rest(self) -> PopulationScope:
        """The complement."""
        return PopulationScope(self.places, all_but=not self.all_but)


EVERYWHERE = PopulationScope.everywhere_but()
NOWHERE = PopulationScope.only(())
