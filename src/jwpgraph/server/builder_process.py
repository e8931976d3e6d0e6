"""The builder process: builds releases for the service, one at a time, on requests from standard input.

An update that overflows the engine's stack or exceeds the memory limit ends only this process. The service then starts
another one; the published release is not affected.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import suppress

import orjson

from jwpgraph.operations.builder_factory import make_builder
from jwpgraph.problems import ProblemError
from jwpgraph.process_protocol import PROCESS_VERSION, version_problem
from jwpgraph.query_execution.sandbox import die_with_parent, leave_network, limit_data
from jwpgraph.server.builder_messages import BuildRequest, dump_problem, sender_version
from jwpgraph.settings import Settings, load_settings

_log = logging.getLogger(__name__)


def main() -> None:
    """Process build requests until standard input ends."""
    die_with_parent()
    leave_network()
    # Ctrl-C in a terminal signals the whole process group, but the service decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    settings = load_settings()
    limit_data(settings.update_memory_mb * 2**20)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # The service may have been killed; then nobody reads the replies.
    with suppress(BrokenPipeError):
        replies.write(orjson.dumps({"version": PROCESS_VERSION}, option=orjson.OPT_APPEND_NEWLINE))
        for line in sys.stdin.buffer:
            # The service repeats a request that was not read.
            replies.write(b"{}\n")
            replies.write(orjson.dumps(_run_job(settings, line), option=orjson.OPT_APPEND_NEWLINE))


def _run_job(settings: Settings, line: bytes) -> dict[str, object]:
    version = sender_version(line)
    if version != PROCESS_VERSION:
        return {"problem": dump_problem(version_problem(version, PROCESS_VERSION))}
    job = BuildRequest.load(line)
    builder = make_builder(settings)
    try:
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
    finally:
        del builder
    return {"release": release.number}


if __name__ == "__main__":
    main()
