"""Messages between the service and its builder process: a change as JSON, answered by a release or a problem."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from pydantic import TypeAdapter

from jwpgraph.problems import ProblemError
from jwpgraph.process_protocol import PROCESS_VERSION
from jwpgraph.releases.changes import (
    DeleteGraph,
    GraphChange,
    LoadGraphs,
    PostGraph,
    PutGraph,
    RestoreRelease,
    SparqlUpdate,
)
from jwpgraph.releases.gate import GateRefusedError
from jwpgraph.releases.requests import WriteRequest

_KINDS: dict[str, type] = {
    kind.__name__: kind for kind in (PutGraph, PostGraph, DeleteGraph, SparqlUpdate, LoadGraphs, RestoreRelease)
}


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """A change with author, message, expected release, and the HTTP request."""

    change: GraphChange
    author: str | None
    message: str
    expected: int | None
    request: WriteRequest

    def dump(self) -> bytes:
        """Return the request as one line of JSON."""
        kind = type(self.change)
        return orjson.dumps(
            {
                "version": PROCESS_VERSION,
                "kind": kind.__name__,
                "change": TypeAdapter(kind).dump_python(self.change, mode="json"),
                "author": self.author,
                "message": self.message,
                "expected": self.expected,
                "request": self.request.model_dump(),
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )

    @classmethod
    def load(cls, line: bytes) -> BuildRequest:
        """Return the request in a line written by :meth:`dump`."""
        document = orjson.loads(line)
        change: GraphChange = TypeAdapter(_KINDS[document["kind"]]).validate_python(document["change"])
        request = WriteRequest.model_validate(document["request"])
        return cls(change, document["author"], document["message"], document["expected"], request)


def get_sender_version(line: bytes) -> str:
    """Return the version of the service that sent a request; empty for those before versions were sent."""
    return str(orjson.loads(line).get("version", ""))


def dump_problem(problem: ProblemError) -> dict[str, Any]:
    """Return all attributes of a problem as a JSON object."""
    return {
        "slug": problem.slug,
        "title": problem.title,
        "detail": problem.detail,
        "status": problem.status,
        "exit_code": problem.exit_code,
        "headers": problem.headers,
        "members": problem.members,
        "report_path": str(problem.report_path) if isinstance(problem, GateRefusedError) else None,
    }


def load_problem(document: dict[str, Any]) -> ProblemError:
    """Return the problem in an object made by :func:`dump_problem`; a refusal of the gate keeps its report path."""
    if document["report_path"] is not None:
        return GateRefusedError(document["detail"], Path(document["report_path"]), document["members"])
    return ProblemError(
        document["slug"],
        document["title"],
        document["detail"],
        status=document["status"],
        exit_code=document["exit_code"],
        headers=document["headers"],
        **document["members"],
    )
