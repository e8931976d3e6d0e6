"""Definitions of the lists on entity pages, by entity type; :mod:`~jwpgraph.web.tables` reads and renders them.

They are in ``table_definitions.toml``. The list of the activities that name an entity is of the types in
:data:`~jwpgraph.entities.list_filters.ACTIVITY_LINKS`; the property differs between the types.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from jwpgraph.entities.list_filters import ACTIVITY_LINKS
from jwpgraph.web.tables import TableColumn, TableDefinition

_FILE: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
#: The property that links an activity with each entity type, which is also the key of its incoming links.
_LINKS: Final = dict(ACTIVITY_LINKS.values())


def _make_table(name: str, segment: str) -> TableDefinition:
    found: dict[str, Any] = _FILE["tables"][name]
    link = _LINKS.get(segment, "")
    return TableDefinition(
        name,
        found["title"],
        tuple(TableColumn(**column) for column in found["columns"]),
        found["where"].replace("LINK", link),
        order=found.get("order", ""),
        empty=found.get("empty"),
        links=frozenset(key.replace("LINK", link) for key in found.get("links", ())),
        facts=frozenset(found.get("facts", ())),
    )


#: The lists of each entity type, in the order of its page.
BY_KIND: Final[dict[str, tuple[TableDefinition, ...]]] = {
    segment: tuple(_make_table(name, segment) for name in names) for segment, names in _FILE["pages"].items()
}

#: Keys of links that other sections of a page show.
SHOWN_ELSEWHERE: Final[dict[str, frozenset[str]]] = {
    segment: frozenset(keys) for segment, keys in _FILE["shown_elsewhere"].items()
}


def list_messages() -> list[str]:
    """Return the titles of lists and columns, and what is written in place of empty lists."""
    tables = [table for tables in BY_KIND.values() for table in tables]
    return [
        text
        for table in tables
        for text in (table.title, table.empty, *(column.title for column in table.columns))
        if text
    ]
