"""Entities that are no longer there: given up by a statement of the data, or gone from the graph.

One rule holds for every interface. An entity is *given up* when the data says that it is replaced
(``dcterms:isReplacedBy``) or deprecated (``owl:deprecated``); it has *left the graph* when the log of changes knows it
and nothing is stated of it any more. Either way it is in no list, and its address leads to what replaces it (301) or
says when and why it went (410).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jwpgraph.entities.app_context import AppContext
from jwpgraph.problems import ProblemError
from jwpgraph.releases.entity_change_queries import EntityChange
from jwpgraph.releases.entity_changes import format_moment
from jwpgraph.vocabulary import PREFIXES

_QUERY = f"""
SELECT ?old ?new WHERE {{
  {{ ?old <{PREFIXES["dcterms"]}isReplacedBy> ?new }}
  UNION {{ ?old <{PREFIXES["owl"]}deprecated> true }}
}}"""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An entity that is no longer there.

    Attributes:
        iri: the entity.
        replaced_by: the IRI that stands in its place, if there is one.
        change: its withdrawal as the log of changes has it; None where it is not recorded.
        left: whether nothing is stated of it any more.
    """

    iri: str
    replaced_by: str | None
    change: EntityChange | None
    left: bool

    def problem(self) -> ProblemError:
        """The problem ``gone`` (410), with when and why."""
        if self.left:
            detail = f"{self.iri} was taken out of the graph"
        elif self.replaced_by:
            detail = f"{self.iri} is replaced by {self.replaced_by}"
        else:
            detail = f"{self.iri} is deprecated, and nothing is said to replace it"
        members: dict[str, Any] = {"id": self.iri}
        if self.change is not None:
            moment = format_moment(self.change.published)
            detail += f" (release {self.change.release}, {moment}"
            detail += f": {self.change.message})" if self.change.message else ")"
            members |= {"release": self.change.release, "at": moment, "reason": self.change.message}
        if self.replaced_by:
            members["replaced_by"] = self.replaced_by
        return ProblemError(
            "gone",
            "This identifier is no longer used",
            f"{detail}. Earlier releases may still describe it.",
            status=410,
            **members,
        )


async def read_given_up(site: AppContext) -> Mapping[str, str | None]:
    """What stands for each identifier that the data gives up; None for what nothing replaces."""

    async def read() -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for row in sorted(await site.queries.select(_QUERY), key=lambda row: row["new"].value if "new" in row else ""):
            old, new = row["old"].value, row["new"].value if "new" in row else None
            found[old] = found.get(old) or new
        return found

    return await site.once_per_release("given up", read)


async def find_withdrawal(site: AppContext, iris: Sequence[str]) -> Withdrawal | None:
    """The withdrawal of the first of *iris* that is no longer there; None where none is known to be.

    Args:
        site: where that is read from.
        iris: spellings of one IRI.
    """
    given_up = await read_given_up(site)
    old = next((iri for iri in iris if iri in given_up), None)
    if old is not None:
        new, passed = given_up[old], {old}
        while new is not None and new in given_up and new not in passed:
            passed.add(new)
            new = given_up[new]
        return Withdrawal(old, new, await _find_change(site, (old,)), left=False)
    change = await _find_change(site, iris)
    if change is None:
        return None
    return Withdrawal(change.iri, change.replaced_by, change, left=True)


async def _find_change(site: AppContext, iris: Sequence[str]) -> EntityChange | None:
    """The withdrawal of an entity in the log of changes, where that is the last that is known of it."""
    if site.changes is None or not site.changes.path.is_file():
        return None
    change = await asyncio.to_thread(site.changes.last_change, iris, site.release_number)
    return change if change is not None and change.kind == "withdrawn" else None
