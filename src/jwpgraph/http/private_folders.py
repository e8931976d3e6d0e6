"""Folders with paths that are hidden from clients: responses name files relative to them.

Messages of the operating system, SQLite and the engine contain whole paths. The log and the command line keep them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: Replacements, the longest path first.
_hidden: Final[dict[str, str]] = {}


def hide_folder(folder: Path, name: str) -> None:
    """Replace the path of *folder* in responses; it appears as *name* where no file in it is meant."""
    for path in {str(folder.absolute()), str(folder.resolve())}:
        if path != folder.anchor:
            _hidden[path] = name
    ordered = sorted(_hidden.items(), key=lambda each: len(each[0]), reverse=True)
    _hidden.clear()
    _hidden.update(ordered)


def without_private_folders(text: str) -> str:
    """Return *text* with the paths of private folders replaced."""
    for path, name in _hidden.items():
        if path in text:
            text = text.replace(f"{path}/", "").replace(path, name)
    return text
