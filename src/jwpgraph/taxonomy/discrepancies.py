"""Differences between the two conventions about a taxon, with causes: the report of activities A2 and B20."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Final

from jwpgraph.taxonomy.concepts import CMS_TAXONOMY, TaxonConcept
from jwpgraph.taxonomy.listing_events import CITES, CMS
from jwpgraph.taxonomy.mappings import ConceptMapping
from jwpgraph.taxonomy.names import NameSimilarity, compare_names
from jwpgraph.taxonomy.population_scope import NamedPopulation, PopulationScope
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.treaty_status import CITES_I, CITES_II, CITES_III, CMS_I, CMS_II, TreatyStatus
from jwpgraph.vocabulary import ID


class DiscrepancyCause(Enum):
    """Cause of a difference; the value is the slug of its SKOS concept."""

    CIRCUMSCRIPTION = "circumscription"
    RANK = "rank"
    NAME_ONLY = "name-only"
    SPELLING = "spelling"
    AUTHORSHIP = "authorship"
    DOMESTIC_FORM = "domestic-form"
    LISTED_IN_ONE_ONLY = "listed-in-one-only"
    APPENDIX_DIFFERS = "appendix-differs"
    POPULATION_SCOPE = "population-scope"

    @property
    def iri(self) -> str:
        """IRI of the SKOS concept."""
        return f"{ID}discrepancy-cause/{self.value}"


@dataclass(frozen=True, slots=True)
class ListedScope:
    """The populations that an Appendix lists.

    Attributes:
        number: number of the Appendix.
        scope: the populations.
    """

    number: str
    scope: PopulationScope


#: A name or a rank, the numbers of Appendices, or the populations that each of them lists (none: all).
DetailValue = str | tuple[str, ...] | tuple[ListedScope, ...]

_CIRCUMSCRIPTIONS: Final = {
    Rcc5Relation.INCLUDES: "%(cms)s of CMS includes %(cites)s of CITES.",
    Rcc5Relation.IS_INCLUDED_IN: "%(cms)s of CMS is included in %(cites)s of CITES.",
    Rcc5Relation.OVERLAPS: "%(cms)s of CMS overlaps %(cites)s of CITES.",
}
_RANKS: Final = "%(cms)s is a %(cms_rank)s for CMS, %(cites)s a %(cites_rank)s for CITES."
_AUTHORS: Final = "CMS writes %(cms)s, CITES %(cites)s."
_NAMES_DIFFER: Final = "The same taxon is %(cms)s for CMS and %(cites)s for CITES."
_DOMESTIC: Final = "Between %(cms)s of CMS and %(cites)s of CITES a domestic form plays a part."
_ONLY_CMS: Final = "%(name)s is listed by CMS and not by CITES."
_ONLY_CITES: Final = "%(name)s is listed by CITES and not by CMS."
_APPENDICES: Final = "%(name)s is in Appendix %(cms)s of CMS and in Appendix %(cites)s of CITES."
_POPULATIONS: Final = "%(name)s is listed by CMS for %(cms)s, by CITES for %(cites)s."
_UNMATCHED: Final = "%(name)s is listed by CMS; the taxonomy of CITES has no such concept."
#: All sentences about differences.
MESSAGES: Final = (
    *_CIRCUMSCRIPTIONS.values(),
    *(_RANKS, _AUTHORS, _NAMES_DIFFER, _DOMESTIC, _ONLY_CMS, _ONLY_CITES, _APPENDICES, _POPULATIONS, _UNMATCHED),
)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A difference with one cause.

    Attributes:
        subject: IRI of the CMS concept.
        object: IRI of the CITES concept; None if there is none.
        cause: the cause.
        message: the sentence that describes the difference, one of :data:`MESSAGES`, with placeholders.
        values: the values of the placeholders by name.
        confidence: confidence of the underlying mapping.
        curated: whether a curator made that mapping.
    """

    subject: str
    object: str | None
    cause: DiscrepancyCause
    message: str
    values: tuple[tuple[str, DetailValue], ...]
    confidence: float
    curated: bool

    @property
    def detail(self) -> str:
        """The sentence in English."""
        return self.message % {name: _format_value(value) for name, value in self.values}

    @property
    def key(self) -> str:
        """An identifier of the pair and the cause, which is the same in all reports and fit for an IRI."""
        ends = (self.subject, *([self.object] if self.object else []))
        return "--".join([*(end.rpartition("/id/taxon/")[2].replace("/", "-") for end in ends), self.cause.value])


