"""Subprocess of one run: reads a request from standard input, writes findings or a problem to standard output.

It exits when its parent does (end of standard input) and keeps to the memory limit of its job.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import orjson

from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.sandbox import lower_limit
from jwpgraph.validation.history import RunFindings
from jwpgraph.validation.job_file import ValidationJob
from jwpgraph.validation.report import ValidationResult
from jwpgraph.validation.runs import RunRequest, perform_run

_MIB = 2**20


def dump_request(request: RunRequest) -> bytes:
    """Return the request as one line of JSON."""
    document = {
        "job": request.job.model_dump(mode="json"),
        "data_dir": str(request.data_dir.resolve()),
        "release": request.release,
        "shapes_dir": str(request.shapes_dir.resolve()) if request.shapes_dir else None,
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def load_answer(answer: bytes) -> RunFindings:
    """Return the findings of the subprocess.

    Raises:
        ProblemError: the problem that the subprocess reported.
    """
    document = orjson.loads(answer)
    if "problem" in document:
        problem = document["problem"]
        raise ProblemError(problem["slug"], problem["title"], problem["detail"])
    return RunFindings(**document | {"results": [ValidationResult(**result) for result in document["results"]]})


def main() -> None:
    """Run the job of the one request."""
    request = sys.stdin.buffer.readline()
    if not request:
        # The service has been killed before it sent the request.
        return
    document: dict[str, Any] = orjson.loads(request)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    job = ValidationJob.model_validate(document["job"])
    lower_limit(resource.RLIMIT_AS, job.memory_mb * _MIB)
    shapes_dir = Path(document["shapes_dir"]) if document["shapes_dir"] else None
    try:
        found = perform_run(RunRequest(job, Path(document["data_dir"]), document["release"], shapes_dir))
        answer = orjson.dumps(found)
    except ProblemError as problem:
        answer = _dump_problem(problem)
    except MemoryError:
        detail = f"the job may use {job.memory_mb} MiB (memory_mb)"
        answer = _dump_problem(ProblemError("run-memory", "The run needs too much memory", detail))
    except Exception as error:
        traceback.print_exc()
        detail = f"{type(error).__name__}: {error} (the log has the details)"
        answer = _dump_problem(ProblemError("run-died", "The process of the run ended without a result", detail))
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()
    os._exit(0)


def _dump_problem(problem: ProblemError) -> bytes:
    return orjson.dumps({"problem": {"slug": problem.slug, "title": problem.title, "detail": problem.detail}})


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
