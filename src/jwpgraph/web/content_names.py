"""Names in the content language, and how many of them there are in each."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import takewhile

from jwpgraph.answers.animal_selection import get_common_names
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_slug
from jwpgraph.entities.nodes import list_preferred_languages
from jwpgraph.problems import ProblemError
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
    """Return common names and their languages by IRI of the concept, in the preferred languages before English."""
    languages = [*takewhile(lambda one: one != "en", list_preferred_languages())]
    found: dict[str, tuple[str, str]] = {}
    for language in reversed(languages):
        names = await get_common_names(site, language)
        found |= {iri: (name, language) for iri, name in names.items()}
    return found


async def get_file_names(site: AppContext) -> Mapping[str, tuple[str, str]]:
    """Return common names and their languages by IRI of the concept, in English where there is no preferred one."""
    english = {iri: (name, "en") for iri, name in (await get_common_names(site, "en")).items()}
    return english | {**await get_animal_names(site)}


async def list_group_names(site: AppContext) -> dict[str, str]:
    """Return the names of the species groups by slug, in the order of the programme."""
    nodes = (await get_entity_index(site, BY_SEGMENT["species-group"])).nodes
    return {get_slug(node.iri): node.name for node in nodes}