#: Strictness of protection; Appendix III is requested by a single Party.
_STRICTNESS = {CITES_I: 1, CMS_I: 1, CITES_II: 2, CMS_II: 2, CITES_III: 3}
_NAMES = {CITES_I: "I", CMS_I: "I", CITES_II: "II", CMS_II: "II", CITES_III: "III"}


def find_discrepancies(reading: TaxonomySnapshot, found: Sequence[ConceptMapping], on: date) -> list[Discrepancy]:
    """Return the discrepancies on a day, by cause and pair.

    Args:
        reading: the snapshot with concepts and events.
        found: the mappings of that day, from :func:`~jwpgraph.taxonomy.mappings.select_mappings`.
        on: the day.
    """
    status = _StatusCache(reading, on)
    result: list[Discrepancy] = []
    for mapping in found:
        subject, other = (reading.taxa.concepts.get(iri) for iri in (mapping.subject, mapping.object))
        if subject is None or other is None or mapping.relation is Rcc5Relation.DISJOINT:
            continue
        for cause, message, values in [
            *_compare_names(mapping, subject, other),
            *_compare_listings(mapping, subject, other, status),
        ]:
            result.append(
                Discrepancy(
                    mapping.subject,
                    mapping.object,
                    cause,
                    message,
                    tuple(values.items()),
                    mapping.confidence,
                    mapping.curated is not None,
                )
            )
    result += _find_unmatched(reading, found, status, on)
    return sorted(set(result), key=lambda one: (one.cause.value, one.subject, one.object or ""))


class _StatusCache:
    """The statuses of concepts on one day, each computed once."""

    def __init__(self, reading: TaxonomySnapshot, on: date) -> None:
        self._reading = reading
        self._on = on
        self._kept: dict[tuple[str, str], TreatyStatus] = {}

    def of(self, iri: str, treaty: str) -> TreatyStatus:
        if (iri, treaty) not in self._kept:
            lineage = self._reading.taxa.lineage(iri, self._on)
            self._kept[iri, treaty] = self._reading.replay(treaty, lineage).on(self._on)
        return self._kept[iri, treaty]


_Found = tuple[DiscrepancyCause, str, Map[str, DetailValue]]


def _compare_names(mapping: ConceptMapping, subject: TaxonConcept, other: TaxonConcept) -> Iterator[_Found]:
    names = {"cms": _format_name(subject), "cites": _format_name(other)}
    likeness = compare_names(subject.parsed, other.parsed)
    if mapping.relation is not Rcc5Relation.CONGRUENT:
        yield DiscrepancyCause.CIRCUMSCRIPTION, _CIRCUMSCRIPTIONS[mapping.relation], names
    if subject.rank and other.rank and subject.rank != other.rank:
        yield DiscrepancyCause.RANK, _RANKS, names | {"cms_rank": subject.rank, "cites_rank": other.rank}
    if likeness is NameSimilarity.SAME_WORDS_OTHER_AUTHOR:
        yield DiscrepancyCause.AUTHORSHIP, _AUTHORS, names
    elif mapping.relation is Rcc5Relation.CONGRUENT and subject.parsed.canonical != other.parsed.canonical:
        cause = DiscrepancyCause.SPELLING if likeness is NameSimilarity.SPELLING else DiscrepancyCause.NAME_ONLY
        yield cause, _NAMES_DIFFER, names
    said = " ".join([*mapping.evidence, *subject.remarks, *other.remarks])
    if "domestic" in said.casefold():
        yield DiscrepancyCause.DOMESTIC_FORM, _DOMESTIC, names


