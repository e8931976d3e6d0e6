"""The day as at which things are found: today, where nobody names another."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """The day in UTC, on which everybody who asks at once agrees."""
    return datetime.now(UTC).date()
