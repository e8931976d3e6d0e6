"""The endpoint and the graph store over a real data directory, as a process of their own.

Everything is the service's own but the pages and the facade, which these tests do not touch and need not wait for.
Settings come from the environment; the port is printed once it listens.
"""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn
from starlette.types import Receive, Scope, Send

from jwpgraph.operations.building import builder_of
from jwpgraph.releases.changes import LoadGraphs
from jwpgraph.releases.directory import Releases
from jwpgraph.service.following import Follower
from jwpgraph.service.writer import BuilderWriter
from jwpgraph.settings import load_settings
from jwpgraph.sparql.answers import Answers
from jwpgraph.sparql.cache import ResponseCache
from jwpgraph.sparql.graph_store import GraphStore
from jwpgraph.sparql.limits import MIB, Limits
from jwpgraph.sparql.pool import WorkerPool
from jwpgraph.sparql.protocol import SparqlEndpoint


async def editor_page(_scope: Scope, _receive: Receive, send: Send) -> None:
    """Stands for the page that a browser gets."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"<!doctype html><title>editor</title>"})


async def main() -> None:
    """Serve until the process is ended."""
    settings = load_settings()
    releases = Releases(settings.data_dir)
    release = releases.current() or builder_of(settings).build(LoadGraphs(), message="Empty", expected=0)
    pool = WorkerPool(Limits.of(settings), network=bool(settings.service_allowlist))
    await pool.start(release)
    answers = Answers(pool, ResponseCache(settings.cache_mb * MIB))
    follower = Follower(releases, answers, release)
    writer = BuilderWriter(settings, follower.refresh)
    writes = writer if settings.admin_token else None
    sparql = SparqlEndpoint(settings, answers, follower.current, writes, editor_page)
    store = GraphStore(settings, answers, follower.current, writes)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (sparql if scope["path"].startswith("/sparql") else store)(scope, receive, send)

    listener = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="warning", server_header=False))
    try:
        await server.serve(sockets=[listener])
    finally:
        await follower.stop()
        await writer.stop()
        await pool.stop()


if __name__ == "__main__":
    asyncio.run(main())
