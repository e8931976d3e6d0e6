"""Levels of evidence of imported records: names, distributions and others that are told by a source.

Listing events state their level where they are written, because it differs from row to row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from typing import Final

from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import make_entity_iri

#: Classes of the records that need a level of evidence (``jwpsh:EvidencedRecord``) and that an import can state.
RECORDS: Final = frozenset(
    expand_term(f"jwp:{name}")
    for name in (
        "CommonName",
        "Distribution",
        "NameUsage",
        "Quota",
        "StandardReference",
        "TaxonName",
        "TradeSuspension",
    )
)
EVIDENCE: Final = expand_term("jwp:evidence")
_TYPES: Final = frozenset(f"<{expand_term('rdf:type')}> <{name}> .\n" for name in RECORDS)
_SOURCE: Final = f"<{expand_term('dcterms:source')}> <"
_STATED: Final = f"<{EVIDENCE}> "


def choose_level(sources: Collection[str]) -> str:
    """Return the IRI of the level of evidence of a record with these sources (IRIs)."""
    return make_entity_iri("evidence-level", "sourced" if sources else "general-knowledge")


def add_levels(lines: Iterable[str]) -> Iterator[str]:
    """Yield statements and, after those about a record without a level of evidence, its level.

    Args:
        lines: lines of N-Triples, grouped by subject.
    """
    for subject, group in groupby(lines, key=lambda line: line.partition(" ")[0]):
        start = len(subject) + 1
        is_record, has_level, sources = False, False, []
        for line in group:
            yield line
            if line.startswith(_SOURCE, start):
                sources.append(line[start + len(_SOURCE) : -len("> .\n")])
            elif line.startswith(_STATED, start):
                has_level = True
            elif line[start:] in _TYPES:
                is_record = True
        if is_record and not has_level:
            yield f"{subject} <{EVIDENCE}> <{choose_level(sources)}> .\n"
