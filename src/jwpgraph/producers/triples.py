"""Statements of the shipped species under construction, and IRIs that belong to a taxon."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID

PARENT: Final = expand_term("tcs:parentTaxonConcept")
VERNACULAR: Final = expand_term("dwc:vernacularName")
#: IRIs that contain a taxon's: kind of entity, taxonomy, slug of the taxon.
OF_TAXON: Final = re.compile(
    rf"{ID}(taxon|common-name|distribution|listing-event|name-usage|standard-reference)/(cites|cms)/([^/]+)(?:/.*)?"
)


class StatedTriple(NamedTuple):
    """A statement about an entity, with the IRIs of the entity and the property as plain strings."""

    subject: str
    predicate: str
    object: NamedNode | Literal


def iter_triples(triples: Iterable[Triple]) -> list[StatedTriple]:
    """Return the triples whose subject has an IRI."""
    made = []
    for triple in triples:
        subject, target = triple.subject, triple.object
        if isinstance(subject, NamedNode) and isinstance(target, NamedNode | Literal):
            made.append(StatedTriple(subject.value, triple.predicate.value, target))
    return made


def read_shipped_elsewhere() -> Iterator[StatedTriple]:
    """Yield the statements of the shipped files that are not collected from exports."""
    for path in sorted(get_shipped_path("data/ttl").glob("*.ttl")):
        yield from iter_triples(quad.triple for quad in parse(path=str(path), format=RdfFormat.TURTLE))


def iter_lineage(taxon: str, parents: Mapping[str, str]) -> Iterator[str]:
    """Yield a taxon and the taxa above it, by their IRIs; ends where the parents form a cycle."""
    seen = set[str]()
    while taxon and taxon not in seen:
        yield taxon
        seen.add(taxon)
        taxon = parents.get(taxon, "")
