"""Tables of labels for readers, from ``labels.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from jwpgraph.web.translation import gettext

#: Labels by table and key; each is a message.
TABLES: Final[Mapping[str, Mapping[str, str]]] = tomllib.loads(
    Path(__file__).with_name("labels.toml").read_text("utf-8")
)


def translate_label(table: str, key: str, default: str | None = None) -> str:
    """Return the label of *key* in the language of the page; *default* if the table lacks it.

    Raises:
        KeyError: if the table lacks it and there is no default.
    """
    found = TABLES[table].get(key)
    if found is None and default is not None:
        return default
    return gettext(TABLES[table][key])


def list_labels() -> Iterator[str]:
    """Yield the labels of all tables."""
    for table in TABLES.values():
        yield from table.values()
