"""Index of countries, territories and historic areas by the codes and names in exports.

Species+ uses ISO 3166-1 alpha-2 codes, some withdrawn codes, and a few of its own. Lists of names are separated by
commas, although some names contain one.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from pyoxigraph import Literal, NamedNode, Store

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.vocabulary import ID, PREFIXES

#: Codes of Species+ mapped to ours: Sudan before the secession of South Sudan, and two other codes.
_SAME_AS: Final = {"S1": "SD", "SD1": "SD", "UK": "GB", "EL": "GR"}
#: Names that contain a comma.
_WITH_COMMA: Final = (
    "Hong Kong, SAR",
    "Macao, SAR",
    "Taiwan, Province of China",
    "Bonaire, Sint Eustatius and Saba",
    "Saint Helena, Ascension and Tristan da Cunha",
    "Palestinian Territory, Occupied",
)
_MARK: Final = "\x02"
#: Further names in Species+.
_OTHER_NAMES: Final = {"svalbard and jan mayen islands": "SJ", "sudan [prior to secession of south sudan]": "SD"}
_OWNER: Final = " (united kingdom)"


class PlaceIndex:
    """Known places, by code and by name."""

    def __init__(self, by_code: dict[str, str], by_name: dict[str, str]) -> None:
        self._by_code = by_code
        self._by_name = by_name
        self._learnt: dict[str, str] = {}

    def code(self, code: str, column: str) -> str:
        """Return the IRI of the place with a code.

        Raises:
            RowRejectedError: with *column*, if the place is unknown.
        """
        wanted = code.strip().upper()
        iri = self._by_code.get(_SAME_AS.get(wanted, wanted))
        if iri is None:
            raise RowRejectedError(column, "is not a known country, territory or historic area", code)
        return iri

    def codes(self, text: str, column: str) -> list[str]:
        """Return the IRIs for a comma-separated list of codes, sorted, without duplicates.

        Raises:
            RowRejectedError: as :meth:`code`.
        """
        return sorted({self.code(code, column) for code in text.replace(";", ",").split(",") if code.strip()})

    def name(self, name: str, column: str) -> str:
        """Return the IRI of the place with a name.

        Raises:
            RowRejectedError: with *column*, if the place is unknown.
        """
        key = _name_key(name)
        code = _OTHER_NAMES.get(key, "")
        iri = self._learnt.get(key) or self._by_name.get(key.removesuffix(_OWNER)) or self._by_code.get(code)
        if iri is None:
            raise RowRejectedError(column, "is not a known country, territory or historic area", name)
        return iri

    def learn(self, codes: list[str], names: list[str]) -> None:
        """Record the names that a source uses for the places with these codes, in the same order."""
        if len(codes) == len(names):
            for code, name in zip(codes, names, strict=True):
                if iri := self._by_code.get(_SAME_AS.get(code, code)):
                    self._learnt[_name_key(name)] = iri


def split_names(text: str) -> list[str]:
    """Return the names in a comma-separated list."""
    for name in _WITH_COMMA:
        if name in text:
            text = text.replace(name, name.replace(", ", _MARK))
    return [name.replace(_MARK, ", ").strip() for name in text.split(", ") if name.strip()]


def get_known_places() -> PlaceIndex:
    """Return an index of the places in the shipped data; names learnt in one import do not affect others."""
    return PlaceIndex(*_read_shipped_places())


@cache
def _read_shipped_places() -> tuple[dict[str, str], dict[str, str]]:
    store = Store()
    store.load(path=str(get_shipped_path("data/ttl/places.ttl")))
    by_code, by_name = {}, {}
    notation = NamedNode(PREFIXES["skos"] + "notation")
    labels = [NamedNode(PREFIXES["skos"] + label) for label in ("altLabel", "prefLabel")]
    for kind in ("historic-area", "country"):
        start = f"{ID}{kind}/"
        for quad in store.quads_for_pattern(None, notation, None):
            place, code = quad.subject, quad.object
            if isinstance(place, NamedNode) and isinstance(code, Literal) and place.value.startswith(start):
                by_code[code.value] = place.value
                for label in labels:
                    for found in store.quads_for_pattern(place, label, None):
                        if isinstance(found.object, Literal):
                            by_name[_name_key(found.object.value)] = place.value
    return by_code, by_name


def _name_key(name: str) -> str:
    return " ".join(name.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).casefold()
