"""Search results for a question: its subject first, without fuzzy matches."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from jwpgraph.answers.answer import QuestionAnswer
from jwpgraph.answers.names import find_scientific_names
from jwpgraph.answers.question import Question
from jwpgraph.answers.words import name_key
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT, EntityType
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.entities.search import SearchHit, find_hits
from jwpgraph.releases.release import Release
from jwpgraph.vocabulary import PREFIX_LINES, PREFIXES

_NAMING: Final = (PREFIXES["skos"] + "prefLabel", PREFIXES["skos"] + "altLabel")
_SCORE: Final = 100.0
_ACTIVITIES: Final = """
  {{ {{ SELECT DISTINCT ?why WHERE {{ ?record jwp:inPlace ?about ; jwp:ofTaxon ?taxon . ?why jwp:includesTaxon ?taxon
       VALUES ?about {{ {about} }} }} }} ?thing jwp:speciesGroup ?why }}
  UNION {{ VALUES ?about {{ {about} }} ?why jwp:includesTaxon ?about . ?thing jwp:speciesGroup ?why }}
  UNION {{ VALUES ?about {{ {about} }} ?signature jwp:signatory ?about ; jwp:signedInstrument ?why .
     ?thing jwp:involvesInstrument ?why }}
  ?thing rdf:type jwp:Activity
"""
_INSTRUMENTS: Final = """
  VALUES ?about {{ {about} }}
  {{ ?thing jwp:coversTaxon ?about }}
  UNION {{ ?group jwp:includesTaxon ?about . ?thing jwp:coversSpeciesGroup ?group }}
  UNION {{ ?signature jwp:signatory ?about ; jwp:signedInstrument ?thing }}
  ?thing rdf:type jwp:Instrument
"""


async def list_results(site: AppContext, release: Release, answer: QuestionAnswer, text: str) -> list[SearchHit]:
    """Return the search results for a question, its subject first; sets ``answer.reason`` if that is not an animal.

    Args:
        site: the application context.
        release: the current release.
        answer: the answer to the question.
        text: the original text of the question.
    """
    question = answer.question
    animals = [
        SearchHit(iri, BY_SEGMENT["taxon"], score=_SCORE)
        for one in answer.statuses
        for iri in sorted(one.animal.concepts)
    ]
    countries = [SearchHit(node.iri, BY_SEGMENT["country"], score=_SCORE) for node in question.countries]
    first, words = countries, ""
    match answer.reason:
        case "activity":
            first, words = await _find_nodes(site, "activity", (question.code or "",)), text
        case "activities" | "instruments":
            first = await _find_concerning(site, release, question)
        case "meeting":
            first = await _find_meetings(site, question)
        case "lists" | "parties":
            pass  # the countries that the question names
        case "country":
            words = question.countries[0].name
        case None | "not-listed" | "not-in-graph" | "not-a-country" if _is_question(question):
            first, words = animals, question.subject
        case "too-many-taxa":
            first, words = [], question.subject
        case None:
            first, words = [], text
        case _:
            return await _search_names(release, answer, text)
    named = await find_hits(release, words, near_misses=False) if words else []
    return _drop_duplicates([*first, *named, *animals, *countries])


async def _search_names(release: Release, answer: QuestionAnswer, text: str) -> list[SearchHit]:
    """Return the hits of a text search; sets ``answer.reason`` if *text* is the name of another entity."""
    hits = await find_hits(release, text) if any(character.isalnum() for character in text) else []
    if answer.reason == "not-in-graph" and any(name_key(hit.text) == name_key(text) for hit in hits):
        answer.reason = "other-thing"
    return hits


def _is_question(question: Question) -> bool:
    """Return whether the text contains more than a name: a country, a day, a treaty, or a yes/no question."""
    return bool(
        question.countries
        or question.elsewhere
        or question.days
        or question.treaties
        or question.appendices
        or question.kind
        or question.asks_yes_or_no
    )


def _drop_duplicates(hits: Iterable[SearchHit]) -> list[SearchHit]:
    found: dict[str, SearchHit] = {}
    for hit in hits:
        found.setdefault(hit.iri, hit)
    return list(found.values())


async def _find_nodes(site: AppContext, segment: str, names: Iterable[str]) -> list[SearchHit]:
    index = await get_entity_index(site, BY_SEGMENT[segment])
    return [SearchHit(node.iri, BY_SEGMENT[segment], score=_SCORE) for name in names for node in index.resolve(name)]


async def _find_concerning(site: AppContext, release: Release, question: Question) -> list[SearchHit]:
    """Return the activities or instruments that concern the named animals and countries; all if none are named."""
    segment = "activity" if question.kind == "activities" else "instrument"
    kind = BY_SEGMENT[segment]
    index = await get_entity_index(site, kind)
    about = [node.iri for node in question.countries]
    about += [iri for named in question.animals for iri in (*named.scientific, *named.common)]
    groups = {name for named in question.animals for name in named.groups}
    if groups:
        about += await _list_members(site, await find_scientific_names(release.search_path, groups))
    if not about:
        return [_make_hit(node, kind) for node in index.nodes]
    pattern = _ACTIVITIES if segment == "activity" else _INSTRUMENTS
    where = pattern.format(about=" ".join(map(quote_iri, sorted(about))))
    rows = await site.queries.select(f"{PREFIX_LINES}SELECT DISTINCT ?thing WHERE {{ {where} }}")
    found = {row["thing"].value for row in rows}
    return [_make_hit(node, kind) for node in index.nodes if node.iri in found]


async def _list_members(site: AppContext, taxa: Collection[str]) -> list[str]:
    """Return *taxa* and the taxa below them."""
    roots = " ".join(map(quote_iri, sorted(taxa)))
    # Virtuoso evaluates no path of any length whose ends are given by VALUES alone.
    rows = await site.queries.select(
        f"{PREFIX_LINES}SELECT DISTINCT ?taxon WHERE {{ "
        f"{{ VALUES ?taxon {{ {roots} }} }} UNION "
        f"{{ VALUES ?above {{ {roots} }} ?child tcs:parentTaxonConcept ?above . "
        "?taxon tcs:parentTaxonConcept* ?child } }"
    )
    return [row["taxon"].value for row in rows]


async def _find_meetings(site: AppContext, question: Question) -> list[SearchHit]:
    """Return the meetings of the Conference of the Parties with that number, of the named treaties or of both."""
    kind = BY_SEGMENT["meeting"]
    wanted = f"cop{question.code}"
    return [
        _make_hit(node, kind)
        for node in (await get_entity_index(site, kind)).nodes
        if any(
            wanted in (key := name_key(term.value)) and (not question.treaties or set(question.treaties) & set(key))
            for predicate in _NAMING
            for term in node.properties.get(predicate, ())
        )
    ]


def _make_hit(node: EntityNode, kind: EntityType) -> SearchHit:
    return SearchHit(node.iri, kind, score=_SCORE)
