"""Selection of the entities in a list request: converts parameters to SPARQL and names to IRIs, sorts and pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, create_model

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import EntityIndex, get_entity_index
from jwpgraph.entities.iri_mapping import get_slug, quote_iri, quote_string
from jwpgraph.entities.list_filters import RESOURCES, LinkFilter, ListResource
from jwpgraph.entities.nodes import EntityNode, make_natural_key
from jwpgraph.http.api_model import ApiModel
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import PREFIX_LINES

SortOrder = Literal["document", "-document", "label", "-label", "notation", "-notation"]
_WORDS = 10
_TEXTS = (
    "skos:prefLabel skos:altLabel skos:hiddenLabel skos:notation dcterms:description skos:definition jwp:officialText"
)


class ListParameters(ApiModel):
    """Parameters of every list; other parameters are rejected."""

    model_config = ConfigDict(extra="forbid")

    q: str | None = Field(
        None,
        max_length=200,
        description="Words that its names, notation, summary or official text contain, all of them.",
    )
    sort: SortOrder = Field("document", description="Order; with a minus the other way round.")
    limit: int = Field(50, ge=1, le=500, description="How many on a page.")
    offset: int = Field(0, ge=0, le=10_000_000, description="How many to skip.")


class ActivityParameters(ListParameters):
    """Additional parameters of the list of activities."""

    year: list[Annotated[int, Field(ge=1900, le=2999)]] = Field([], description="A year that its text names.")
    recurring: bool | None = Field(None, description="Whether its text says that it recurs.")


@cache
def make_parameters_model(plural: str) -> type[ListParameters]:
    """Return the model of the query parameters of the list called *plural*."""
    resource = RESOURCES[plural]
    fields: dict[str, Any] = {
        name: (
            list[str],
            Field(
                [],
                max_length=50,
                description=(
                    f"{_get_article(link.kind.singular_label)}: slug, notation or IRI; repeat for any of several."
                ),
            ),
        )
        for name, link in resource.filters.items()
    }
    base = ActivityParameters if resource.is_activity else ListParameters
    return create_model(f"{resource.kind.class_name}Parameters", __base__=base, **fields)


def _get_article(name: str) -> str:
    return f"{'An' if name[0] in 'AEIOU' else 'A'} {name.lower()}"


@dataclass(frozen=True, slots=True)
class EntitySelection:
    """The entities on one page, and the total."""

    total: int
    iris: list[str]


async def select_entities(site: AppContext, resource: ListResource, parameters: ListParameters) -> EntitySelection:
    """Return the page of *resource* for *parameters*.

    Raises:
        ProblemError: ``unknown-value`` (422) for an unknown name.
    """
    known = await get_entity_index(site, resource.kind)
    patterns = [await _make_link_pattern(site, resource, name, parameters) for name in resource.filters]
    patterns += _make_activity_patterns(parameters)
    patterns += _make_text_patterns(parameters.q)
    nodes = known.nodes
    if any(patterns):
        query = f"""{PREFIX_LINES}SELECT DISTINCT ?s WHERE {{
  ?s a {quote_iri(resource.kind.class_iri)} .
  {" ".join(patterns)}
}}"""
        found = {row["s"].value for row in await site.queries.select(query)}
        nodes = [node for node in nodes if node.iri in found]
    if resource.kind.segment == "meeting":
        days = await _read_meeting_days(site)
        nodes = sorted(nodes, key=lambda node: (node.iri not in days, days.get(node.iri, "")))
    page = _sort_nodes(nodes, parameters.sort)[parameters.offset : parameters.offset + parameters.limit]
    return EntitySelection(len(nodes), [node.iri for node in page])


async def _read_meeting_days(site: AppContext) -> Mapping[str, str]:
    """Return the first day of each meeting, or that on which its decisions took effect, by its IRI."""

    async def read() -> Mapping[str, str]:
        rows = await site.queries.select(
            f"{PREFIX_LINES}SELECT ?meeting (MIN(STR(?day)) AS ?first) WHERE {{ "
            "?meeting a jwp:Meeting ; schema:startDate|jwp:appendicesEffectiveOn ?day } GROUP BY ?meeting"
        )
        return {row["meeting"].value: row["first"].value for row in rows if "meeting" in row}

    return await site.once_per_release("first days of meetings", read)


async def _make_link_pattern(site: AppContext, resource: ListResource, name: str, parameters: ListParameters) -> str:
    values: list[str] = getattr(parameters, name)
    if not values:
        return ""
    link = resource.filters[name]
    known = await get_entity_index(site, link.kind)
    iris = [node.iri for value in values for node in _resolve_value(known, name, value, link)]
    return f"VALUES ?{name} {{ {' '.join(map(quote_iri, iris))} }} ?s {link.path} ?{name} ."


def _resolve_value(known: EntityIndex, name: str, value: str, link: LinkFilter) -> list[EntityNode]:
    found = known.resolve(value)
    if not found:
        near = [node.notation or get_slug(node.iri) for node in known.near(value)]
        hint = f"Did you mean {' or '.join(near)}?" if near else f"For example {', '.join(known.examples())}."
        raise ProblemError(
            "unknown-value",
            "A filter has an unknown value",
            f"{name}: there is no {link.kind.singular_label.lower()} {value!r}. {hint}",
            status=422,
            parameter=name,
            value=value,
            examples=near or known.examples(),
        )
    return found


def _make_activity_patterns(parameters: ListParameters) -> list[str]:
    if not isinstance(parameters, ActivityParameters):
        return []
    found = []
    if parameters.year:
        years = " ".join(f'"{year}"^^xsd:gYear' for year in parameters.year)
        found.append(f"VALUES ?year {{ {years} }} ?s jwp:scheduledYear ?year .")
    if parameters.recurring is not None:
        found.append(f"FILTER {'' if parameters.recurring else 'NOT '}EXISTS {{ ?s jwp:repeatFrequency ?frequency }}")
    return found


def _make_text_patterns(words: str | None) -> list[str]:
    # A scan of the texts is several times as fast as a look-up for each of tens of thousands of entities.
    return [
        f"{{ SELECT DISTINCT ?s WHERE {{ VALUES ?property {{ {_TEXTS} }} ?s ?property ?text "
        f"FILTER(CONTAINS(LCASE(STR(?text)), {quote_string(word)})) }} }}"
        for word in (words or "").lower().split()[:_WORDS]
    ]


def _sort_nodes(nodes: list[EntityNode], sort: SortOrder) -> list[EntityNode]:
    by = sort.removeprefix("-")
    if by == "label":
        nodes = sorted(nodes, key=lambda node: (make_natural_key(node.name), node.iri))
    elif by == "notation":
        nodes = sorted(nodes, key=lambda node: (node.notation is None, make_natural_key(node.notation or ""), node.iri))
    return nodes[::-1] if sort.startswith("-") else nodes
