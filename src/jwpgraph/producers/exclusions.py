"""Excluded taxa of dated listings, copied to the undated statements of the same listing.

The Checklist states the listing of a higher taxon for each lower taxon and describes exclusions in words. The dated
event names the excluded taxa, so they are also excluded from the undated state.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from pyoxigraph import NamedNode

from jwpgraph.producers.triples import PARENT, StatedTriple, iter_lineage, read_shipped_elsewhere
from jwpgraph.sources.species_plus.sorted_statements import expand_term

_TAXON: Final = expand_term("jwp:listedTaxon")
_APPENDIX: Final = expand_term("jwp:appendix")
_CHANGE: Final = expand_term("jwp:changeType")
_ON: Final = expand_term("jwp:effectiveOn")
_BY: Final = expand_term("jwp:effectiveBy")
_EXCLUDES: Final = expand_term("jwp:excludesTaxon")
_ADDITION: Final = expand_term("id:listing-change-type/addition")


def exclude_from_states(merged: dict[str, set[StatedTriple]]) -> None:
    """Add to each undated listing the lower taxa that the latest dated listing of it or of a higher taxon excludes."""
    parents = {
        one.subject: one.object.value
        for one in (*(one for triples in merged.values() for one in triples), *read_shipped_elsewhere())
        if one.predicate == PARENT
    }
    additions = [
        event for event in map(_ExcludingEvent, merged.values()) if event.taxon and event.appendix and event.is_addition
    ]
    excluded: dict[tuple[str, str], frozenset[str]] = {}
    for event in sorted((event for event in additions if event.on), key=lambda event: event.on):
        excluded[event.taxon, event.appendix] = event.excludes
    for event in additions:
        if not event.by:
            continue
        above = list(iter_lineage(event.taxon, parents))
        for taxon in sorted({one for higher in above for one in excluded.get((higher, event.appendix), ())}):
            if event.taxon in iter_lineage(taxon, parents) and taxon != event.taxon:
                merged[event.iri].add(StatedTriple(event.iri, _EXCLUDES, NamedNode(taxon)))


class _ExcludingEvent:
    def __init__(self, triples: Iterable[StatedTriple]) -> None:
        values: dict[str, list[str]] = defaultdict(list)
        self.iri = ""
        for one in triples:
            self.iri = one.subject
            values[one.predicate].append(one.object.value)
        self.taxon, self.appendix, self.on, self.by = (
            (values.get(predicate) or [""])[0] for predicate in (_TAXON, _APPENDIX, _ON, _BY)
        )
        self.is_addition = _ADDITION in values.get(_CHANGE, ())
        self.excludes = frozenset(values.get(_EXCLUDES, ()))
