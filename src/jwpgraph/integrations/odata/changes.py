"""When what an entity describes last changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from jwpgraph.entities.app_context import AppContext
from jwpgraph.integrations.odata.records import moment

#: The moment at which the thing with an IRI last changed; None where nobody knows.
LastChange = Callable[[str], datetime | None]


def last_changes(site: AppContext) -> LastChange:
    """What tells of each thing when it last changed: all of them when the served release was published.

    A release states no change per thing, so the latest moment that is possible is given: a harvester reads too much
    rather than too little. Where a remote endpoint is read there are no releases, and nothing is said.
    """
    release = site.served_release()
    created = moment(release.manifest.created) if release else None
    return lambda _iri: created
