"""The source that imported statements cite: the export itself, with its date.

An export does not always say how old it is. Its date comes from its file name where that holds one, else from whoever
imports it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from pyoxigraph import NamedNode, Store

from jwpgraph.problems import ProblemError
from jwpgraph.shipped_files import shipped_path
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, term_iri
from jwpgraph.vocabulary import entity_iri

_DATE_IN_NAME: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class ExportSource:
    """An export as a source.

    Attributes:
        slug: of the source, as in ``source/cites-index-2017``.
        title: what it is.
        publisher: who issued it.
        day: the day of the export, ISO 8601; empty when nobody knows.
    """

    slug: str
    title: str
    publisher: str
    day: str = ""

    @property
    def iri(self) -> str:
        """The source's IRI."""
        return entity_iri("source", self.slug)

    def describe(self, statements: SortedStatements) -> None:
        """State what the source is, unless the shipped data already do."""
        if self.iri in _read_shipped_sources():
            return
        dated = f", {self.day}" if self.day else ""
        statements.link(self.iri, term_iri("rdf:type"), term_iri("jwp:Source"))
        statements.text(self.iri, term_iri("skos:prefLabel"), f"{self.title}{dated}", "en")
        citation = f"{self.publisher}: {self.title}" + (f", export of {self.day}." if self.day else ".")
        statements.text(self.iri, term_iri("dcterms:bibliographicCitation"), citation)
        if self.day:
            statements.value(self.iri, term_iri("dcterms:issued"), self.day, "date")


def guess_export_day(file_name: str, given: str | None) -> str:
    """The day of an export: what was given, else the date in the file's name, else nothing.

    Raises:
        ProblemError: ``bad-option`` when what was given is no date.
    """
    if given:
        try:
            return date.fromisoformat(given).isoformat()
        except ValueError:
            raise ProblemError(
                "bad-option", "The date is not one", f"--date {given}: write it as 2017-04-21."
            ) from None
    for found in _DATE_IN_NAME.finditer(file_name):
        try:
            return date(*map(int, found.groups())).isoformat()
        except ValueError:
            continue
    return ""


@cache
def _read_shipped_sources() -> frozenset[str]:
    store = Store()
    store.load(path=str(shipped_path("data/ttl/sources.ttl")))
    kind = NamedNode(term_iri("rdf:type"))
    return frozenset(
        quad.subject.value
        for quad in store.quads_for_pattern(None, kind, NamedNode(term_iri("jwp:Source")))
        if isinstance(quad.subject, NamedNode)
    )
