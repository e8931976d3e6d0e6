"""First days on which listings can have begun that are known from a later state only.

The tables of 2013 hold every listing change of a taxon up to their latest change. If the Index of 2017 shows a listing
that these changes do not explain, it began after that day. This holds for taxa that the tables know by the same name,
and for the species of genera that they know without any listing; not where a change of a higher taxon is lost because
the taxon has another lineage now, nor where another name of the taxon had listings of its own, nor for a genus that the
Index lists because it does so with its only species.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from jwpgraph.sources.species_plus.identifiers import make_slug
from jwpgraph.vocabulary import make_entity_iri

_TAXONOMY: Final = "cites"
_LOWEST: Final = frozenset({"species", "subspecies", "variety"})


@dataclass(frozen=True, slots=True)
class MetListing:
    """A listing that an index shows without its first day.

    Attributes:
        event: its IRI.
        taxon: the name of the listed taxon.
        rank: the slug of its rank.
        appendix: the number of the Appendix.
        lineage: IRIs of the taxon and of the taxa above it, as the graph has them.
        synonyms: the taxon's other names.
    """

    event: str
    taxon: str
    rank: str
    appendix: str
    lineage: Sequence[str]
    synonyms: Iterable[str] = ()


@dataclass(slots=True)
class CompleteHistory:
    """The taxa and changes of a complete table of listing changes, and the states of a later index.

    Attributes:
        source: IRI of the source of the table.
    """

    source: str = ""
    _parents: dict[str, str] = field(default_factory=dict)
    _changed: dict[str, set[str]] = field(default_factory=dict)
    _met: list[MetListing] = field(default_factory=list)
    _last: str = ""

    def know(self, taxon: str, parent: str) -> None:
        """Note the name of an accepted taxon of the table, and of its parent there."""
        self._parents[_make_iri(taxon)] = _make_iri(parent)

    def change(self, taxon: str, appendix: str, day: str, source: str) -> None:
        """Note a listing change of the table: the name of the taxon, the Appendix, the day, the table's source."""
        self._changed.setdefault(_make_iri(taxon), set()).add(appendix)
        self._last = max(self._last, day)
        self.source = source

    def meet(self, listing: MetListing) -> None:
        """Note a listing that an index shows."""
        self._met.append(listing)

    def first_days(self) -> Iterator[tuple[str, str]]:
        """Yield the IRI of each listing that began after the table's last change, with the first possible day."""
        if self._last:
            day = (date.fromisoformat(self._last) + timedelta(days=1)).isoformat()
            yield from ((one.event, day) for one in self._met if self._is_dated(one))

    def _is_dated(self, met: MetListing) -> bool:
        taxon = _make_iri(met.taxon)
        if taxon not in self._parents and not self._is_of_unlisted_genus(met):
            return False
        if any(_make_iri(name) in self._changed for name in met.synonyms if name != met.taxon):
            return False
        known = taxon if taxon in self._parents else _make_iri(met.taxon.split()[0])
        changed = [one for one in self._lineage(known) if one in self._changed]
        if not set(changed) <= set(met.lineage):
            return False
        appendices = {appendix for one in changed for appendix in self._changed[one]}
        return met.rank in _LOWEST or taxon in changed or not changed or met.appendix in appendices

    def _is_of_unlisted_genus(self, met: MetListing) -> bool:
        """Return whether the table knows the genus of a species, without a change of it or of any of its species."""
        genus = _make_iri(met.taxon.split()[0])
        if met.rank not in _LOWEST or genus not in self._parents:
            return False
        return not any(one == genus or one.startswith(f"{genus}-") for one in self._changed)

    def _lineage(self, taxon: str) -> Iterator[str]:
        seen = set[str]()
        while taxon and taxon not in seen:
            yield taxon
            seen.add(taxon)
            taxon = self._parents.get(taxon, "")


def _make_iri(name: str) -> str:
    return make_entity_iri("taxon", _TAXONOMY, make_slug(name)) if name else ""
