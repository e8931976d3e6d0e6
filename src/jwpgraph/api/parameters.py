"""Common parameters of the routes about taxa and countries: an entity, a day and a country."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from jwpgraph.api.routes import make_unknown_name_problem
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_slug, path_to_iris
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.entities.withdrawals import find_withdrawal
from jwpgraph.http.api_model import ApiModel
from jwpgraph.http.parameters import YEARS, parse_day
from jwpgraph.problems import ProblemError


def _check_day(text: str) -> str:
    if parse_day(text).year not in YEARS:
        raise ValueError("the year must lie between 1900 and 2999")
    return text


Day = Annotated[str, AfterValidator(_check_day)]


class DayParameters(ApiModel):
    """The parameter for the day."""

    model_config = ConfigDict(extra="forbid")

    on: Day | None = Field(None, description="The day, such as 2016-05-01; default: today (UTC).")

    @property
    def day(self) -> date:
        """Return the requested day; by default today."""
        return date.fromisoformat(self.on) if self.on else datetime.now(UTC).date()


class PlaceParameters(DayParameters):
    """Parameters for a day and a country."""

    country: str | None = Field(
        None,
        min_length=1,
        max_length=50,
        description="Only for the populations of this country: its ISO code, such as BW.",
    )


async def resolve_named(site: AppContext, segment: str, name: str) -> EntityNode:
    """Return the entity of a type with the name or slug *name* in the address.

    Raises:
        ProblemError: ``not-found`` or ``ambiguous-name`` (404), with what may have been meant; ``gone`` (410).
    """
    kind = BY_SEGMENT[segment]
    found = (await get_entity_index(site, kind)).resolve(name)
    if not found:
        withdrawal = await find_withdrawal(site, path_to_iris(f"/id/{segment}/{name}"))
        raise withdrawal.problem() if withdrawal else await make_unknown_name_problem(site, kind, name)
    if len(found) > 1:
        raise ProblemError(
            "ambiguous-name",
            "The name is ambiguous",
            f"{name!r} may be {' or '.join(get_slug(node.iri) for node in found)}.",
            status=404,
            choices=[node.iri for node in found],
        )
    return found[0]
