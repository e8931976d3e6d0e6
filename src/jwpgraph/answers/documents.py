"""Answers to questions as JSON: the ``answer`` and ``answer_reason`` of ``/api/v1/search``."""

from __future__ import annotations

from jwpgraph.answers.answer import AnimalStatus, QuestionAnswer, TreatyAnswer, Verdict
from jwpgraph.entities.iri_mapping import iri_slug
from jwpgraph.taxon_facets.treaty_documents import Json, horizon, make_treaty, numbers
from jwpgraph.taxonomy.concepts import TaxonConcept


def make_answer_fields(found: QuestionAnswer) -> Json:
    """The fields ``answer`` and ``answer_reason``."""
    documents = [make_animal_document(one, found.verdict) for one in found.statuses]
    return {
        "answer": (documents if len(documents) > 1 else documents[0]) if documents else None,
        "answer_reason": found.reason,
    }


def make_animal_document(status: AnimalStatus, verdict: Verdict | None = None) -> Json:
    """What the treaties say of an animal."""
    concept, country, occurrence = status.animal.concept, status.country, status.occurrence
    return {
        "taxon": _name(concept),
        "rank": concept.rank,
        "common_name": status.animal.common_name,
        "country": {
            "id": country.iri,
            "label": country.name,
            "notation": country.notation or iri_slug(country.iri),
        }
        if country
        else None,
        "on": status.on.isoformat(),
        "treaties": [_make_treaty(one) for one in status.treaties],
        "occurs": occurrence.occurs.value if occurrence else None,
        "presences": list(occurrence.presences) if occurrence else [],
        "horizon": {one.short: horizon(one.found.outlook) for one in status.treaties},
        "verdict": verdict,
        "page": f"/species/{status.animal.slug}",
    }


def _make_treaty(one: TreatyAnswer) -> Json:
    return {
        "treaty": make_treaty(one.found.treaty),
        "state": one.found.state.value,
        "appendices": numbers(one.appendices),
        "possible_appendices": numbers(set(one.found.possible) - set(one.appendices)),
        "certain": one.certain,
        "parts": [{"taxon": _name(taxon), "appendices": numbers(appendices)} for taxon, appendices in one.parts],
        "horizon": horizon(one.found.outlook),
    }


def _name(concept: TaxonConcept) -> Json:
    return {"id": concept.iri, "label": concept.name, "notation": iri_slug(concept.iri)}
