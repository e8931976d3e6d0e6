"""Dated usages of names for taxon concepts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.dates import ALWAYS, DateInterval
from jwpgraph.taxonomy.names import parse_name
from jwpgraph.vocabulary import ID

ACCEPTED = ID + "name-status/accepted"


@dataclass(frozen=True, slots=True)
class NameUsage:
    """The use of a name for a concept by a taxonomy.

    Attributes:
        name: the name, with author if known.
        concept: IRI of the concept.
        status: IRI of the status of the name.
        valid: period of validity.
        sources: IRIs of the sources.
    """

    name: str
    concept: str
    status: str = ACCEPTED
    valid: DateInterval = ALWAYS
    sources: tuple[str, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """True for an accepted name, False for a synonym."""
        return self.status == ACCEPTED


def get_accepted_name(concept: TaxonConcept, usages: Iterable[NameUsage], on: date) -> str:
    """Return the accepted name of *concept* on a day, without author: from a dated usage, else the current name."""
    for usage in usages:
        if usage.concept == concept.iri and usage.is_accepted and usage.valid.holds(on):
            return parse_name(usage.name).canonical
    return concept.name
