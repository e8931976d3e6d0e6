"""Number of taxa listed by a convention whose range is recorded, to show that lists of a country are incomplete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from jwpgraph.query_execution.queries import GraphReader
from jwpgraph.vocabulary import PREFIX_LINES

_LISTED: Final = """SELECT DISTINCT ?treaty ?taxon ?name WHERE {
  ?event jwp:listedTaxon ?taxon ; jwp:designation ?treaty . ?taxon gbif:canonicalName ?name
}"""
_RANGED: Final = """SELECT DISTINCT ?name WHERE {
  ?record a jwp:Distribution ; jwp:ofTaxon ?taxon . ?taxon gbif:canonicalName ?name
}"""


@dataclass(frozen=True, slots=True)
class RangeCoverage:
    """Numbers of taxa that a convention lists or has listed by name, and of those with a recorded range.

    The range may be recorded for the concept of the same name in the other taxonomy.
    """

    recorded: int
    listed: int


async def read_range_coverage(queries: GraphReader) -> dict[str, RangeCoverage]:
    """Read the range coverage by IRI of the convention, in two queries."""
    ranged = {row["name"].value for row in await queries.select(PREFIX_LINES + _RANGED)}
    listed: dict[str, dict[str, str]] = {}
    for row in await queries.select(PREFIX_LINES + _LISTED):
        listed.setdefault(row["treaty"].value, {})[row["taxon"].value] = row["name"].value
    return {
        treaty: RangeCoverage(sum(name in ranged for name in taxa.values()), len(taxa))
        for treaty, taxa in listed.items()
    }
