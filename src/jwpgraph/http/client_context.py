"""The client of the current request, so that queries run for a page count towards that client's limits."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

#: Address of the client of the current request; ``None`` outside a request.
CLIENT: Final[ContextVar[str | None]] = ContextVar("client", default=None)
