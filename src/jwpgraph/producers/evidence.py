"""Levels of evidence of records that have a source but no level."""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode

from jwpgraph.producers.triples import StatedTriple
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import make_entity_iri

_TYPE: Final = expand_term("rdf:type")
_SOURCE: Final = expand_term("dcterms:source")
_EVIDENCE: Final = expand_term("jwp:evidence")
_SOURCED: Final = NamedNode(make_entity_iri("evidence-level", "sourced"))
#: The source of statements by the curators of this graph; records without any other source are not sourced.
_CURATED: Final = make_entity_iri("source", "curated-listings")
_RECORDS: Final = frozenset(
    expand_term(f"jwp:{name}")
    for name in ("CommonName", "NameUsage", "StandardReference", "Quota", "TradeSuspension", "TaxonName")
)


def add_evidence(merged: dict[str, set[StatedTriple]]) -> None:
    """State the level of evidence of each record that lacks it: sourced, or general knowledge without a source.

    Args:
        merged: the statements to ship, by subject; changed in place.
    """
    for iri, triples in merged.items():
        if not any(one.predicate == _TYPE and one.object.value in _RECORDS for one in triples):
            continue
        if not any(one.predicate == _EVIDENCE for one in triples):
            sources = {one.object.value for one in triples if one.predicate == _SOURCE} - {_CURATED}
            level = _SOURCED if sources else NamedNode(make_entity_iri("evidence-level", "general-knowledge"))
            triples.add(StatedTriple(iri, _EVIDENCE, level))
