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

from jwpgraph.problems import Problem
from jwpgraph.shipped_files import shipped
from jwpgraph.sources.species_plus.statements import Statements, term
from jwpgraph.vocabulary import identifier

_DATE_IN_NAME: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class Origin:
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
        return identifier("source", self.slug)

    def describe(self, statements: Statements) -> None:
        """State what the source is, unless the shipped data already do."""
        if self.iri in _shipped_sources():
            return
        dated = f", {self.day}" if self.day else ""
        statements.link(self.iri, term("rdf:type"), term("jwp:Source"))
        statements.text(self.iri, term("skos:prefLabel"), f"{self.title}{dated}", "en")
        citation = f"{self.publisher}: {self.title}" + (f", export of {self.day}." if self.day else ".")
        statements.text(self.iri, term("dcterms:bibliographicCitation"), citation)
        if self.day:
            statements.value(self.iri, term("dcterms:issued"), self.day, "date")


def export_day(file_name: str, given: str | None) -> str:
    """The day of an export: what was given, else the date in the file's name, else nothing.

    Raises:
        Problem: ``bad-option`` when what was given is no date.
    """
    if given:
        try:
            return date.fromisoformat(given).isoformat()
        except ValueError:
            raise Problem("bad-option", "The date is not one", f"--date {given}: write it as 2017-04-21.") from None
    for found in _DATE_IN_NAME.finditer(file_name):
        try:
            return date(*map(int, found.groups())).isoformat()
        except ValueError:
            continue
    return ""


@cache
def _shipped_sources() -> frozenset[str]:
    store = Store()
    store.load(path=str(shipped("data/ttl/sources.ttl")))
    kind = NamedNode(term("rdf:type"))
    return frozenset(
        quad.subject.value
        for quad in store.quads_for_pattern(None, kind, NamedNode(term("jwp:Source")))
        if isinstance(quad.subject, NamedNode)
    )
