"""The time of the last change of a thing, for ``updated``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from jwpgraph.entities.app_context import AppContext
from jwpgraph.integrations.odata.records import truncate_datetime

#: Gives the time at which the thing with an IRI last changed; None where it is unknown.
ChangeTime = Callable[[str], datetime | None]


async def change_times(site: AppContext) -> ChangeTime:
    """Return a function that gives the time of the last change of a thing, by its IRI.

    What is not recorded has changed with the served release at the latest: a harvester reads too much rather than too
    little. Where a remote endpoint is read there are no releases, and the time is unknown.
    """
    release = site.served_release()
    published = truncate_datetime(release.manifest.created) if release else None
    changes = {iri: truncate_datetime(moment) for iri, moment in (await site.last_changes()).items()}
    return lambda iri: changes.get(iri, published)
