"""Times of the last changes of entities and of their values, for ``updated``."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pyoxigraph import Literal, Triple

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.integrations.odata.records import truncate_datetime
from jwpgraph.problems import ProblemError
from jwpgraph.releases.entity_change_queries import EntityVersion


@dataclass(frozen=True)
class ChangeTimes:
    """When entities and their values changed last.

    Attributes:
        default: the time of an entity whose change is not recorded; ``None`` if unknown.
        last: the time of the last change of each entity.
        versions: the versions of entities that changed after their creation, the last one first.
    """

    default: datetime | None = None
    last: Mapping[str, datetime] = field(default_factory=dict)
    versions: Mapping[str, Sequence[EntityVersion]] = field(default_factory=dict)

    def of(self, iri: str) -> datetime | None:
        """Return the time of the last change of an entity."""
        return self.last.get(iri, self.default)

    def of_value(self, node: EntityNode, predicate: str) -> datetime | None:
        """Return the time since which an entity has its present values of a property.

        Where an earlier version was not kept, the value may be older.
        """
        now = {(term.value, term.language or "") for term in node.properties.get(predicate, ())}
        versions = self.versions.get(node.iri, ())
        if not versions:
            return self.of(node.iri)
        since = versions[0].published
        for version in versions[1:]:
            if version.statements is None or _list_values(version.statements, node.iri, predicate) != now:
                break
            since = version.published
        return truncate_datetime(since)


def _list_values(statements: Sequence[Triple], iri: str, predicate: str) -> set[tuple[str, str]]:
    return {
        (one.object.value, one.object.language or "" if isinstance(one.object, Literal) else "")
        for one in statements
        if not isinstance(one.object, Triple) and str(one.subject) == f"<{iri}>" and one.predicate.value == predicate
    }


async def read_change_times(site: AppContext, iris: Collection[str]) -> ChangeTimes:
    """Return the times of the last changes of entities and of the values of *iris*.

    An entity whose change is not recorded has the time of the current release, so that harvesters do not miss changes.
    A remote endpoint has no releases; the time is then unknown.
    """
    release = site.served_release()
    published = truncate_datetime(release.manifest.created) if release else None
    last = {iri: truncate_datetime(moment) for iri, moment in (await site.last_changes()).items()}
    if not last or site.changes is None:
        return ChangeTimes(published, last)
    try:
        versions = await asyncio.to_thread(site.changes.list_versions, sorted(iris), site.release_number)
    except ProblemError:
        return ChangeTimes(published, last)
    return ChangeTimes(published, last, versions)
