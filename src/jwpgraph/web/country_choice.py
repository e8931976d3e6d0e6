"""The country in the parameter ``in``, and the list of countries to choose from."""

from __future__ import annotations

from markupsafe import Markup
from starlette.requests import Request

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.nodes import EntityNode, list_preferred_languages, prefer_language
from jwpgraph.problems import ProblemError, explain


async def list_country_options(site: AppContext, chosen: EntityNode | None) -> Markup:
    """Return the options for the country as HTML, rendered once per release and language."""
    languages = list_preferred_languages()

    async def write() -> Markup:
        nodes = (await get_entity_index(site, BY_SEGMENT["country"])).nodes
        option = Markup('<option value="{}">{}</option>')
        with prefer_language(*languages):
            return Markup().join(option.format(node.notation, node.name) for node in nodes if node.notation)

    options = await site.once_per_release(f"country options {' '.join(languages)}", write)
    if chosen is None:
        return options
    value = Markup('<option value="{}"').format(chosen.notation)
    return Markup(options.replace(value, value + Markup(" selected"), 1))  # noqa: S704 - both parts are escaped


async def get_requested_country(site: AppContext, request: Request) -> EntityNode | None:
    """Return the country in the parameter ``in``.

    Raises:
        ProblemError: ``unknown-value`` (422) if it names none.
    """
    name = request.query_params.get("in")
    if not name:
        return None
    known = await get_entity_index(site, BY_SEGMENT["country"])
    found = known.resolve(name)
    if len(found) != 1:
        near = known.near(name)
        hint = f"Did you mean {' or '.join(node.name for node in near)}?" if near else ""
        detail = explain("%(name)s: “%(value)s”.", hint, name="in", value=name[:80])
        listed = [{"id": node.iri, "label": node.name, "notation": node.notation} for node in near]
        raise ProblemError("unknown-value", "There is no such country", detail, status=422, near=listed)
    return found[0]
