"""JSON documents of answers about animals: ``answer`` of ``/api/v1/search``, and the document of one animal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from jwpgraph.answers.answer import QuestionAnswer
from jwpgraph.answers.further_pages import FurtherPage
from jwpgraph.answers.occurrence import RecordedRange
from jwpgraph.answers.statuses import AnimalStatus, TreatyAnswer
from jwpgraph.answers.verdicts import Verdict
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.taxon_facets.treaty_documents import Json, list_numbers, make_evidence, make_horizon, make_treaty
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot


def make_answer_fields(found: QuestionAnswer, pages: Sequence[FurtherPage] = ()) -> Json:
    """Return the fields of a search result that answer a question, such as ``answer`` and ``pages``."""
    documents = [make_animal_document(one, found.verdict, found.ranges) for one in found.statuses]
    return {
        "answer": (documents if len(documents) > 1 else documents[0]) if documents else None,
        "answer_reason": found.reason,
        "number": None if found.ignores_changes else found.listed_number,
        "pages": [
            {
                "kind": one.kind,
                "path": one.path,
                "label": one.label or None,
                "number": one.number,
                "horizon": {short: make_horizon(outlook) for short, outlook in one.outlooks.items()},
            }
            for one in pages
        ],
        "not_answered": found.not_answered,
        "foreign_names": [{"name": one.name, "languages": one.languages} for one in found.foreign_names],
    }


def make_animal_document(
    status: AnimalStatus, verdict: Verdict | None = None, ranges: Mapping[str, RecordedRange] = MappingProxyType({})
) -> Json:
    """Return the status of an animal under the treaties, with its range if that is in *ranges*."""
    concept, country, occurrence = status.animal.concept, status.country, status.occurrence
    return {
        "taxon": _name(concept),
        "rank": concept.rank,
        "common_name": status.animal.common_name,
        "country": {
            "id": country.iri,
            "label": country.name,
            "notation": country.notation or get_slug(country.iri),
        }
        if country
        else None,
        "on": status.on.isoformat(),
        "treaties": [_make_treaty(one) for one in status.treaties],
        "during": [
            {
                "from": one.first.isoformat(),
                "until": one.last.isoformat(),
                "treaties": [_make_treaty(treaty) for treaty in one.treaties],
            }
            for one in status.during
        ]
        or None,
        "occurs": occurrence.occurs.value if occurrence else None,
        "presences": list(occurrence.presences) if occurrence else [],
        "recorded_from": list(ranges[status.animal.iri]) if status.animal.iri in ranges else None,
        "horizon": {one.short: make_horizon(one.found.outlook) for one in status.treaties},
        "verdict": verdict,
        "page": f"/species/{status.animal.slug}",
    }


def make_species_document(
    reading: TaxonomySnapshot, status: AnimalStatus, before: AnimalStatus | None, release: int
) -> Json:
    """Return the document of an animal with its status and concepts.

    Args:
        reading: a snapshot about the animal.
        status: its status on the requested day.
        before: its status on an earlier day for comparison, or None.
        release: the number of the release.
    """
    concepts = [reading.taxa.concepts[iri] for iri in sorted(status.animal.concepts)]
    return {
        **make_animal_document(status),
        "concepts": [
            {
                "id": one.iri,
                "label": one.name,
                "authorship": one.authorship,
                "taxonomy": one.taxonomy,
                "synonyms": list(one.synonyms),
            }
            for one in concepts
        ],
        "then": make_animal_document(before) if before else None,
        "release": release,
    }


def _make_treaty(one: TreatyAnswer) -> Json:
    return {
        "treaty": make_treaty(one.found.treaty),
        "state": one.found.state.value,
        "appendices": list_numbers(one.appendices),
        "possible_appendices": list_numbers(set(one.found.possible) - set(one.appendices)),
        "certain": one.certain,
        "evidence": {
            number: make_evidence(level) for iri, level in one.evidence.items() for number in list_numbers([iri])
        },
        "parts": [{"taxon": _name(taxon), "appendices": list_numbers(appendices)} for taxon, appendices in one.parts],
        "horizon": make_horizon(one.found.outlook),
    }


def _name(concept: TaxonConcept) -> Json:
    return {"id": concept.iri, "label": concept.name, "notation": get_slug(concept.iri)}
