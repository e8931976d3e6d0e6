"""Statements as the shipped species are put together from them, and which of them speak of a taxon."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from jwpgraph.shipped_files import shipped
from jwpgraph.sources.species_plus.statements import term
from jwpgraph.vocabulary import ID

PARENT: Final = term("tcs:parentTaxonConcept")
VERNACULAR: Final = term("dwc:vernacularName")
#: IRIs that hold a taxon's: kind of thing, taxonomy, slug of the taxon.
OF_TAXON: Final = re.compile(
    rf"{ID}(taxon|common-name|distribution|listing-event|name-usage|standard-reference)/(cites|cms)/([^/]+)(?:/.*)?"
)


class Said(NamedTuple):
    """A statement about a thing, with the IRIs of the thing and the property as plain strings."""

    subject: str
    predicate: str
    object: NamedNode | Literal


def said_of(triples: Iterable[Triple]) -> list[Said]:
    """The triples that are about something with an IRI."""
    made = []
    for triple in triples:
        subject, target = triple.subject, triple.object
        if isinstance(subject, NamedNode) and isinstance(target, NamedNode | Literal):
            made.append(Said(subject.value, triple.predicate.value, target))
    return made


def shipped_elsewhere() -> Iterator[Said]:
    """What the shipped files say that are not drawn from exports."""
    for path in sorted(shipped("data/ttl").glob("*.ttl")):
        yield from said_of(quad.triple for quad in parse(path=str(path), format=RdfFormat.TURTLE))
