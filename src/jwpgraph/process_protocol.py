"""Version of the messages between the processes of a service.

A running service starts its builder and its spawner again when they end. After an upgrade these are of the new version
while the service is still of the old one; each side checks the version of the other and refuses to work with it.
"""

from __future__ import annotations

from typing import Final

import jwpgraph
from jwpgraph.problems import ProblemError

#: Increase this with every change of the messages or arguments of builder, spawner or workers.
_MESSAGES: Final = 2
#: Version of the software and of its messages.
PROCESS_VERSION: Final = f"{jwpgraph.__version__}/{_MESSAGES}"


def make_version_problem(service: str, installed: str) -> ProblemError:
    """Return the problem ``software-upgraded`` (503).

    Args:
        service: the version of the running service.
        installed: the version of the process that it started.
    """
    return ProblemError(
        "software-upgraded",
        "Another version has been installed",
        f"the service runs version {service or 'unknown'}, but version {installed or 'unknown'} is installed; "
        "restart the service; nothing was published",
        status=503,
        headers={"Retry-After": "60"},
    )
