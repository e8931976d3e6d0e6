"""The publisher of the service, as the catalogue names it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Publisher:
    """The publisher of the service.

    Attributes:
        name: its name.
        homepage: its web page.
        contact: an email address or a web page for questions; ``None``: the publisher's web page, or the service's.
    """

    name: str = "jwpgraph"
    homepage: str | None = None
    contact: str | None = None
