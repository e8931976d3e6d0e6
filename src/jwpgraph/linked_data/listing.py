"""Which things a request lists: parameters to SPARQL, names to IRIs, order and page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from jwpgraph.linked_data.addresses import iri_ref, slug_of, string_literal
from jwpgraph.linked_data.filters import RESOURCES, LinkFilter, Resource
from jwpgraph.linked_data.nodes import Node, natural_key
from jwpgraph.linked_data.register import Register, register
from jwpgraph.linked_data.site import Site
from jwpgraph.problems import Problem
from jwpgraph.vocabulary import PREFIX_LINES

Sort = Literal["document", "-document", "label", "-label", "notation", "-notation"]
_WORDS = 10
_TEXTS = (
    "skos:prefLabel|skos:altLabel|skos:hiddenLabel|skos:notation|dcterms:description|skos:definition|jwp:officialText"
)


class ListParameters(BaseModel):
    """The parameters that every list understands; any other is refused."""

    model_config = ConfigDict(extra="forbid")

    q: str | None = Field(
        None,
        max_length=200,
        description="Words that its names, notation, summary or official text contain, all of them.",
    )
    sort: Sort = Field("document", description="Order; with a minus the other way round.")
    limit: int = Field(50, ge=1, le=500, description="How many on a page.")
    offset: int = Field(0, ge=0, le=10_000_000, description="How many to skip.")


class ActivityParameters(ListParameters):
    """What only activities can be filtered by."""

    year: list[Annotated[int, Field(ge=1900, le=2999)]] = Field([], description="A year that its text names.")
    recurring: bool | None = Field(None, description="Whether its text says that it recurs.")


@cache
def parameters_model(plural: str) -> type[ListParameters]:
    """The query parameters of the list called *plural*."""
    resource = RESOURCES[plural]
    fields: dict[str, Any] = {
        name: (
            list[str],
            Field(
                [],
                max_length=50,
                description=f"{_article(link.kind.singular_label)}: slug, notation or IRI; repeat for any of several.",
            ),
        )
        for name, link in resource.filters.items()
    }
    base = ActivityParameters if resource.is_activity else ListParameters
    return create_model(f"{resource.kind.class_name}Parameters", __base__=base, **fields)


def _article(name: str) -> str:
    return f"{'An' if name[0] in 'AEIOU' else 'A'} {name.lower()}"


@dataclass(frozen=True, slots=True)
class Selection:
    """The things on one page, and how many there are in all."""

    total: int
    iris: list[str]


async def select(site: Site, resource: Resource, parameters: ListParameters) -> Selection:
    """The page of *resource* that *parameters* ask for.

    Raises:
        Problem: ``unknown-value`` (422) for a name that nothing has.
    """
    known = await register(site, resource.kind)
    patterns = [await _link_pattern(site, resource, name, parameters) for name in resource.filters]
    patterns += _activity_patterns(parameters)
    patterns += _text_patterns(parameters.q)
    nodes = known.nodes
    if any(patterns):
        query = f"""{PREFIX_LINES}SELECT DISTINCT ?s WHERE {{
  ?s a {iri_ref(resource.kind.class_iri)} .
  {" ".join(patterns)}
}}"""
        found = {row["s"].value for row in await site.queries.select(query)}
        nodes = [node for node in nodes if node.iri in found]
    page = _sorted(nodes, parameters.sort)[parameters.offset : parameters.offset + parameters.limit]
    return Selection(len(nodes), [node.iri for node in page])


async def _link_pattern(site: Site, resource: Resource, name: str, parameters: ListParameters) -> str:
    values: list[str] = getattr(parameters, name)
    if not values:
        return ""
    link = resource.filters[name]
    known = await register(site, link.kind)
    iris = [node.iri for value in values for node in _resolve(known, name, value, link)]
    return f"VALUES ?{name} {{ {' '.join(map(iri_ref, iris))} }} ?s {link.path} ?{name} ."


def _resolve(known: Register, name: str, value: str, link: LinkFilter) -> list[Node]:
    found = known.resolve(value)
    if not found:
        near = [node.notation or slug_of(node.iri) for node in known.near(value)]
        hint = f"Did you mean {' or '.join(near)}?" if near else f"For example {', '.join(known.examples())}."
        raise Problem(
            "unknown-value",
            "A filter names something that does not exist",
            f"{name}: there is no {link.kind.singular_label.lower()} {value!r}. {hint}",
            status=422,
            parameter=name,
            value=value,
            examples=near or known.examples(),
        )
    return found


def _activity_patterns(parameters: ListParameters) -> list[str]:
    if not isinstance(parameters, ActivityParameters):
        return []
    found = []
    if parameters.year:
        years = " ".join(f'"{year}"^^xsd:gYear' for year in parameters.year)
        found.append(f"VALUES ?year {{ {years} }} ?s jwp:scheduledYear ?year .")
    if parameters.recurring is not None:
        found.append(
            f"FILTER {'' if parameters.recurring else 'NOT '}EXISTS {{ ?s schema:repeatFrequency ?frequency }}"
        )
    return found


def _text_patterns(words: str | None) -> list[str]:
    found = []
    for index, word in enumerate((words or "").lower().split()[:_WORDS]):
        text = f"?text{index}"
        contains = f"CONTAINS(LCASE(STR({text})), {string_literal(word)})"
        found.append(f"FILTER EXISTS {{ ?s {_TEXTS} {text} FILTER({contains}) }}")
    return found


def _sorted(nodes: list[Node], sort: Sort) -> list[Node]:
    by = sort.removeprefix("-")
    if by == "label":
        nodes = sorted(nodes, key=lambda node: (natural_key(node.name), node.iri))
    elif by == "notation":
        nodes = sorted(nodes, key=lambda node: (node.notation is None, natural_key(node.notation or ""), node.iri))
    return nodes[::-1] if sort.startswith("-") else nodes
