"""For how many of the taxa that a convention lists a range is recorded: without that, a country's list looks whole."""

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
    """How many taxa a convention lists or listed by name, and for how many of them a range is recorded.

    A range counts that is recorded of the concept of the same name in the other taxonomy.
    """

    recorded: int
    listed: int


async def read_range_coverage(queries: GraphReader) -> dict[str, RangeCoverage]:
    """The coverage of ranges by the convention's IRI, in two queries whatever the release's size."""
    ranged = {row["name"].value for row in await queries.select(PREFIX_LINES + _RANGED)}
    listed: dict[str, dict[str, str]] = {}
    for row in await queries.select(PREFIX_LINES + _LISTED):
        listed.setdefault(row["treaty"].value, {})[row["taxon"].value] = row["name"].value
    return {
        treaty: RangeCoverage(sum(name in ranged for name in taxa.values()), len(taxa))
        for treaty, taxa in listed.items()
    }
