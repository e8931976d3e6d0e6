"""Search results for a question: its subject first, without fuzzy matches."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from jwpgraph.answers.answer import QuestionAnswer
from jwpgraph.answers.names import find_scientific_names
from jwpgraph.answers.parsed_question import Question
from jwpgraph.answers.words import (
    ACTIVITY_PART_WORDS,
    PARTY_WORDS,
    SIGN_WORDS,
    STOP_WORDS,
    EntityKind,
    fold,
    list_singulars,
    name_key,
)
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT, EntityType
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.entities.search import SearchHit, find_hits
from jwpgraph.releases.release import Release
from jwpgraph.taxon_facets.appendices import TREATY_IRIS
from jwpgraph.taxonomy.dates import PartialDate
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
_PROPOSALS: Final = """
  VALUES ?about {{ {about} }}
  {{ ?taxon tcs:parentTaxonConcept* ?about . ?thing jwp:proposedTaxon ?taxon }}
  UNION {{ ?thing jwp:proponent ?about }}
  ?thing rdf:type jwp:AmendmentProposal
"""
_DATED: Final = f"""{PREFIX_LINES}
SELECT ?activity ?first ?last WHERE {{
  {{ ?activity a jwp:Activity ; jwp:scheduledYear ?first BIND(?first AS ?last) }}
  UNION
  {{ ?activity a jwp:Activity ; jwp:repeatFrequency ?every ; dcterms:isPartOf ?programme
     FILTER(STR(?every) = "P1Y")
     ?programme jwp:startYear ?first ; jwp:endYear ?last }}
}}"""
_MEETINGS: Final = f"""{PREFIX_LINES}
SELECT ?meeting ?first ?last ?host ?convention WHERE {{
  ?meeting a jwp:Meeting
  OPTIONAL {{ ?meeting schema:startDate ?first }} OPTIONAL {{ ?meeting schema:endDate ?last }}
  OPTIONAL {{ ?meeting jwp:hostCountry ?host }} OPTIONAL {{ ?meeting jwp:parentConvention ?convention }}
}}"""
_CONCERNING: Final[Mapping[EntityKind, tuple[str, str]]] = {
    "activities": ("activity", _ACTIVITIES),
    "instruments": ("instrument", _INSTRUMENTS),
    "proposals": ("proposal", _PROPOSALS),
}


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
            first = await _find_nodes(site, "activity", (question.code or "",))
            words = text if len(question.words) == 1 else ""
            answer.reason = answer.reason if first else "no-such-entity"
        case "activities" | "instruments" | "proposals" as wanted:
            first = await _find_concerning(site, release, question, wanted)
            if question.days:
                dated = await _select_dated(site, question, first) if wanted == "activities" else []
                answer.ignores_day, first = not dated, dated or first
        case "meeting" | "meetings" as wanted:
            first = await (_find_meetings if wanted == "meeting" else _find_meetings_held)(site, question)
            answer.reason = answer.reason if first or wanted == "meetings" else "no-such-entity"
        case "not-in-graph" | "no-question" if named := await _find_named(release, question, text):
            return await _list_about_named(site, answer, named)
        case "not-in-graph" if found := await _find_by_words(release, question):
            answer.reason = question.kind
            first = found
        case "lists" | "parties" | "meanings" | "red-list" as wanted:
            words = question.understood if wanted == "red-list" else ""  # the countries that the question names
        case "country":
            words = question.countries[0].name
        case None | "not-listed" | "not-in-graph" | "not-a-country" if _is_question(question):
            first, words = animals, question.subject
        case "too-many-taxa":
            first, words = [], question.subject
        case None:
            first, words = [], text
        case _:
            return await find_hits(release, text) if any(character.isalnum() for character in text) else []
    named = await find_hits(release, words, near_misses=False) if words else []
    return _drop_duplicates([*first, *named, *animals, *countries])


async def _find_named(release: Release, question: Question, text: str) -> list[SearchHit]:
    """Return the entities that have the text as their name, or what is left of it without words such as "what is"."""
    places = [place for place, word in enumerate(question.words) if word.folded not in STOP_WORDS]
    kernel = text[question.words[places[0]].start : question.words[places[-1]].end] if places else text
    left = " ".join(question.left)
    # "the partners of ICCWC" are told by the page of ICCWC.
    core = " ".join(word for word in question.left if fold(word) not in ACTIVITY_PART_WORDS | PARTY_WORDS)
    found: list[SearchHit] = []
    for name in dict.fromkeys((text, kernel, *([left, core] if question.left and not question.animals else []))):
        if found or not any(character.isalnum() for character in name):
            continue
        hits = await find_hits(release, name, near_misses=False)
        same = [hit for hit in hits if name_key(hit.text) == name_key(name) and hit.kind.segment != "taxon"]
        found = [*same, *(hit for hit in hits if hit not in same)] if same else []
    return found


async def _list_about_named(site: AppContext, answer: QuestionAnswer, named: list[SearchHit]) -> list[SearchHit]:
    """Return the named entities, or the activities or instruments that name them; sets ``answer.reason``."""
    answer.reason = "other-thing"
    wanted = answer.question.concerning
    if not (PARTY_WORDS | SIGN_WORDS).isdisjoint(word.folded for word in answer.question.words):
        if named[0].kind.segment == "instrument" and answer.question.countries:
            answer.question.instruments = [named[0].iri]
        else:
            answer.question.countries = await _list_joining(site, named[0])  # the European Union is a Party
        answer.reason = "parties" if answer.question.countries else answer.reason
    kind = BY_SEGMENT[_CONCERNING[wanted][0]] if wanted else None
    if kind is None or named[0].kind is kind:
        return named
    naming = f"?thing ?property {quote_iri(named[0].iri)} ; a {quote_iri(kind.class_iri)}"
    rows = await site.queries.select(f"{PREFIX_LINES}SELECT DISTINCT ?thing WHERE {{ {naming} }}")
    these = {row["thing"].value for row in rows}
    found = [_make_hit(node, kind) for node in (await get_entity_index(site, kind)).nodes if node.iri in these]
    answer.reason = wanted if found else answer.reason
    return _drop_duplicates([*found, *named])


async def _list_joining(site: AppContext, hit: SearchHit) -> list[EntityNode]:
    """Return an entity if the graph has its status as a Party to an instrument."""
    joining = f"?joining jwp:party {quote_iri(hit.iri)}"
    if not await site.queries.select(f"{PREFIX_LINES}SELECT ?joining WHERE {{ {joining} }} LIMIT 1"):
        return []
    return [node for node in (await get_entity_index(site, hit.kind)).nodes if node.iri == hit.iri]


async def _find_by_words(release: Release, question: Question) -> list[SearchHit]:
    """Return the activities or instruments with the words of a question in their names."""
    words = question.topics or question.left
    # What concerns an animal or a country is not found by the other words of the question.
    if question.concerning is None or not words or question.animals or question.countries:
        return []
    segment, _ = _CONCERNING[question.concerning]
    hits = await find_hits(release, " ".join(words), near_misses=False)
    return [hit for hit in hits if hit.kind.segment == segment]


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


async def _find_concerning(
    site: AppContext, release: Release, question: Question, wanted: EntityKind
) -> list[SearchHit]:
    """Return the activities, instruments or proposals that concern what is named.

    With animals and countries these concern both, or the animals if none concerns both; all if nothing is named.
    """
    segment, pattern = _CONCERNING[wanted]
    kind = BY_SEGMENT[segment]
    nodes = (await get_entity_index(site, kind)).nodes
    animals = [iri for named in question.animals for iri in (*named.scientific, *named.common_taxa)]
    groups = {name for named in question.animals for name in named.group_taxa}
    if groups:
        animals += await _list_members(site, await find_scientific_names(release.search_path, groups))
    countries = [node.iri for node in question.countries]
    found = [await _select_concerning(site, pattern, about) for about in (animals, countries) if about]
    if not found and question.topics:
        return await _find_by_words(release, question)
    if not found:
        return [_make_hit(node, kind) for node in nodes]
    these = set.intersection(*found) or found[0]
    chosen = [node for node in nodes if node.iri in these]
    if wanted == "instruments":  # the one that the question names first
        chosen.sort(key=lambda node: _compare_names(node, question))
    return [_make_hit(node, kind) for node in chosen]


async def _select_dated(site: AppContext, question: Question, hits: list[SearchHit]) -> list[SearchHit]:
    """Return the activities whose text names a year of the question or that recur each year of their programme."""
    rows = await site.queries.select(_DATED)
    years = {row["activity"].value: (int(row["first"].value[:4]), int(row["last"].value[:4])) for row in rows}
    return [
        hit
        for hit in hits
        if hit.iri in years
        and any(years[hit.iri][0] <= day.on.year and day.first.year <= years[hit.iri][1] for day in question.days)
    ]


async def _select_concerning(site: AppContext, pattern: str, about: Iterable[str]) -> set[str]:
    where = pattern.format(about=" ".join(map(quote_iri, sorted(about))))
    rows = await site.queries.select(f"{PREFIX_LINES}SELECT DISTINCT ?thing WHERE {{ {where} }}")
    return {row["thing"].value for row in rows}


def _compare_names(node: EntityNode, question: Question) -> tuple[int, int]:
    """Return a sort key: names with more words of the question first, then those with fewer other words."""
    words = {singular for word in question.words for singular in list_singulars(word.folded)}
    keys = (set(name_key(term.value)) for predicate in _NAMING for term in node.properties.get(predicate, ()))
    return min(((-len(words & key), len(key - words)) for key in keys), default=(0, 0))


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


async def _find_meetings_held(site: AppContext, question: Question) -> list[SearchHit]:
    """Return the meetings on the days, in the countries and of the treaties of a question, the earliest first."""
    treaties = {TREATY_IRIS[short] for short in question.treaties}
    hosts = {node.iri for node in question.countries}
    found: dict[str, str] = {}
    for row in await site.queries.select(_MEETINGS):
        begins, ends = (_read_date(row[name].value) if name in row else None for name in ("first", "last"))
        ends = ends or begins
        is_within = begins and ends and any(begins.first <= day.on and day.first <= ends.last for day in question.days)
        host, convention = (row[name].value if name in row else None for name in ("host", "convention"))
        if (
            (is_within or not question.days)
            and (not hosts or host in hosts)
            and (not treaties or convention in treaties)
        ):
            found.setdefault(row["meeting"].value, row["first"].value if "first" in row else "")
    kind = BY_SEGMENT["meeting"]
    nodes = [node for node in (await get_entity_index(site, kind)).nodes if node.iri in found]
    return [_make_hit(node, kind) for node in sorted(nodes, key=lambda node: found[node.iri])]


def _read_date(text: str) -> PartialDate | None:
    try:
        return PartialDate.parse(text)
    except ValueError:
        return None


def _make_hit(node: EntityNode, kind: EntityType) -> SearchHit:
    return SearchHit(node.iri, kind, score=_SCORE)
