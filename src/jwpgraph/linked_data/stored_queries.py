"""Queries shipped with the project: SPARQL text with a header of comment lines.

The header consists of ``# key: value`` lines at the top of the file; a line without a key continues the previous value.
The keys are ``title``, ``question`` and ``description``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from jwpgraph.shipped_files import shipped_path

_KEY = re.compile(r"#\s*([a-z][a-z_-]*):\s*(.*)")


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """A query with its question in words.

    Attributes:
        name: the file's name without its extension.
        title: a short title.
        question: the full question; default: the title.
        text: the query, including the header.
    """

    name: str
    title: str
    question: str
    text: str


def parse_stored_query(name: str, text: str) -> StoredQuery:
    """Return the query in a file called *name*."""
    found: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        match = _KEY.match(line)
        if match:
            key = match[1]
            found[key] = match[2].strip()
        elif key:
            found[key] += " " + line.lstrip("# ").strip()
    title = found.get("title") or found.get("question") or re.sub(r"^[\d-]+", "", name).replace("-", " ").capitalize()
    return StoredQuery(name, title, found.get("question") or found.get("description") or title, text)


@cache
def read_example_queries() -> tuple[StoredQuery, ...]:
    """Return the short queries from which a reader can start, in order."""
    return _read_folder("queries/examples")


@cache
def read_competency_queries() -> tuple[StoredQuery, ...]:
    """Return the questions that the graph was built to answer, in order."""
    return _read_folder("queries/competency")


def _read_folder(folder: str) -> tuple[StoredQuery, ...]:
    paths = sorted(shipped_path(folder).glob("*.rq"))
    return tuple(parse_stored_query(path.stem, path.read_text("utf-8")) for path in paths)
