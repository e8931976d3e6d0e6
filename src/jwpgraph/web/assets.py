"""Assets of the pages built by npm: scripts and styles under hashed names, and the map of the world.

They are not in the repository (``make setup`` builds them if npm is installed), and no page requires them: templates
omit assets that are missing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter

BUILT = Path(__file__).resolve().parent / "built"
#: Path of the built files; each name contains a digest of the content.
PREFIX = "/static/built/"
_SUFFIXES = {"br": ".br", "gzip": ".gz"}


class WorldMap(BaseModel):
    """The map of the world: an SVG file with a shape for each country under its two-letter code (``atlas/world.ts``).

    Attributes:
        file: the name of the SVG file.
        width: of the whole map, in its own units.
        height: of the whole map.
        bounds: left, top, right and bottom of each country's main land.
        points: where countries are that are too small to be seen as a shape.
        shapes: the countries that have a shape.
    """

    file: str
    width: int
    height: int
    bounds: dict[str, tuple[int, int, int, int]]
    points: dict[str, tuple[int, int]]
    shapes: frozenset[str]

    @property
    def url(self) -> str:
        """Return the path of the SVG file on this server."""
        return PREFIX + self.file


class _BuiltFile(BaseModel):
    """A file in Vite's manifest."""

    file: str
    name: str = ""
    is_entry: bool = Field(default=False, alias="isEntry")
    css: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssetEntry:
    """A script and its styles, as paths on this server."""

    script: str
    styles: tuple[str, ...]


class BuiltAssets:
    """The files of one build.

    Args:
        folder: where they are; without a manifest there, nothing was built.

    Attributes:
        world: the map of the world.
        fingerprint: changes with every file that pages name; empty where nothing was built.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.world: WorldMap | None = None
        self.fingerprint = ""
        self._entries: dict[str, AssetEntry] = {}
        manifest, world = folder / "manifest.json", folder / "world.json"
        if manifest.is_file() and world.is_file():
            self.world = WorldMap.model_validate_json(world.read_bytes())
            self.fingerprint = hashlib.sha256(manifest.read_bytes() + world.read_bytes()).hexdigest()[:10]
            built = TypeAdapter(dict[str, _BuiltFile]).validate_json(manifest.read_bytes())
            for one in built.values():
                if one.is_entry:
                    self._entries[one.name] = AssetEntry(PREFIX + one.file, tuple(PREFIX + name for name in one.css))

    def entry(self, name: str) -> AssetEntry | None:
        """Return the script called *name*, if it was built."""
        return self._entries.get(name)

    def codings(self, name: str) -> tuple[str, ...]:
        """Return the content codings in which the file *name* is available, the shortest first."""
        return tuple(coding for coding, suffix in _SUFFIXES.items() if (self._folder / (name + suffix)).is_file())

    def file(self, name: str, coding: str = "identity") -> Path | None:
        """Return the file *name* in a content coding; ``None`` if there is no such file."""
        path = self._folder / (name + _SUFFIXES.get(coding, ""))
        return path if path.parent == self._folder and path.is_file() else None


@cache
def get_assets() -> BuiltAssets:
    """Return the built assets, read once."""
    return BuiltAssets(BUILT)
