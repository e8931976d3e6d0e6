"""Linksets for VoID: the links of the graph to other datasets, with counts."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.linked_data.description_builder import DATASET
from jwpgraph.vocabulary import BASE, ID, PREFIX_LINES

#: Properties that say of another dataset's resource that it is, or is about, the same thing.
_PREDICATES: Final = (
    "owl:sameAs",
    "rdfs:seeAlso",
    "schema:sameAs",
    "skos:exactMatch",
    "skos:closeMatch",
    "skos:broadMatch",
    "skos:narrowMatch",
)
_LINKS: Final = f"""{PREFIX_LINES}
SELECT DISTINCT ?from ?predicate ?to WHERE {{
  VALUES ?predicate {{ {" ".join(_PREDICATES)} }}
  ?from ?predicate ?to
  FILTER(isIRI(?to) && STRSTARTS(STR(?from), "{ID}") && !STRSTARTS(STR(?to), "{BASE}"))
}}"""
_LAST_PART: Final = re.compile(r"[^/#=]*$")


@dataclass(frozen=True, slots=True)
class Linkset:
    """The links of one property to one dataset.

    Attributes:
        predicate: the IRI of the property.
        uri_space: what the IRIs of the other dataset begin with.
        triples: the number of links.
    """

    predicate: str
    uri_space: str
    triples: int

    @property
    def name(self) -> str:
        """Return a unique name of the linkset."""
        return f"{re.split('[/#]', self.predicate)[-1]}-{self._slug}"

    @property
    def target(self) -> str:
        """Return the IRI of the other dataset."""
        return f"{DATASET}#target-{self._slug}"

    @property
    def _slug(self) -> str:
        return re.sub(r"[^A-Za-z0-9]+", "-", self.uri_space.partition("://")[2]).strip("-")


async def read_linksets(site: AppContext) -> tuple[Linkset, ...]:
    """Return the linksets of the served release."""

    async def count() -> tuple[Linkset, ...]:
        counts: Counter[tuple[str, str]] = Counter()
        for row in await site.queries.select(_LINKS):
            counts[row["predicate"].value, _LAST_PART.sub("", row["to"].value)] += 1
        return tuple(Linkset(*key, number) for key, number in sorted(counts.items()))

    return await site.once_per_release("linksets", count)
