"""Resolution of conflicts in functional properties of taxa: the first source wins, and conflicts are reported.

Exports of different years give a taxon different parents or spellings. Published values take precedence, then the files
of one import in the reading order of their formats: the Index of CITES Species before the tables of 2013. A second
parent would make the graph inconsistent, and the shapes would reject it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jwpgraph.sources.species_plus.sorted_statements import term_iri
from jwpgraph.sources.statements import KnownDataset
from jwpgraph.vocabulary import ID

#: The functional properties, with their names in messages.
SINGLE: Final = {
    term_iri("tcs:parentTaxonConcept"): "parent",
    term_iri("jwp:rank"): "rank",
    term_iri("skos:prefLabel"): "name",
    term_iri("tcs:taxonName"): "accepted name",
}


class FirstSourceWins:
    """Functional values of taxa stated so far.

    Args:
        published: the published values: IRI, property and value.
    """

    def __init__(self, published: Iterable[tuple[str, str, str]] = ()) -> None:
        self._values = {(subject, predicate): value for subject, predicate, value in published}
        self.differences: list[str] = []

    def takes(self, subject: str, predicate: str, value: str, source: str) -> bool:
        """Return whether a statement may be made: there is no value yet, or the same one; otherwise record the
        conflict.

        Args:
            subject: the taxon's IRI.
            predicate: one of :data:`SINGLE`.
            value: an IRI or a name.
            source: the IRI of the source of the value.
        """
        there = self._values.setdefault((subject, predicate), value)
        if there != value:
            self.differences.append(
                f"{subject.removeprefix(ID)}: {source.rpartition('/')[2]} gives the {SINGLE[predicate]} "
                f"{value.removeprefix(ID)}; {there.removeprefix(ID)} was there first and is kept."
            )
        return there == value


def read_published_facts(known: KnownDataset) -> Iterable[tuple[str, str, str]]:
    """Yield the parent, rank and scientific name of the taxa in a dataset."""
    for predicate in SINGLE:
        latin = ' FILTER(LANG(?value) = "la")' if predicate.endswith("prefLabel") else ""
        for taxon, value in known.rows(f"?taxon a jwp:TaxonConcept ; <{predicate}> ?value{latin}", "?taxon ?value"):
            yield taxon, predicate, value
