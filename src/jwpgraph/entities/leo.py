"""The Law and Environment Ontology of InforMEA (LEO): its terms in the release, and the activities on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.nodes import list_preferred_languages
from jwpgraph.problems import ProblemError, explain
from jwpgraph.vocabulary import JWP, PREFIXES

SCHEME: Final = "http://www.informea.org/terms"
_SKOS: Final = PREFIXES["skos"]
_TERMS_QUERY: Final = f"""SELECT ?term ?label ?broader WHERE {{
  ?term <{_SKOS}inScheme> <{SCHEME}> ; <{_SKOS}prefLabel> ?label .
  OPTIONAL {{ ?term <{_SKOS}broader> ?broader }} }}"""
_ACTIVITIES_QUERY: Final = f"""SELECT DISTINCT ?term ?activity ?code ?title WHERE {{
  ?activity a <{JWP}Activity> ; <{PREFIXES["dcterms"]}subject> ?term .
  ?activity <{_SKOS}notation> ?code ; <{_SKOS}prefLabel> ?title .
  ?term <{_SKOS}inScheme> <{SCHEME}> . FILTER (LANG(?title) = "en") }}"""


@dataclass(frozen=True, slots=True)
class ActivityOnTerm:
    """An activity linked to a term."""

    iri: str
    code: str
    title: str


@dataclass(slots=True)
class LeoVocabulary:
    """The terms of a release.

    Attributes:
        labels: the labels of each term by language.
        broader: the terms directly above each term.
        narrower: the terms directly below each term.
        activities: the activities on each term.
    """

    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    broader: dict[str, set[str]] = field(default_factory=dict)
    narrower: dict[str, set[str]] = field(default_factory=dict)
    activities: dict[str, list[ActivityOnTerm]] = field(default_factory=dict)

    def label(self, iri: str) -> str:
        """Return the English label of a term; another one, or the end of its IRI, where it has none."""
        labels = self.labels.get(iri) or {"": iri.rpartition("/")[2]}
        return labels.get("en") or next(iter(labels.values()))

    def preferred_label(self, iri: str) -> tuple[str, str | None]:
        """Return the label in the preferred language that there is, with its language."""
        labels = self.labels.get(iri, {})
        found = next((language for language in list_preferred_languages() if language in labels), None)
        return (labels[found], found) if found else (self.label(iri), None)

    def sort(self, iris: Iterable[str]) -> list[str]:
        """Return terms by their labels."""
        return sorted(iris, key=lambda iri: (self.label(iri).casefold(), iri))

    def find(self, text: str) -> list[str]:
        """Return the terms with all words of a text in a label, by their labels; all terms for an empty text."""
        words = text.casefold().split()
        return self.sort(
            iri
            for iri, labels in self.labels.items()
            if any(all(word in label.casefold() for word in words) for label in labels.values())
        )

    def list_top_terms(self) -> list[str]:
        """Return the terms that no other one is above of."""
        return self.sort(iri for iri in self.labels if not self.broader.get(iri, set()) & self.labels.keys())

    def require(self, name: str) -> str:
        """Return the IRI of a term, which is named by its IRI or by the end of it.

        Raises:
            ProblemError: ``not-found`` (404).
        """
        iri = name if name in self.labels else f"{SCHEME}/{name}"
        if iri not in self.labels:
            detail = explain("LEO has no term “%(name)s” here.", name=name[:80])
            raise ProblemError("not-found", "Not found", detail, status=404)
        return iri


def get_term_path(iri: str) -> str | None:
    """Return the path of the page of a term; ``None`` for any other IRI."""
    return f"/leo/{iri[len(SCHEME) + 1 :]}" if iri.startswith(SCHEME + "/") else None


async def get_leo_vocabulary(site: AppContext) -> LeoVocabulary:
    """Return the terms of the served release."""

    async def read() -> LeoVocabulary:
        found = LeoVocabulary()
        for row in await site.queries.select(_TERMS_QUERY):
            iri = row["term"].value
            found.labels.setdefault(iri, {})[row["label"].language or "und"] = row["label"].value
            if "broader" in row:
                found.broader.setdefault(iri, set()).add(row["broader"].value)
                found.narrower.setdefault(row["broader"].value, set()).add(iri)
        rows = await site.queries.select(_ACTIVITIES_QUERY)
        for row in sorted(rows, key=lambda row: row["activity"].value):
            activity = ActivityOnTerm(row["activity"].value, row["code"].value, row["title"].value)
            found.activities.setdefault(row["term"].value, []).append(activity)
        return found

    return await site.once_per_release("leo", read)
