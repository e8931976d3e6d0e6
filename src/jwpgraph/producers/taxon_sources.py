"""Sources of the parent, rank and author of a shipped taxon, where they differ from those of the taxon in its graph.

``dcterms:source`` of a taxon covers every statement about it in the same named graph that has no
``jwp:SourcedStatement`` of its own. Identifiers, which have other sources, are in another graph.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.triples import PARENT, StatedTriple
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID, make_entity_iri

_SOURCE: Final = expand_term("dcterms:source")
_NAME: Final = expand_term("gbif:canonicalName")
_FACTS: Final = {
    PARENT: "parent",
    expand_term("jwp:rank"): "rank",
    expand_term("dwc:scientificNameAuthorship"): "author",
}
_TAXON: Final = f"{ID}taxon/"


def state_sources(
    merged: dict[str, set[StatedTriple]], layers: Iterable[Sequence[StatedTriple]], elsewhere: Iterable[StatedTriple]
) -> None:
    """Add a sourced statement for each parent, rank and author with sources other than those of the taxon in its graph.

    Args:
        merged: the statements to ship, by subject; changed in place.
        layers: the statements of all exports; within one, all statements about a taxon have the same sources.
        elsewhere: the statements of other shipped files, which may have the names of the same taxa.
    """
    said_by: dict[StatedTriple, set[str]] = defaultdict(set)
    for layer in layers:
        sources = _get_sources(layer)
        for one in layer:
            if one.predicate in _FACTS and one.subject.startswith(_TAXON):
                said_by[one] |= sources[one.subject]
    made_here = [one for triples in merged.values() for one in triples]
    sources = _get_sources(made_here)
    names = {one.subject: one.object.value for one in (*elsewhere, *made_here) if one.predicate == _NAME}
    for one in [one for iri, triples in merged.items() if iri.startswith(_TAXON) for one in triples]:
        stating = said_by.get(one, set())
        if one.predicate in _FACTS and stating and stating != sources[one.subject]:
            made = _make_statement(one, names)
            merged[made[0].subject] = {
                *made,
                *(StatedTriple(made[0].subject, _SOURCE, NamedNode(source)) for source in stating),
            }


def _get_sources(triples: Iterable[StatedTriple]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for one in triples:
        if one.predicate == _SOURCE:
            found[one.subject].add(one.object.value)
    return found


def _make_statement(fact: StatedTriple, names: dict[str, str]) -> list[StatedTriple]:
    taxonomy, slug = fact.subject.removeprefix(_TAXON).split("/", 1)
    iri = make_entity_iri("statement", f"{taxonomy}-{slug}-{_FACTS[fact.predicate]}".replace("/", "-"))
    value = names.get(fact.object.value, fact.object.value.rpartition("/")[2])
    shown = fact.object.value if isinstance(fact.object, Literal) else value
    label = f"{names.get(fact.subject, slug)} ({taxonomy.upper()}): {_FACTS[fact.predicate]} {shown}"
    values: dict[str, NamedNode | Literal] = {
        "rdf:type": NamedNode(expand_term("jwp:SourcedStatement")),
        "skos:prefLabel": Literal(label, language="en"),
        "rdf:subject": NamedNode(fact.subject),
        "rdf:predicate": NamedNode(fact.predicate),
        "rdf:object": fact.object,
        "jwp:evidence": NamedNode(make_entity_iri("evidence-level", "sourced")),
    }
    return [StatedTriple(iri, expand_term(name), value) for name, value in values.items()]