def _format_name(concept: TaxonConcept) -> str:
    return f"{concept.name} {concept.authorship}".strip()


def _compare_listings(
    mapping: ConceptMapping, subject: TaxonConcept, other: TaxonConcept, status: _StatusCache
) -> Iterator[_Found]:
    cms, cites = status.of(subject.iri, CMS), status.of(other.iri, CITES)
    name: Map[str, DetailValue] = {"name": subject.name}
    if not cms.listings and not cites.listings:
        return
    if not cms.listings or not cites.listings:
        yield DiscrepancyCause.LISTED_IN_ONE_ONLY, _ONLY_CMS if cms.listings else _ONLY_CITES, name
        return
    strictest = [min(_STRICTNESS[one.appendix] for one in side.listings) for side in (cms, cites)]
    if strictest[0] != strictest[1]:
        numbers = {"cms": _list_appendices(cms), "cites": _list_appendices(cites)}
        yield DiscrepancyCause.APPENDIX_DIFFERS, _APPENDICES, {**name, **numbers}
    if mapping.relation is Rcc5Relation.CONGRUENT and _list_divisions(cms) != _list_divisions(cites):
        scopes = {"cms": _list_scopes(cms), "cites": _list_scopes(cites)}
        yield DiscrepancyCause.POPULATION_SCOPE, _POPULATIONS, {**name, **scopes}


def _list_appendices(status: TreatyStatus) -> tuple[str, ...]:
    found = {one.appendix for one in status.listings}
    return tuple(_NAMES[one] for one in sorted(found, key=_STRICTNESS.__getitem__))


def _list_divisions(status: TreatyStatus) -> set[PopulationScope]:
    """Return the partial scopes of all Appendices, each as the set of named populations."""
    divided = [one.scope for one in status.listings if not one.scope.is_everything]
    return {scope.rest if scope.all_but else scope for scope in divided}


def _list_scopes(status: TreatyStatus) -> tuple[ListedScope, ...]:
    """Return the populations of each Appendix, once; nothing if no listing is of a part of the animals."""
    if not _list_divisions(status):
        return ()
    ordered = sorted(status.listings, key=lambda one: _STRICTNESS[one.appendix])
    return tuple(dict.fromkeys(ListedScope(_NAMES[one.appendix], one.scope) for one in ordered))


def _format_value(value: DetailValue) -> str:
    if isinstance(value, str):
        return value
    if not value:
        return "all populations"
    parts = [one if isinstance(one, str) else f"{one.number}: {describe_scope(one.scope)}" for one in value]
    return (" and " if isinstance(value[0], str) else "; ").join(parts)


def describe_scope(scope: PopulationScope) -> str:
    """Return a description of a scope with the codes of its places.

    A named population is described by its countries; the part of it without known countries is mentioned last.
    """
    named = [place for place in scope.places if not isinstance(place, NamedPopulation)]
    parts = sorted(place.rpartition("/")[2] for place in named)
    if len(named) < len(scope.places):
        parts.append("the rest of a named population")
    codes = ", ".join(parts)
    if scope.is_everything:
        return "all populations"
    return f"all populations but those of {codes}" if scope.all_but else f"populations of {codes}"


def _find_unmatched(
    reading: TaxonomySnapshot, found: Sequence[ConceptMapping], status: _StatusCache, on: date
) -> Iterator[Discrepancy]:
    """Yield the concepts that CMS lists by name and CITES does not have."""
    mapped = {mapping.subject for mapping in found if mapping.relation is not Rcc5Relation.DISJOINT}
    for iri in sorted({event.taxon for event in reading.events if event.treaty == CMS} - mapped):
        concept = reading.taxa.concepts.get(iri)
        if concept is None or concept.taxonomy != CMS_TAXONOMY or concept.valid.holds(on) is False:
            continue
        if any(one.event.taxon == iri for one in status.of(iri, CMS).listings):
            values = (("name", _format_name(concept)),)
            yield Discrepancy(iri, None, DiscrepancyCause.LISTED_IN_ONE_ONLY, _UNMATCHED, values, 1.0, curated=False)
