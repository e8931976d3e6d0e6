"""Listings under an earlier name, as in the annotations of an Index of CITES Species.

"Originally listed as *Cordylus*, from which *Hemicordylus* was split in 2017": the listing of *Hemicordylus* began when
*Cordylus* was listed. The Index shows only the current state; the date is taken from the listing of the earlier name if
another file of the same import has it.

The Index also omits subfamilies, whose listings older tables date: that of *Lutrinae* is one of each of its genera.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.taxa import StatedTaxon

if TYPE_CHECKING:
    from jwpgraph.sources.species_plus.listings import ImportedEvent

_EARLIER: Final = re.compile(
    r"(?:[Oo]riginally|[Ff]ormerly) (?:listed as|included in) <i>([A-Z][a-z]+(?: [a-z]+)*)</i>,"
    r" (?:from which <i>|which became a synonym of <i>)"
)

_Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class CarriedListing:
    """A listing of a taxon that was one of an earlier name.

    Attributes:
        taxon: the taxon.
        appendix: the number of the Appendix.
        earlier: the listing of the earlier name.
        sources: IRIs of the sources for the earlier name and for its listing.
    """

    taxon: StatedTaxon
    appendix: str
    earlier: ImportedEvent
    sources: tuple[str, str]

    @property
    def remark(self) -> str:
        """Return why the listing has its day."""
        return f"Listed as {self.earlier.taxon.name} before; the day is that of that listing."


@dataclass(slots=True)
class CarriedListings:
    """Earlier names that annotations give, and the dated listings that they may have had."""

    _taxa: list[tuple[StatedTaxon, str, str, ExportSource]] = field(default_factory=list)
    _dated: dict[_Key, tuple[ImportedEvent, str]] = field(default_factory=dict)
    _changed: set[_Key] = field(default_factory=set)
    _of_subfamilies: dict[str, list[tuple[ImportedEvent, str]]] = field(default_factory=dict)

    def note(self, taxon: StatedTaxon, appendix: str, annotation: str, origin: ExportSource) -> None:
        """Note the earlier name under which a taxon was listed, where an annotation gives one."""
        if found := _EARLIER.search(annotation):
            self._taxa.append((taxon, appendix, found[1], origin))

    def take(self, event: ImportedEvent, source: str) -> None:
        """Record a dated listing; listings that were limited, moved or ended are not carried over."""
        if event.taxon.rank == "subfamily" and event.change in ("addition", "deletion") and event.day:
            self._of_subfamilies.setdefault(event.taxon.iri, []).append((event, source))
        key = event.taxon.taxonomy, event.taxon.name, event.appendix
        scope = event.scope
        is_whole = scope.understood and not (scope.inside or scope.outside or scope.populations or scope.excluded)
        if event.change == "addition" and event.day and not event.via:
            if key in self._dated or not is_whole or event.excluded:
                self._changed.add(key)
            self._dated.setdefault(key, (event, source))
        elif event.change == "deletion":
            self._changed.add(key)

    def through(self, taxon: StatedTaxon, subfamily: str) -> Iterator[tuple[ImportedEvent, str]]:
        """Yield the listings of a subfamily as those of a genus in it, each with the IRI of its source."""
        for event, source in self._of_subfamilies.get(subfamily, ()):
            remark = f"Listed with the other members of {event.taxon.name}, a rank that another source leaves out."
            yield replace(event, taxon=taxon, evidence="inferred", notes=(), remark=remark), source

    def listings(self) -> list[CarriedListing]:
        """Return the listings that taxa had under earlier names."""
        found = []
        for taxon, appendix, name, origin in self._taxa:
            key = taxon.taxonomy, name, appendix
            if key in self._dated and key not in self._changed:
                event, source = self._dated[key]
                found.append(CarriedListing(taxon, appendix, event, (origin.iri, source)))
        return found
