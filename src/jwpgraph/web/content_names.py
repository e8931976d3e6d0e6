"""Names in the content language, and how many of them there are in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from jwpgraph.answers.animal_rows import get_joined_concepts
from jwpgraph.answers.animal_selection import get_common_names, get_used_english_names
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.nodes import list_preferred_languages
from jwpgraph.problems import ProblemError
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxon_facets.taxonomy_cache import get_concepts, is_small_taxonomy
from jwpgraph.vocabulary import PREFIX_LINES
from jwpgraph.web.languages import CONTENT

_COUNTS = f"""{PREFIX_LINES}
SELECT ?language (COUNT(DISTINCT ?thing) AS ?things) WHERE {{
  VALUES ?property {{ skos:prefLabel skos:altLabel dwc:vernacularName }}
  ?thing ?property ?name BIND(LANG(?name) AS ?language)
  FILTER(?language IN ({", ".join(f'"{code}"' for code in CONTENT)}))
}} GROUP BY ?language"""
_NAME = "names by language"
#: The column of files with the language of the common names.
NAME_LANGUAGE = "common_name_lang"


async def count_names(site: AppContext) -> dict[str, int]:
    """Return the number of entities with a name in each content language; empty if it is not available yet."""

    async def read() -> dict[str, int]:
        found = {row["language"].value: int(row["things"].value) for row in await site.queries.select(_COUNTS)}
        return {code: found.get(code, 0) for code in CONTENT}

    try:
        return await site.once_per_release(_NAME, read)
    except ProblemError:
        return {}


async def get_animal_names(site: AppContext) -> Mapping[str, tuple[str, str]]:
    """Return common names and their languages by IRI of the concept, in the preferred languages before English.

    A concept without a name has that of the other concepts of its animal. For readers of English these are the names
    that animals are known by whose label is none. In a large release concepts have only their own names.
    """
    is_small = await is_small_taxonomy(site)
    languages = tuple(takewhile(lambda one: one != "en", list_preferred_languages()))
    if not is_small and not languages:
        return {}
    joined = await get_joined_concepts(site, get_today()) if is_small else {}
    found: dict[str, tuple[str, str]] = {}
    if not languages:
        found = {iri: (name, "en") for iri, name in (await get_used_english_names(site)).items()}
    for language in reversed(languages):
        names = await get_common_names(site, language)
        found |= {iri: (name, language) for iri, name in names.items()}
    for iri, animal in joined.items():
        if iri not in found and (named := next((one for one in animal if one in found), None)):
            found[iri] = found[named]
    return found if languages else await _prefer_labels(site, found, joined)


async def _prefer_labels(
    site: AppContext, names: Mapping[str, tuple[str, str]], joined: Mapping[str, Sequence[str]]
) -> Mapping[str, tuple[str, str]]:
    """Return English names without those of concepts whose label is a common name, which their animal has, too."""
    concepts = (await get_concepts(site, {*names, *joined})).values()
    labels = {one.iri: one.common_name for one in concepts if one.common_name and one.common_name != one.name}
    found = dict(names)
    for animal in joined.values():
        if label := next((labels[iri] for iri in animal if iri in labels), None):
            found |= dict.fromkeys(animal, (label, "en"))
    return {iri: name for iri, name in found.items() if iri not in labels}


async def list_group_names(site: AppContext) -> dict[str, str]:
    """Return the names of the species groups by slug, in the order of the programme."""
    nodes = (await get_entity_index(site, BY_SEGMENT["species-group"])).nodes
    return {get_slug(node.iri): node.name for node in nodes}
