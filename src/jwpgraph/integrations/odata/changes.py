"""The time of the last change of a thing, for ``updated``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from jwpgraph.entities.app_context import AppContext
from jwpgraph.integrations.odata.records import truncate_datetime

#: Gives the time at which the thing with an IRI last changed; None where it is unknown.
ChangeTime = Callable[[str], datetime | None]


def change_times(site: AppContext) -> ChangeTime:
    """Return a function that gives the time of the last change of a thing, by its IRI.

    A release does not record changes per thing, so all of them have changed when the served release was published, the
    latest time that is possible: a harvester reads too much rather than too little. Where a remote endpoint is read
    there are no releases, and the time is unknown.
    """
    release = site.served_release()
    created = truncate_datetime(release.manifest.created) if release else None
    return lambda _iri: created
