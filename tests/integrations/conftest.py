"""The whole service as a black box: a process of its own, reached over a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture
def web(shipped) -> Iterator[httpx.Client]:
    """A client of the shipped service, without a token."""
    with shipped.client() as client:
        yield client
