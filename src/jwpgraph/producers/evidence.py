"""Levels of evidence of records that have a source but no level."""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode

from jwpgraph.producers.triples import StatedTriple
from jwpgraph.sources.species_plus.evidence import EVIDENCE, RECORDS, choose_level
from jwpgraph.sources.species_plus.sorted_statements import expand_term

_TYPE: Final = expand_term("rdf:type")
_SOURCE: Final = expand_term("dcterms:source")


def add_evidence(merged: dict[str, set[StatedTriple]]) -> None:
    """State the level of evidence of each record that lacks it: sourced, or general knowledge without a source.

    Args:
        merged: the statements to ship, by subject; changed in place.
    """
    for iri, triples in merged.items():
        if not any(one.predicate == _TYPE and one.object.value in RECORDS for one in triples):
            continue
        if not any(one.predicate == EVIDENCE for one in triples):
            level = choose_level({one.object.value for one in triples if one.predicate == _SOURCE})
            triples.add(StatedTriple(iri, EVIDENCE, NamedNode(level)))
