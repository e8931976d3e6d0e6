"""What is written to the log, and what is not."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import httpx
import pytest

from jwpgraph.operations.logs import configure_logs
from jwpgraph.settings import Settings


@pytest.fixture
def unchanged_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("httpx", "httpcore", "mcp"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize("level", ["debug", "info"])
@pytest.mark.usefixtures("unchanged_logging")
def test_addresses_of_requests_are_not_logged(level: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_level=level))
    answering = httpx.MockTransport(lambda _: httpx.Response(204))
    with httpx.Client(transport=answering) as client:
        client.post("https://hooks.example.org/services/secret")
    logging.getLogger("jwpgraph").info("said")
    told = capsys.readouterr().err
    assert "said" in told
    assert "secret" not in told
