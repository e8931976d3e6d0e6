"""User-visible errors: RFC 9457 problem details over HTTP; one line and an exit code at the command line.

Every error that a user can cause or should understand is a :class:`ProblemError`. Its ``type`` is a stable IRI
below ``https://w3id.org/jwpgraph/problem/``, documented in ``docs/problems.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jwpgraph.vocabulary import PROBLEM


def get_fault_reason(fault: Mapping[str, Any]) -> str:
    """Return the reason of a fault that pydantic found, without the class of the exception before it.

    Args:
        fault: an item of ``ValidationError.errors()``.
    """
    return str(fault["msg"]).removeprefix("Value error, ")


class Explanation(str):
    """The detail of a problem, made of a message; pages show the message in their language, without the hint.

    Attributes:
        message: the English message with placeholders such as ``%(name)s``.
        values: the values of the placeholders.
    """

    __slots__ = ("message", "values")
    message: str
    values: Mapping[str, object]


def explain(message: str, /, hint: str = "", **values: object) -> Explanation:
    """Return the detail of a problem.

    Args:
        message: the message, a literal, so that it is extracted for translation.
        hint: a further English sentence for programs, such as similar names, which pages show as links.
        values: the values of the placeholders.
    """
    made = Explanation(" ".join(filter(None, (message % values, hint))))
    made.message, made.values = message, values
    return made


class ProblemError(Exception):
    """An error with a stable problem type (RFC 9457, section 3.1).

    Args:
        slug: the last segment of the problem's type IRI, such as ``query-timeout``.
        title: summary of the problem type; the same for every occurrence.
        detail: explanation of this occurrence and how to correct it.
        status: the HTTP status code.
        exit_code: exit code of the command line (1: the data does not conform, 2: the command could not run).
        headers: additional response headers, such as ``Retry-After``.
        members: extension members of the problem document.
    """

    def __init__(
        self,
        slug: str,
        title: str,
        detail: str = "",
        *,
        status: int = 400,
        exit_code: int = 2,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail or title)
        self.slug = slug
        self.title = title
        self.detail = detail
        self.status = status
        self.exit_code = exit_code
        self.headers = dict(headers or {})
        self.members = members

    @property
    def type(self) -> str:
        """The problem's type IRI."""
        return PROBLEM + self.slug

    def document(self) -> dict[str, Any]:
        """Return the problem details object (RFC 9457, section 3)."""
        document: dict[str, Any] = {"type": self.type, "title": self.title, "status": self.status}
        if self.detail:
            document["detail"] = self.detail
        return document | self.members

    def line(self) -> str:
        """Return the problem as one line of text for a terminal or a log."""
        text = f"{self.title}: {self.detail}" if self.detail else self.title
        return " ".join(text.split())
