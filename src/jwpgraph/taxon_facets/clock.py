"""The current day."""

from __future__ import annotations

from datetime import UTC, date, datetime


def get_today() -> date:
    """Return the current day in UTC, which is the same for all clients."""
    return datetime.now(UTC).date()
