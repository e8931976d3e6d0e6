"""The fate of activities of a work programme in a later one, by ``dcterms:replaces`` between activities."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jwpgraph.entities.nodes import EntityNode
from jwpgraph.programme.overview import ProgrammeWork
from jwpgraph.vocabulary import PREFIXES

REPLACES: Final = PREFIXES["dcterms"] + "replaces"


class Succession(StrEnum):
    """The relations of earlier activities to later ones."""

    CONTINUED = "continued"
    SPLIT = "split"
    MERGED = "merged"
    REARRANGED = "rearranged"
    NOT_RECORDED = "not-recorded"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """Activities that belong together: earlier ones, and later ones that replace them."""

    kind: Succession
    earlier: tuple[EntityNode, ...]
    later: tuple[EntityNode, ...]


def compare_programmes(earlier: ProgrammeWork, later: ProgrammeWork) -> list[SuccessionRow]:
    """Return what became of each activity of *earlier* in *later*, in the order of the documents.

    An earlier activity that none replaces is *not recorded*, which is not *given up*; a later one that replaces none
    is new as far as is recorded.
    """
    old = {work.activity.iri: work.activity for work in earlier.activities}
    new = {work.activity.iri: work.activity for work in later.activities}
    replaced = {
        iri: [term.value for term in node.properties.get(REPLACES, ()) if term.value in old]
        for iri, node in new.items()
    }
    rows: list[SuccessionRow] = []
    placed: set[str] = set()
    for iri in old:
        if iri in placed:
            continue
        before, after = _collect_connected(iri, replaced)
        placed |= before
        rows.append(
            SuccessionRow(
                _get_kind(len(before), len(after)),
                tuple(old[one] for one in old if one in before),
                tuple(new[one] for one in new if one in after),
            )
        )
    rows += [SuccessionRow(Succession.NEW, (), (new[iri],)) for iri, found in replaced.items() if not found]
    return rows


def _collect_connected(iri: str, replaced: dict[str, list[str]]) -> tuple[set[str], set[str]]:
    """Return the earlier and the later activities that are linked with an earlier one, directly or through others."""
    before, after = {iri}, set[str]()
    while True:
        found = {later for later, earlier in replaced.items() if before.intersection(earlier)}
        wider = before.union(*(replaced[later] for later in found))
        if (found, wider) == (after, before):
            return before, after
        before, after = wider, found


def _get_kind(before: int, after: int) -> Succession:
    if after == 0:
        return Succession.NOT_RECORDED
    if before == after == 1:
        return Succession.CONTINUED
    if before == 1:
        return Succession.SPLIT
    return Succession.MERGED if after == 1 else Succession.REARRANGED
