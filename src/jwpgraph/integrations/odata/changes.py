"""Times of the last changes of entities, for ``updated``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from jwpgraph.entities.app_context import AppContext
from jwpgraph.integrations.odata.records import truncate_datetime

#: Returns the time of the last change of the entity with an IRI; None if unknown.
ChangeTime = Callable[[str], datetime | None]


async def read_change_times(site: AppContext) -> ChangeTime:
    """Return a function that returns the time of the last change of the entity with an IRI.

    An entity whose change is not recorded has the time of the current release, so that harvesters do not miss changes.
    A remote endpoint has no releases; the time is then unknown.
    """
    release = site.served_release()
    published = truncate_datetime(release.manifest.created) if release else None
    changes = {iri: truncate_datetime(moment) for iri, moment in (await site.last_changes()).items()}
    return lambda iri: changes.get(iri, published)
