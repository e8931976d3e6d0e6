"""Withdrawn entities: marked as withdrawn in the data, or no longer in the graph.

All interfaces follow one rule. An entity is *given up* if the data say that it is replaced (``dcterms:isReplacedBy``)
or deprecated (``owl:deprecated``); it has *left the graph* if the log of changes contains it and there are no
statements about it any more. In both cases it is in no list, and its URL redirects to its replacement (301) or states
when and why it was withdrawn (410).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.problems import ProblemError, explain
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
    """A withdrawn entity.

    Attributes:
        iri: the entity.
        replaced_by: the IRI that stands in its place, if there is one.
        change: its withdrawal as the log of changes has it; None if it is not recorded.
        left: whether nothing is stated of it any more.
    """

    iri: str
    replaced_by: str | None
    change: EntityChange | None
    left: bool

    def problem(self) -> ProblemError:
        """Return the problem ``gone`` (410), with time and reason."""
        members: dict[str, Any] = {"id": self.iri}
        hint = ""
        if self.change is not None:
            moment = format_moment(self.change.published)
            reason = f": {self.change.message}" if self.change.message else ""
            hint = f"That was in release {self.change.release}, {moment}{reason}."
            members |= {"release": self.change.release, "at": moment, "reason": self.change.message}
        if self.left:
            detail = explain("%(iri)s was withdrawn. Earlier releases may still describe it.", hint, iri=self.iri)
        elif self.replaced_by:
            members["replaced_by"] = self.replaced_by
            detail = explain("%(iri)s is replaced by %(other)s.", hint, iri=self.iri, other=self.replaced_by)
        else:
            detail = explain(
                "%(iri)s is deprecated, without a replacement. Earlier releases may still describe it.",
                hint,
                iri=self.iri,
            )
        return ProblemError("gone", "This identifier is no longer used", detail, status=410, **members)


async def read_given_up(site: AppContext) -> Mapping[str, str | None]:
    """Return the replacement of each identifier that the data give up; ``None`` without a replacement."""

    async def read() -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for row in sorted(await site.queries.select(_QUERY), key=lambda row: row["new"].value if "new" in row else ""):
            old, new = row["old"].value, row["new"].value if "new" in row else None
            found[old] = found.get(old) or new
        return found

    return await site.once_per_release("given up", read)


async def find_withdrawal(site: AppContext, iris: Sequence[str]) -> Withdrawal | None:
    """Return the withdrawal of the first withdrawn one of *iris*; ``None`` if none is known to be withdrawn.

    Args:
        site: where that is read from.
        iris: spellings of one IRI.

    Raises:
        ProblemError: ``changes-unavailable`` if the log cannot be read and the release does not describe the entity.
    """
    given_up = await read_given_up(site)
    old = next((iri for iri in iris if iri in given_up), None)
    if old is not None:
        new, passed = given_up[old], {old}
        while new is not None and new in given_up and new not in passed:
            passed.add(new)
            new = given_up[new]
        change = None
        # The replacement is known without the log of changes.
        with suppress(ProblemError):
            change = await _find_change(site, (old,))
        return Withdrawal(old, new, change, left=False)
    try:
        change = await _find_change(site, iris)
    except ProblemError:
        # Without the log, only what the release describes is known not to have left it.
        for iri in iris:
            if await site.queries.ask(f"ASK {{ {quote_iri(iri)} ?p ?o }}"):
                return None
        raise
    if change is None:
        return None
    return Withdrawal(change.iri, change.replaced_by, change, left=True)


async def _find_change(site: AppContext, iris: Sequence[str]) -> EntityChange | None:
    """Return the withdrawal of an entity from the log of changes, if that is its last change."""
    if site.changes is None or not site.changes.path.is_file():
        return None
    change = await asyncio.to_thread(site.changes.last_change, iris, site.release_number)
    return change if change is not None and change.kind == "withdrawn" else None
