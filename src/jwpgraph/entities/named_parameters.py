"""Parameters that name an entity: by IRI, slug, notation or code."""

from __future__ import annotations

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT, EntityType
from jwpgraph.entities.iri_mapping import iri_slug
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.problems import ProblemError


async def resolve_parameter(site: AppContext, parameter: str, segment: str, value: str) -> EntityNode:
    """Return the entity of a type that a parameter names.

    Raises:
        ProblemError: ``unknown-value`` (422).
    """
    kind: EntityType = BY_SEGMENT[segment]
    known = await get_entity_index(site, kind)
    found = known.resolve(value)
    if len(found) != 1:
        near = [iri_slug(node.iri) for node in found]
        near = near or [node.notation or iri_slug(node.iri) for node in known.near(value)]
        hint = f"Did you mean {' or '.join(near)}?" if near else f"For example {', '.join(known.examples())}."
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
