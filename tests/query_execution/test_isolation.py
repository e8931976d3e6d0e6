"""What a worker cannot do, whatever it is asked: reach the network, keep secrets of the service, outlive it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.limits import QueryLimits
from jwpgraph.query_execution.pool import WorkerPool
from jwpgraph.query_execution.query_task import QueryRequest
from jwpgraph.releases.release import Release

WithPool = Callable[..., None]


@pytest.fixture
def listener() -> socket.socket:
    """A loopback port on which nobody must knock."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def _federated(listener: socket.socket) -> str:
    return f"SELECT * {{ SERVICE <http://127.0.0.1:{listener.getsockname()[1]}/> {{ ?s ?p ?o }} }}"


def test_a_worker_has_no_network(with_pool: WithPool, numbers_release: Release, listener: socket.socket) -> None:
    async def scenario(pool: WorkerPool) -> None:
        if not pool.fences:
            pytest.skip("this system has neither network namespaces nor system call filters for us")
        with pytest.raises(ProblemError) as raised:
            await pool.evaluate(QueryRequest(_federated(listener)), client="a")
        assert raised.value.slug == "query-failed"
        with pytest.raises(BlockingIOError):
            listener.accept()

    with_pool(numbers_release, scenario)


def test_a_process_outside_the_sandbox_has_a_network(numbers_release: Release, listener: socket.socket) -> None:
    """With the network left to the workers, the same query does knock."""

    async def main() -> None:
        pool = WorkerPool(QueryLimits(timeout=1, workers=1, reserve=0), network=True)
        await pool.start(numbers_release)
        with pytest.raises(ProblemError):
            await pool.evaluate(QueryRequest(_federated(listener)), client="a")
        await pool.stop()
        connection, _ = listener.accept()
        connection.close()

    asyncio.run(main())


@pytest.mark.parametrize("fence", ["namespace", "seccomp"])
def test_each_network_restriction_works_alone(fence: str, listener: socket.socket) -> None:
    script = textwrap.dedent(
        """
        import ctypes, socket, sys
        from jwpgraph.query_execution import sandbox
        if sys.argv[1] == "seccomp":
            held = sandbox.filter_sockets()
        else:
            held = sandbox.leave_namespaces(ctypes.CDLL(None, use_errno=True))
        if not held:
            sys.exit(77)
        socket.socketpair()
        try:
            socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=2)
        except OSError as error:
            print(type(error).__name__, error)
            sys.exit(0)
        sys.exit(1)
        """
    )
    port = str(listener.getsockname()[1])
    done = subprocess.run([sys.executable, "-c", script, fence, port], check=False, capture_output=True)
    if done.returncode == 77:
        pytest.skip(f"this system has no {fence}")
    assert done.returncode == 0, done.stderr
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_files_and_system_calls_are_given_up(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, sys
        from pathlib import Path
        from jwpgraph.query_execution.landlock import give_up_files
        from jwpgraph.query_execution.system_calls import refuse_system_calls
        kept, written, other = map(Path, sys.argv[1:])
        if not give_up_files([kept], [written]):
            sys.exit(77)
        assert (kept / "a").read_text() == "a"
        (written / "b").write_text("b")
        (written / "b").rename(written / "sub" / "c")
        import json.tool
        for attempt in (
            lambda: (other / "a").read_text(),
            lambda: (kept / "a").write_text("x"),
            lambda: Path("/etc/passwd").read_text(),
            lambda: (written / "sub" / "c").rename(other / "c"),
            lambda: os.execv("/bin/true", ["true"]),
        ):
            try:
                attempt()
            except PermissionError:
                continue
            sys.exit(1)
        if not refuse_system_calls():
            sys.exit(77)
        if os.fork() == 0:
            os._exit(0)
        assert os.wait()[1] == 0
        for attempt in (lambda: os.execv(sys.executable, [sys.executable, "-V"]), lambda: os.chroot("/")):
            try:
                attempt()
            except PermissionError:
                continue
            sys.exit(1)
        """
    )
    folders = [tmp_path / name for name in ("kept", "written", "other")]
    for folder in (*folders, folders[1] / "sub"):
        folder.mkdir()
        (folder / "a").write_text("a")
    done = subprocess.run([sys.executable, "-c", script, *folders], check=False, capture_output=True, text=True)
    if done.returncode == 77:
        pytest.skip("this system has no Landlock, or no system call filters for us")
    assert done.returncode == 0, done.stderr


def test_workers_do_not_inherit_settings(
    with_pool: WithPool, numbers_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JWPGRAPH_ADMIN_TOKEN", "a-secret-of-the-service")

    async def scenario(pool: WorkerPool) -> None:
        for process in [str(pool.spawner_id), *_workers(pool.spawner_id)]:
            try:
                environment = _environment(process)
            except PermissionError:
                continue
            assert b"a-secret-of-the-service" not in environment

    with_pool(numbers_release, scenario)


def test_a_worker_has_only_its_own_files(with_pool: WithPool, numbers_release: Release) -> None:
    """No listening socket, no log, no other worker's channel: the store, its channel, and the standard streams."""
    leak = os.open(str(numbers_release.path), os.O_RDONLY)
    os.set_inheritable(leak, True)

    async def scenario(pool: WorkerPool) -> None:
        for worker in _workers(pool.spawner_id):
            links = _descriptors(worker)
            assert sum(link.startswith("socket:") for link in links) == 2  # answers go, queries come
            others = [link for link in links if not link.startswith(("socket:", f"{numbers_release.store_path}/"))]
            assert [link for link in others if link.startswith("/") and not link.startswith("/dev/")] == []

    try:
        with_pool(numbers_release, scenario)
    finally:
        os.close(leak)


def test_workers_end_with_the_service(numbers_release: Release) -> None:
    """The service is killed in the middle of queries that would never end; nothing of it stays."""
    script = textwrap.dedent(
        """
        import asyncio, sys
        from pathlib import Path
        from jwpgraph.releases.release import Release
        from jwpgraph.query_execution.query_task import QueryRequest
        from jwpgraph.query_execution.limits import QueryLimits
        from jwpgraph.query_execution.pool import WorkerPool

        async def main():
            pool = WorkerPool(QueryLimits(timeout=600))
            await pool.start(Release(1, Path(sys.argv[1])))
            product = QueryRequest("SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z }")
            queries = [asyncio.create_task(pool.evaluate(product, client="a")) for _ in range(2)]
            while [query["state"] for query in pool.describe_queries()] != ["running", "running"]:
                await asyncio.sleep(0.01)
            print(pool.spawner_id, flush=True)
            await asyncio.gather(*queries)

        asyncio.run(main())
        """
    )
    service = subprocess.Popen([sys.executable, "-c", script, str(numbers_release.path)], stdout=subprocess.PIPE)
    assert service.stdout is not None
    spawner = int(service.stdout.readline())
    processes = [str(spawner), *_workers(spawner)]
    assert len(processes) >= 3
    service.kill()
    service.wait()
    service.stdout.close()
    while any(_alive(process) for process in processes):
        time.sleep(0.02)


def _workers(spawner: int | None) -> list[str]:
    return Path(f"/proc/{spawner}/task/{spawner}/children").read_text().split()


def _environment(process: str) -> bytes:
    return Path(f"/proc/{process}/environ").read_bytes()


def _descriptors(process: str) -> list[str]:
    return [str(link.readlink()) for link in Path(f"/proc/{process}/fd").iterdir() if int(link.name) > 2]


def _alive(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
