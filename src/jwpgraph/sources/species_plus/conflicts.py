"""Resolution of conflicts in functional properties of taxa and names: the first source wins and conflicts are reported.

Exports of different years give a taxon different parents or spellings, and an author with and without brackets.
Published values take precedence, then the files of one import in the reading order of their formats: the Index of CITES
Species before the tables of 2013. A second parent would make the graph inconsistent, and the shapes would reject it, or
a second author.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.sources.statements import KnownDataset
from jwpgraph.vocabulary import ID

_PARENT: Final = expand_term("tcs:parentTaxonConcept")
_LABEL: Final = expand_term("skos:prefLabel")
#: The functional properties, with their names in messages.
SINGLE: Final = {
    expand_term("tcs:parentTaxonConcept"): "parent",
    expand_term("jwp:rank"): "rank",
    expand_term("skos:prefLabel"): "name",
    expand_term("tcs:taxonName"): "accepted name",
    expand_term("dwc:scientificName"): "full name",
    expand_term("dwc:scientificNameAuthorship"): "author",
}


class FirstSourceWins:
    """Functional values of taxa and names stated so far.

    Args:
        published: the published values: IRI, property and value.
    """

    def __init__(self, published: Iterable[tuple[str, str, str]] = ()) -> None:
        self._values = {(subject, predicate): value for subject, predicate, value in published}
        self.differences: list[str] = []
        self._refused_parents: list[tuple[str, str]] = []

    def takes(self, subject: str, predicate: str, value: str, source: str) -> bool:
        """Return whether a statement may be made: there is no value yet, or the same one; otherwise record the
        conflict.

        Args:
            subject: the IRI of the taxon or name.
            predicate: one of :data:`SINGLE`.
            value: an IRI or a text.
            source: the IRI of the source of the value.
        """
        there = self._values.setdefault((subject, predicate), value)
        if there != value:
            if predicate == _PARENT:
                self._refused_parents.append((subject, value))
            who = source.rpartition("/")[2] or "general knowledge"
            self.differences.append(
                f"{subject.removeprefix(ID)}: {who} gives the {SINGLE[predicate]} "
                f"{value.removeprefix(ID)}; {there.removeprefix(ID)} was there first and is kept."
            )
        return there == value

    def lineage(self, taxon: str) -> tuple[str, ...]:
        """Return the IRIs of a taxon and of the taxa above it, as kept so far."""
        found: list[str] = []
        while taxon and taxon not in found:
            found.append(taxon)
            taxon = self._values.get((taxon, _PARENT), "")
        return tuple(found)

    def finer_parents(self) -> Iterator[tuple[str, str, str]]:
        """Yield taxa whose refused parent lies between them and the kept one: IRI, name, and IRI of that parent."""
        for taxon, refused in self._refused_parents:
            kept, name = self._values[taxon, _PARENT], self._values.get((taxon, _LABEL))
            if name and self._values.get((refused, _PARENT)) == kept:
                yield taxon, name, refused


def read_published_facts(known: KnownDataset) -> Iterable[tuple[str, str, str]]:
    """Yield the functional values of the taxa and names in a dataset."""
    for predicate in SINGLE:
        latin = ' FILTER(LANG(?value) = "la")' if predicate.endswith("prefLabel") else ""
        pattern = f"?subject a ?class ; <{predicate}> ?value{latin} VALUES ?class {{ jwp:TaxonConcept jwp:TaxonName }}"
        for subject, value in known.rows(pattern, "?subject ?value"):
            yield subject, predicate, value
