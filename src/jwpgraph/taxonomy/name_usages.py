"""Which concept a name stands for on a day, in each taxonomy."""

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
    """That a taxonomy uses a name for a concept, for a time.

    Attributes:
        name: the name, with author where that is known.
        concept: IRI of the concept.
        status: IRI of how the taxonomy treats the name.
        valid: when.
        sources: IRIs of what says so.
    """

    name: str
    concept: str
    status: str = ACCEPTED
    valid: DateInterval = ALWAYS
    sources: tuple[str, ...] = ()

    @property
    def is_accepted(self) -> bool:
        """Whether it is the name of the concept, not a synonym."""
        return self.status == ACCEPTED


def get_accepted_name(concept: TaxonConcept, usages: Iterable[NameUsage], on: date) -> str:
    """What the taxonomy calls *concept* on a day, without author: by dated usages, else by its present name."""
    for usage in usages:
        if usage.concept == concept.iri and usage.is_accepted and usage.valid.holds(on):
            return parse_name(usage.name).canonical
    return concept.name
