"""What a taxon can have only one of: whoever says it first is followed, and whoever differs is told of.

Exports of different years put a taxon below different parents, or spell its name differently. What is published already
goes first, then the files of one import in the order in which their formats are read: the Index of CITES Species before
the tables of 2013. A second parent would make the graph contradict itself, and the shapes would refuse it as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jwpgraph.sources.species_plus.sorted_statements import term_iri
from jwpgraph.sources.statements import KnownDataset
from jwpgraph.vocabulary import ID

#: The properties concerned, as they are told to people.
SINGLE: Final = {
    term_iri("tcs:parentTaxonConcept"): "parent",
    term_iri("jwp:rank"): "rank",
    term_iri("skos:prefLabel"): "name",
}


class FirstSourceWins:
    """What has been said of taxa so far.

    Args:
        said: what is published: IRI, property and value.
    """

    def __init__(self, said: Iterable[tuple[str, str, str]] = ()) -> None:
        self._values = {(subject, predicate): value for subject, predicate, value in said}
        self.differences: list[str] = []

    def takes(self, subject: str, predicate: str, value: str, source: str) -> bool:
        """Whether a statement may be made: nothing has been said yet, or the same; else the difference is kept.

        Args:
            subject: the taxon's IRI.
            predicate: one of :data:`SINGLE`.
            value: an IRI or a name.
            source: the IRI of the source that says it.
        """
        there = self._values.setdefault((subject, predicate), value)
        if there != value:
            self.differences.append(
                f"{subject.removeprefix(ID)}: {source.rpartition('/')[2]} gives it the {SINGLE[predicate]} "
                f"{value.removeprefix(ID)}; {there.removeprefix(ID)} was there first and is kept."
            )
        return there == value


def read_published_facts(known: KnownDataset) -> Iterable[tuple[str, str, str]]:
    """What a dataset says of the taxa in it: parent, rank and scientific name."""
    for predicate in SINGLE:
        latin = ' FILTER(LANG(?value) = "la")' if predicate.endswith("prefLabel") else ""
        for taxon, value in known.rows(f"?taxon a jwp:TaxonConcept ; <{predicate}> ?value{latin}", "?taxon ?value"):
            yield taxon, predicate, value
