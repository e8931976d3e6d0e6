"""Names of instruments of the CMS family in treaty registers and in Species+ (``instrument_names.toml``)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

_FILE: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
#: Titles in the registers of instruments that the graph may know only by a short name, by slug.
REGISTER_TITLES: Final[dict[str, list[str]]] = _FILE["register_titles"]
#: Slug of an instrument in the shipped data, by its name in Species+.
SPECIES_PLUS_SHIPPED: Final[dict[str, str]] = _FILE["species_plus_shipped"]
#: Slug, short name and kind of an instrument that is not in the shipped data, by its name in Species+.
SPECIES_PLUS_OTHERS: Final[dict[str, tuple[str, str, str]]] = {
    name: (slug, label, kind) for name, (slug, label, kind) in _FILE["species_plus_others"].items()
}
