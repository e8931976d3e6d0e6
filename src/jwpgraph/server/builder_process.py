"""The builder process: builds releases for the service, one at a time, on requests from standard input.

An update that overflows the engine's stack or exceeds the memory limit ends only this process. The service then starts
another one; the published release is not affected.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson

from jwpgraph.operations.builder_factory import make_builder
from jwpgraph.problems import ProblemError
from jwpgraph.process_protocol import PROCESS_VERSION, make_version_problem
from jwpgraph.query_execution.landlock import give_up_files
from jwpgraph.query_execution.sandbox import die_with_parent, leave_network, limit_data, refuse_stop_signals
from jwpgraph.query_execution.system_calls import refuse_system_calls
from jwpgraph.releases.builder import BuildProgress
from jwpgraph.server.builder_messages import BuildRequest, dump_problem, get_sender_version
from jwpgraph.settings import Settings, load_settings
from jwpgraph.shipped_files import get_shipped_path

_log = logging.getLogger(__name__)
_SHIPPED: Final = ("ontology", "shapes", "quality", "queries", "data", "mappings")


def main() -> None:
    """Process build requests until standard input ends."""
    die_with_parent()
    leave_network()
    refuse_system_calls()
    refuse_stop_signals()
    settings = load_settings()
    limit_data(settings.update_memory_mb * 2**20)
    _give_up_files(settings)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # The service may have been killed; then nobody reads the replies.
    with suppress(BrokenPipeError):
        replies.write(orjson.dumps({"version": PROCESS_VERSION}, option=orjson.OPT_APPEND_NEWLINE))
        for line in sys.stdin.buffer:
            # The service repeats a request that was not read.
            replies.write(b"{}\n")
            replies.write(orjson.dumps(_run_job(settings, line), option=orjson.OPT_APPEND_NEWLINE))


def _give_up_files(settings: Settings) -> None:
    """Keep the data directory, the shapes and temporary files only."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    readable = [get_shipped_path(name) for name in _SHIPPED]
    if settings.shapes_dir:
        readable.append(settings.shapes_dir)
    give_up_files(readable, [settings.data_dir, Path(tempfile.gettempdir())])


def _run_job(settings: Settings, line: bytes) -> dict[str, object]:
    version = get_sender_version(line)
    if version != PROCESS_VERSION:
        return {"problem": dump_problem(make_version_problem(version, PROCESS_VERSION))}
    job = BuildRequest.load(line)
    stages: list[tuple[str, int]] = []
    reply = _build(settings, job, lambda stage: stages.append((stage, time.time_ns())))
    return reply | {"stages": [*stages, ("", time.time_ns())]}


def _build(settings: Settings, job: BuildRequest, progress: BuildProgress) -> dict[str, object]:
    try:
        builder = make_builder(settings, progress)
        builder.releases.require_continuation()
        release = builder.build(
            job.change, author=job.author, message=job.message, expected=job.expected, request=job.request
        )
    except ProblemError as problem:
        return {"problem": dump_problem(problem)}
    except MemoryError:
        raise
    except Exception as error:
        # Report the error instead of ending the process.
        _log.exception("the builder failed")
        detail = f"{type(error).__name__}: {error}; nothing was published; see the log"
        return {"problem": dump_problem(ProblemError("internal-error", "The service failed", detail, status=500))}
    return {"release": release.number}


if __name__ == "__main__":
    main()
