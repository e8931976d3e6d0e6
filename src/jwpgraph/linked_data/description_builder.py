"""A collector of statements for descriptions of the dataset."""

from __future__ import annotations

import pyoxigraph as ox

from jwpgraph.vocabulary import BASE, PREFIXES

DATASET = BASE + "dataset"
CATALOGUE = BASE + "catalog"
TITLE = "CMS–CITES Joint Work Programme as linked data"
DESCRIPTION = (
    "Activities, species groups, instruments, bodies, programmes and tools of the CMS–CITES Joint Work Programme "
    "2015–2020, what links them, and where each statement comes from."
)
#: Prefixes of vocabularies that only the catalogue uses.
_PREFIXES = PREFIXES | {
    "adms": "http://www.w3.org/ns/adms#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
}


class DescriptionBuilder:
    """Collects statements."""

    def __init__(self) -> None:
        self.quads: list[ox.Quad] = []

    def add(self, subject: str, predicate: str, value: ox.NamedNode | ox.Literal) -> None:
        """Add a statement with a prefixed property."""
        self.quads.append(ox.Quad(ox.NamedNode(subject), ox.NamedNode(expand(predicate)), value))

    def link(self, subject: str, predicate: str, target: str) -> None:
        """Add a statement with an IRI as its object."""
        self.add(subject, predicate, ox.NamedNode(target))

    def type(self, subject: str, name: str) -> None:
        """Add a type, by its prefixed name."""
        self.link(subject, "rdf:type", expand(name))

    def link_typed(self, subject: str, predicate: str, target: str, *types: str) -> None:
        """Add a statement and the types of its object."""
        self.link(subject, predicate, target)
        for name in types:
            self.type(target, name)

    def text(self, subject: str, predicate: str, value: str) -> None:
        """Add an English text."""
        self.add(subject, predicate, ox.Literal(value, language="en"))

    def number(self, subject: str, predicate: str, value: int) -> None:
        """Add an integer."""
        self.add(subject, predicate, ox.Literal(value))

    def literal(self, subject: str, predicate: str, value: str, datatype: str) -> None:
        """Add a literal with a datatype of XML Schema."""
        self.add(subject, predicate, ox.Literal(value, datatype=ox.NamedNode(PREFIXES["xsd"] + datatype)))


def expand(name: str) -> str:
    """Return the IRI of a prefixed name."""
    prefix, _, local = name.partition(":")
    return _PREFIXES[prefix] + local
