"""Parameters that name an entity: by IRI, slug, notation or code."""

from __future__ import annotations

from typing import Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT, EntityType
from jwpgraph.entities.iri_mapping import get_slug, quote_iri
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.problems import ProblemError
from jwpgraph.vocabulary import PREFIX_LINES

_SUCCESSORS: Final = (
    f"{PREFIX_LINES}SELECT ?country WHERE {{{{ {{former}} jwp:succeededBy ?country }}}} ORDER BY ?country"
)


async def resolve_parameter(site: AppContext, parameter: str, segment: str, value: str) -> EntityNode:
    """Return the entity of a type that a parameter names.

    Raises:
        ProblemError: ``unknown-value`` (422).
    """
    kind: EntityType = BY_SEGMENT[segment]
    known = await get_entity_index(site, kind)
    found = known.resolve(value)
    if len(found) != 1:
        near = [get_slug(node.iri) for node in found]
        near = near or [node.notation or get_slug(node.iri) for node in known.near(value)]
        hint = f"Did you mean {' or '.join(near)}?" if near else f"For example {', '.join(known.examples())}."
        if segment == "country" and not found and (former := await _find_former(site, value)):
            rows = await site.queries.select(_SUCCESSORS.format(former=quote_iri(former.iri)))
            near = [get_slug(row["country"].value) for row in rows]
            hint = f"It is a former State or area, {former.name}; its successors: {', '.join(near)}."
        raise ProblemError(
            "unknown-value",
            "A filter has an unknown value",
            f"{parameter}: there is no single {kind.singular_label.lower()} {value!r}. {hint}",
            status=422,
            parameter=parameter,
            value=value,
            examples=near or known.examples(),
        )
    return found[0]


async def _find_former(site: AppContext, value: str) -> EntityNode | None:
    """Return the former State or area that a value names."""
    found = (await get_entity_index(site, BY_SEGMENT["historic-area"])).resolve(value)
    return found[0] if len(found) == 1 else None
