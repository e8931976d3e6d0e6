"""Endpoints of the writer that cover all front processes: metrics, readiness, and running queries.

A process that does not answer in time is left out, and ``/readyz`` names it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import orjson
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector
from starlette.types import Receive, Scope, Send

from jwpgraph.server.app import Application
from jwpgraph.server.front_processes import FrontProcesses
from jwpgraph.server.internal_requests import Peer, capture

_RUNNING: Final = "/sparql/running"
#: Seconds to wait for the response of another process.
_PEER_SECONDS: Final = 2.0
_READING: Final = frozenset({"GET", "HEAD"})
#: Gauges of what all processes share (the release, validation runs), of the version and of the start of a process.
_NOT_SUMMED: Final = (
    "jwpgraph_release_",
    "jwpgraph_shacl_",
    "jwpgraph_front_processes",
    "python_info",
    "process_start_time_seconds",
)
_NOT_SUMMED_SUFFIXES: Final = ("_created", "_max_fds")


class GroupEndpoints:
    """The ASGI application of the writer.

    Args:
        application: answers each request, with what this process knows.
        front: the other processes.
    """

    def __init__(self, application: Application, front: FrontProcesses) -> None:
        self._application = application
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and self._front.peers:
            path = self._application.path_of(scope)
            if scope["method"] in _READING and path in {"/metrics", "/readyz", _RUNNING}:
                await self._collect(path, scope, send)
                return
            if scope["method"] == "DELETE" and path.startswith(_RUNNING + "/"):
                await self._cancel(path.removeprefix(_RUNNING + "/"), scope, receive, send)
                return
        await self._application(scope, receive, send)

    async def _collect(self, path: str, scope: Scope, send: Send) -> None:
        if path == "/metrics":
            # The text format can be parsed; Prometheus accepts it as well as OpenMetrics.
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept"]}
        asked = {**scope, "method": "GET"}
        own = await capture(self._application, asked)
        others = await self._ask_peers(asked) if own.status == 200 else {}
        combine = {"/metrics": _combine_metrics, "/readyz": _combine_readiness, _RUNNING: _combine_running}[path]
        body = combine(own.body, others) if others else own.body
        await own.pass_on(send, body, head=scope["method"] == "HEAD")

    async def _ask_peers(self, scope: Scope) -> dict[int, bytes]:
        """Return the bodies of successful responses of the other processes, by number; empty without a response."""
        peers = self._front.peers
        bodies = await asyncio.gather(*(_ask_peer(peer, scope) for peer in peers.values()))
        return dict(zip(peers, bodies, strict=True))

    async def _cancel(self, query_id: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the process cancel a query that runs it."""
        listing = {**scope, "method": "GET", "path": _RUNNING, "raw_path": _RUNNING.encode(), "query_string": b""}
        for number, body in (await self._ask_peers(listing)).items():
            if any(query["id"] == query_id for query in _read_queries(body)):
                peer = self._front.peers.get(number)
                if peer is not None:
                    await peer.answer(scope, receive, send)
                    return
        await self._application(scope, receive, send)


async def _ask_peer(peer: Peer, scope: Scope) -> bytes:
    try:
        async with asyncio.timeout(_PEER_SECONDS):
            captured = await capture(peer.answer, scope)
    except TimeoutError:
        return b""
    return captured.body if captured.status == 200 else b""


class _Combined(Collector):
    """The metrics of several processes: samples with equal names and labels are added."""

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Metric] = {}
        values: dict[str, dict[tuple[str, frozenset[tuple[str, str]]], tuple[dict[str, str], float]]] = {}
        for text in self._texts:
            for family in text_string_to_metric_families(text):
                families.setdefault(family.name, family)
                known = values.setdefault(family.name, {})
                for sample in family.samples:
                    key = sample.name, frozenset(sample.labels.items())
                    before = known.get(key, (sample.labels, 0.0))[1]
                    added = max(before, sample.value) if _is_common(sample.name) else before + sample.value
                    known[key] = sample.labels, added
        for name, family in families.items():
            metric = Metric(name, family.documentation, family.type)
            for (sample_name, _), (labels, value) in values[name].items():
                metric.add_sample(sample_name, labels, value)
            yield metric


def _is_common(name: str) -> bool:
    return name.startswith(_NOT_SUMMED) or name.endswith(_NOT_SUMMED_SUFFIXES)


def _combine_metrics(own: bytes, others: dict[int, bytes]) -> bytes:
    """Return the metrics of all processes in the text format of Prometheus.

    Args:
        own: the metrics of the writer.
        others: those of the readers, by number.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Combined([text.decode() for text in (own, *others.values()) if text]))
    return generate_latest(registry)


def _combine_readiness(own: bytes, others: dict[int, bytes]) -> bytes:
    document = orjson.loads(own)
    troubles = dict(document.get("troubles", {}))
    for number, body in others.items():
        if not body:
            troubles[f"front process {number}"] = "it does not answer"
            continue
        for name, text in orjson.loads(body).get("troubles", {}).items():
            troubles[f"front process {number}: {name}"] = text
    return orjson.dumps(document | ({"status": "degraded", "troubles": troubles} if troubles else {}))


def _combine_running(own: bytes, others: dict[int, bytes]) -> bytes:
    queries = [query for body in (own, *others.values()) for query in _read_queries(body)]
    return orjson.dumps({"queries": queries})


def _read_queries(body: bytes) -> list[dict[str, Any]]:
    queries: list[dict[str, Any]] = orjson.loads(body)["queries"] if body else []
    return queries
