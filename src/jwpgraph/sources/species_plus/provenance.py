"""Source that imported statements cite: the export, with its date.

Exports do not always contain their date. It is taken from the file name if possible, otherwise from the user.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final

from pyoxigraph import NamedNode, Store

from jwpgraph.problems import ProblemError
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.vocabulary import make_entity_iri

_DATE_IN_NAME: Final = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)")


@dataclass(frozen=True, slots=True)
class ExportSource:
    """An export as a source.

    Attributes:
        slug: the slug of the source, as in ``source/cites-index-2017``.
        title: its title.
        publisher: its publisher.
        day: the day of the export in ISO 8601; empty if unknown.
    """

    slug: str
    title: str
    publisher: str
    day: str = ""

    @property
    def iri(self) -> str:
        """Return the source's IRI."""
        return make_entity_iri("source", self.slug)

    def describe(self, statements: SortedStatements) -> None:
        """State the source, unless the shipped data contain it."""
        if self.iri in _read_shipped_sources():
            return
        dated = f", {self.day}" if self.day else ""
        statements.link(self.iri, expand_term("rdf:type"), expand_term("jwp:Source"))
        statements.text(self.iri, expand_term("skos:prefLabel"), f"{self.title}{dated}", "en")
        citation = f"{self.publisher}: {self.title}" + (f", export of {self.day}." if self.day else ".")
        statements.text(self.iri, expand_term("dcterms:bibliographicCitation"), citation)
        if self.day:
            statements.value(self.iri, expand_term("dcterms:issued"), self.day, "date")


def guess_export_day(file_name: str, given: str | None) -> str:
    """Return the day of an export: the given day, or the date in the file name, or an empty string.

    Raises:
        ProblemError: ``bad-option`` if the given day is not a date.
    """
    if given:
        try:
            day = date.fromisoformat(given)
        except ValueError:
            raise ProblemError("bad-option", "Not a date", f"--date {given}: write it as 2017-04-21.") from None
        if day > date.today() + timedelta(days=1):
            raise ProblemError("bad-option", "The day is still to come", f"--date {given}: no export is of that day.")
        return day.isoformat()
    for found in _DATE_IN_NAME.finditer(file_name):
        try:
            return date(*map(int, found.groups())).isoformat()
        except ValueError:
            continue
    return ""


@cache
def _read_shipped_sources() -> frozenset[str]:
    store = Store()
    store.load(path=str(get_shipped_path("data/ttl/sources.ttl")))
    kind = NamedNode(expand_term("rdf:type"))
    return frozenset(
        quad.subject.value
        for quad in store.quads_for_pattern(None, kind, NamedNode(expand_term("jwp:Source")))
        if isinstance(quad.subject, NamedNode)
    )
