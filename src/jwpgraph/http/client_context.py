"""Who asks: set for each request, so that reads made on a client's behalf count as that client's."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

#: The address of the client whose request is being answered; ``None`` outside of requests.
CLIENT: Final[ContextVar[str | None]] = ContextVar("client", default=None)
