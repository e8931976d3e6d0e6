"""After an upgrade, a service and the processes that it starts are of different versions and refuse each other."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution import spawner_client
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.server import builder_client
from jwpgraph.settings import Settings

CHANGE = SparqlUpdate("INSERT DATA { <urn:a> <urn:b> <urn:c> }")


async def no_op() -> None:
    """Do nothing."""


def test_a_service_refuses_a_builder_of_another_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder_client, "PROCESS_VERSION", "0.0.9/1")
    reported: dict[str, str | None] = {}

    async def write() -> None:
        client = builder_client.BuilderClient(Settings(data_dir=tmp_path), no_op, reported.__setitem__)
        try:
            await client.write(CHANGE)
        finally:
            await client.stop()

    with pytest.raises(ProblemError) as raised:
        asyncio.run(write())
    assert (raised.value.slug, raised.value.status) == ("software-upgraded", 503)
    assert "runs version 0.0.9/1" in raised.value.detail
    assert "restart the service" in (reported["builder"] or "")
    assert not (tmp_path / "CURRENT").exists()


def test_a_builder_refuses_a_service_of_another_version(tmp_path: Path) -> None:
    request = orjson.dumps({"kind": "SparqlUpdate", "change": {"text": CHANGE.text}}, option=orjson.OPT_APPEND_NEWLINE)
    ended = subprocess.run(
        [sys.executable, "-m", "jwpgraph.server.builder_process"],
        input=request,
        capture_output=True,
        env=os.environ | {"JWPGRAPH_DATA_DIR": str(tmp_path)},
        check=True,
    )
    reply = orjson.loads(ended.stdout.splitlines()[-1])
    assert reply["problem"]["slug"] == "software-upgraded"
    assert "the service runs version unknown" in reply["problem"]["detail"]


def test_a_service_refuses_a_spawner_of_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spawner_client, "PROCESS_VERSION", "0.0.9/1")

    async def start() -> None:
        client = spawner_client.SpawnerClient(network=False, on_restart=lambda: None)
        try:
            await client.start()
        finally:
            await client.stop()

    with pytest.raises(ProblemError) as raised:
        asyncio.run(start())
    assert raised.value.slug == "software-upgraded"


def test_a_spawner_says_one_line_to_a_service_that_sends_no_version() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ended = subprocess.run(
            [sys.executable, "-m", "jwpgraph.query_execution.spawner", str(theirs.fileno()), "fenced"],
            pass_fds=[theirs.fileno()],
            capture_output=True,
            text=True,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert "restart the service" in ended.stderr
