"""Sets of populations, told by the places where they live: some places only, or all places but some."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


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

    def covers(self, place: str) -> bool:
        """Whether the populations of *place* belong to it."""
        return (place in self.places) != self.all_but

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
