"""Candidates of reconciliation queries, with scores and certain matches."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rapidfuzz import fuzz

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_types import BY_SEGMENT, EntityType
from jwpgraph.entities.identifiers import find_by_identifier
from jwpgraph.entities.iri_mapping import get_type_segment
from jwpgraph.entities.search import find_hits, label_hits
from jwpgraph.integrations.reconciliation.properties import read_values
from jwpgraph.problems import ProblemError

#: Entity types of candidates.
TYPES: Final = tuple(BY_SEGMENT[segment] for segment in ("taxon", "country", "instrument", "activity"))
MOST_CANDIDATES: Final = 50
_DEFAULT_CANDIDATES: Final = 5
_EXACT: Final = 100.0
#: Signs that text processors put in the place of others.
_TYPOGRAPHY: Final = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "‐": "-", "‑": "-", "–": "-"})


@dataclass(frozen=True, slots=True)
class ReconciliationQuery:
    """A query of a batch (section 4.2).

    Attributes:
        text: the name; empty if only properties are given.
        types: the allowed types; empty for all.
        limit: maximum number of candidates.
        properties: expected values by property.
    """

    text: str
    types: tuple[EntityType, ...] = ()
    limit: int = _DEFAULT_CANDIDATES
    properties: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class MatchCandidate:
    """A candidate.

    Attributes:
        iri: IRI of the entity.
        name: its label.
        kind: its type.
        matched: its name that is most similar to the text.
        score: 0 to 100; 100 for an equal name or identifier.
        match: whether it is a certain match.
        features: the components of the score.
    """

    iri: str
    name: str
    kind: EntityType
    matched: str
    score: float
    match: bool = False
    features: tuple[tuple[str, float | bool], ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the candidate as JSON (section 4.3)."""
        found: dict[str, Any] = {
            "id": self.iri,
            "name": self.name,
            "score": round(self.score, 1),
            "match": self.match,
            "type": [describe_type(self.kind)],
            "features": [{"id": name, "value": value} for name, value in self.features],
        }
        if self.matched != self.name:
            found["description"] = f"also called {self.matched}"
        return found


def describe_type(kind: EntityType) -> dict[str, str]:
    """Return a type as JSON: the local name of its class, and its label."""
    return {"id": kind.class_name, "name": kind.singular_label}


async def find_candidates(site: AppContext, query: ReconciliationQuery) -> list[MatchCandidate]:
    """Return the candidates, best first.

    A candidate is a certain match if its name or an identifier equals the text, no property contradicts, and
    it is the only such candidate.

    Raises:
        ProblemError: ``no-index`` (503): there is no local release.
    """
    types = query.types or TYPES
    found: dict[str, MatchCandidate] = {}
    texts = [query.text] if query.text else [value for _, values in query.properties for value in values]
    for text in texts:
        for one in await find_by_identifier(site, text):
            kind = BY_SEGMENT.get(get_type_segment(one.node.iri) or "")
            if kind in types and kind is not None:
                found[one.node.iri] = MatchCandidate(one.node.iri, one.node.name, kind, one.node.name, _EXACT)
    for named in await _find_by_name(site, query.text, types) if query.text else ():
        if named.iri not in found:
            found[named.iri] = named
    best = sorted(found.values(), key=_rank)[:MOST_CANDIDATES]
    judged = [await _judge_properties(site, candidate, query) for candidate in best]
    judged.sort(key=_rank)
    certain = [candidate for candidate in judged if _is_certain(candidate, query)]
    single = certain[0].iri if len(certain) == 1 else None
    return [replace(one, match=one.iri == single) for one in judged[: query.limit]]


async def _find_by_name(site: AppContext, text: str, types: Sequence[EntityType]) -> list[MatchCandidate]:
    release = site.served_release()
    if release is None:
        raise ProblemError("no-index", "There is no search index", "This service stores no releases.", status=503)
    try:
        hits = [hit for hit in await find_hits(release, text) if hit.kind in types]
    except ProblemError as problem:
        if problem.slug == "bad-search":
            return []
        raise
    wanted = _fold(text)
    scored = sorted(hits, key=lambda hit: -fuzz.ratio(wanted, _fold(hit.text)))[: 2 * MOST_CANDIDATES]
    return [
        MatchCandidate(one.iri, one.label, one.kind, one.matched, fuzz.ratio(wanted, _fold(one.matched)))
        for one in await label_hits(release, scored)
    ]


async def _judge_properties(site: AppContext, candidate: MatchCandidate, query: ReconciliationQuery) -> MatchCandidate:
    features: list[tuple[str, float | bool]] = [("name_similarity", round(candidate.score, 1))] if query.text else []
    score = candidate.score
    for name, wanted in query.properties:
        known = {_fold(value) for value in await read_values(site, candidate.iri, name)}
        agrees = bool(known & {_fold(value) for value in wanted})
        features.append((name, agrees))
        if not agrees:
            score *= 0.8
    return replace(candidate, score=score, features=tuple(features))


def _is_certain(candidate: MatchCandidate, query: ReconciliationQuery) -> bool:
    agrees = all(value for name, value in candidate.features if name != "name_similarity")
    return agrees and candidate.score >= _EXACT and bool(query.text or query.properties)


def _rank(candidate: MatchCandidate) -> tuple[float, str]:
    return -candidate.score, candidate.iri


def _fold(text: str) -> str:
    """Return *text* without case, diacritics and repeated spaces."""
    plain = unicodedata.normalize("NFKD", text.translate(_TYPOGRAPHY))
    return " ".join("".join(char for char in plain if not unicodedata.combining(char)).casefold().split())
