"""Sets of populations, told by the places where they live: some places only, or all places but some."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


class NamedPopulation(str):
    """A population that a listing names, as one of the places of a scope.

    As a string it is its IRI. The countries that lie within it are places of their own beside it; it stands for what
    lives elsewhere, so that what is said of it can be taken back without knowing where that is.

    Attributes:
        possible: the countries that may lie within it; None where that can be any country.
    """

    __slots__ = ("possible",)
    possible: frozenset[str] | None

    def __new__(cls, iri: str, possible: frozenset[str] | None = None) -> NamedPopulation:
        """Make one of its IRI and the countries that may lie within it."""
        made = super().__new__(cls, iri)
        made.possible = possible
        return made

    def may_reach(self, place: str) -> bool:
        """Whether *place* may lie within it."""
        return self.possible is None or place in self.possible


@dataclass(frozen=True, slots=True)
class PopulationScope:
    """The populations that a listing covers.

    The set of all places is open, so a scope is either finite or the rest of the world: ``places`` are the places
    meant, or, when ``all_but``, the places left out. Together the two forms are closed under the operations below.

    Attributes:
        places: IRIs of places.
        all_but: whether these are left out instead of meant.
    """

    places: frozenset[str]
    all_but: bool

    @classmethod
    def only(cls, places: Iterable[str]) -> PopulationScope:
        """The populations of *places*."""
        return cls(frozenset(places), all_but=False)

    @classmethod
    def everywhere_but(cls, places: Iterable[str] = ()) -> PopulationScope:
        """All populations but those of *places*."""
        return cls(frozenset(places), all_but=True)

    @classmethod
    def stated(cls, places_in: Iterable[str], places_out: Iterable[str]) -> PopulationScope:
        """What a listing event states: the places meant, less those left out; without any, all populations."""
        inside, outside = frozenset(places_in), frozenset(places_out)
        return cls.only(inside - outside) if inside else cls.everywhere_but(outside)

    @property
    def is_empty(self) -> bool:
        """Whether no population is covered."""
        return not self.all_but and not self.places

    @property
    def is_everything(self) -> bool:
        """Whether all populations are covered."""
        return self.all_but and not self.places

    def covers(self, place: str) -> bool | None:
        """Whether the populations of *place* belong to it; None where that depends on the population."""
        if place in self.places:
            return not self.all_but
        if any(isinstance(one, NamedPopulation) and one.may_reach(place) for one in self.places):
            return None
        return self.all_but

    def __or__(self, other: PopulationScope) -> PopulationScope:
        """The populations of either."""
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
        """The populations of this one that are not of the other."""
        return self & other.rest

    def __and__(self, other: PopulationScope) -> PopulationScope:
        """The populations of both."""
        return (self.rest | other.rest).rest

    @property
    def rest(self) -> PopulationScope:
        """All other populations."""
        return PopulationScope(self.places, all_but=not self.all_but)


EVERYWHERE = PopulationScope.everywhere_but()
NOWHERE = PopulationScope.only(())
