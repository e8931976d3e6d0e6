"""Alignments of the genera, families, orders and higher taxa of CMS with those of CITES, as shipped data.

Two higher taxa of one name and rank are congruent as far as the graph tells if at least one pair of aligned lower taxa
is below both, and no pair is below one of them alone: *Panthera* of CMS lacks the snow leopard, so it is not aligned.
Run again when taxa or alignments have changed:

    python -m jwpgraph.producers.higher_taxa
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from jwpgraph.producers.triples import iter_lineage
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.statements import KnownDataset, ShippedDataset, Statements, make_typed_literal
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY
from jwpgraph.vocabulary import make_entity_iri, make_graph_iri

GRAPH: Final = make_graph_iri("alignments-of-higher-taxa")
FILE: Final = "data/ttl/alignments-of-higher-taxa.ttl"
HEADER: Final = """\
Higher taxa that CMS and CITES have under one name and rank, with the same aligned taxa below them as far as the graph
tells: congruent by that rule, not reviewed one by one.
Made again with: python -m jwpgraph.producers.higher_taxa"""
_SEGMENTS: Final = (
    "agent",
    "alignment",
    "alignment-relation",
    "evidence-level",
    "source",
    "taxon/cites",
    "taxon/cms",
)
_CONFIDENCE: Final = "0.8"
_CREATED: Final = "2026-11-29"
_RANKS: Final = ", ".join(f'"{rank}"' for rank in ("species", "subspecies", "variety"))


@dataclass(frozen=True)
class _HigherPair:
    """Higher taxa of one name and rank in CMS and CITES, and the number of aligned pairs below both."""

    cms: str
    cites: str
    name: str
    shared: int


def find_pairs(known: KnownDataset) -> Iterator[_HigherPair]:
    """Yield the higher taxa of CMS and CITES whose names, ranks and contents agree, by name."""
    rows = known.rows("?taxon a jwp:TaxonConcept ; tcs:parentTaxonConcept ?parent", "?taxon ?parent")
    parents = {row[0]: row[1] for row in rows}
    below: dict[str, set[str]] = defaultdict(set)
    for alignment, *ends in known.rows(
        "?alignment a jwp:Alignment ; jwp:alignmentRelation ?relation ; jwp:subjectConcept ?subject ;"
        " jwp:objectConcept ?object ."
        " OPTIONAL { ?subject dcterms:isVersionOf ?s } OPTIONAL { ?object dcterms:isVersionOf ?o }"
        " BIND(COALESCE(?s, ?subject) AS ?one) BIND(COALESCE(?o, ?object) AS ?two)"
        ' FILTER(!STRENDS(STR(?relation), "/disjoint")) FILTER NOT EXISTS { ?alignment jwp:validUntil ?until }',
        "?alignment ?one ?two",
    ):
        for end in ends:
            for higher in iter_lineage(end, parents):
                if higher != end:
                    below[higher].add(alignment)
    for name, cms, cites in known.rows(
        f"?cms gbif:canonicalName ?name ; jwp:rank ?rank ; tcs:accordingTo <{CMS_TAXONOMY}> ."
        f" ?cites gbif:canonicalName ?name ; jwp:rank ?rank ; tcs:accordingTo <{CITES_TAXONOMY}> ."
        f' FILTER(REPLACE(STR(?rank), "^.*/", "") NOT IN ({_RANKS}))',
        "?name ?cms ?cites",
    ):
        if below[cms] and below[cms] == below[cites]:
            yield _HigherPair(cms, cites, name, len(below[cms]))


def align_higher_taxa(known: KnownDataset) -> Statements:
    """Return an alignment for each pair of higher taxa, at the level ``inferred``, with the sources of both taxa."""
    statements = Statements()
    sources: dict[str, set[str]] = defaultdict(set)
    for taxon, source in known.rows("?taxon a jwp:TaxonConcept ; dcterms:source ?source", "?taxon ?source"):
        sources[taxon].add(source)
    for pair in find_pairs(known):
        iri = make_entity_iri("alignment", pair.cms.rpartition("/")[2])
        statements.describe(iri, "jwp:Alignment", f"{pair.name} of CMS is congruent with {pair.name} of CITES")
        statements.add(iri, "jwp:subjectConcept", pair.cms)
        statements.add(iri, "jwp:objectConcept", pair.cites)
        statements.add(iri, "jwp:alignmentRelation", make_entity_iri("alignment-relation", "congruent"))
        statements.add(iri, "jwp:confidence", make_typed_literal(_CONFIDENCE, "decimal"))
        statements.add(iri, "jwp:mappingJustification", "https://w3id.org/semapv/vocab/LexicalMatching")
        statements.add(iri, "jwp:evidence", make_entity_iri("evidence-level", "inferred"))
        statements.add(iri, "dcterms:creator", make_entity_iri("agent", "jwpgraph-curators"))
        statements.add(iri, "dcterms:created", make_typed_literal(_CREATED, "date"))
        count = "One aligned pair of taxa is" if pair.shared == 1 else f"{pair.shared} aligned pairs of taxa are"
        comment = f"Same name and rank. {count} below both, none below one alone. Drawn by rule, not reviewed."
        statements.add(iri, "rdfs:comment", comment)
        for source in sources[pair.cms] | sources[pair.cites]:
            statements.add(iri, "dcterms:source", source)
    return statements


def main() -> None:
    """Write ``data/ttl/alignments-of-higher-taxa.ttl``."""
    statements = align_higher_taxa(ShippedDataset([GRAPH]))
    get_shipped_path(FILE).write_text(statements.turtle(HEADER, _SEGMENTS), encoding="utf-8")


if __name__ == "__main__":
    main()
