"""Countries, territories and historic areas as exports name them, and the IRIs that they have here.

Species+ uses ISO 3166-1 alpha-2 codes, some that ISO has withdrawn, and a few of its own; lists of names separate the
names by commas, although some names hold one.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from pyoxigraph import Literal, NamedNode, Store

from jwpgraph.shipped_files import shipped_path
from jwpgraph.sources.tables import RowRejectedError
from jwpgraph.vocabulary import ID, PREFIXES

#: Codes of Species+ for which another code stands here: Sudan before South Sudan left it, and two that others use.
_SAME_AS: Final = {"S1": "SD", "SD1": "SD", "UK": "GB", "EL": "GR"}
#: Names that hold a comma themselves.
_WITH_COMMA: Final = (
    "Hong Kong, SAR",
    "Macao, SAR",
    "Taiwan, Province of China",
    "Bonaire, Sint Eustatius and Saba",
    "Saint Helena, Ascension and Tristan da Cunha",
    "Palestinian Territory, Occupied",
)
_MARK: Final = "\x02"
#: Names of Species+ under which the places are not known here otherwise.
_OTHER_NAMES: Final = {"svalbard and jan mayen islands": "SJ", "sudan [prior to secession of south sudan]": "SD"}
_OWNER: Final = " (united kingdom)"


class PlaceIndex:
    """The places that the project knows, by code and by name."""

    def __init__(self, by_code: dict[str, str], by_name: dict[str, str]) -> None:
        self._by_code = by_code
        self._by_name = by_name
        self._learnt: dict[str, str] = {}

    def code(self, code: str, column: str) -> str:
        """The IRI of the place with a code.

        Raises:
            RowRejectedError: naming *column*, when no such place is known.
        """
        wanted = code.strip().upper()
        iri = self._by_code.get(_SAME_AS.get(wanted, wanted))
        if iri is None:
            raise RowRejectedError(column, "is no country, territory or historic area that is known here", code)
        return iri

    def codes(self, text: str, column: str) -> list[str]:
        """The places of a list of codes, separated by commas, sorted and each once.

        Raises:
            RowRejectedError: as :meth:`code`.
        """
        return sorted({self.code(code, column) for code in text.replace(";", ",").split(",") if code.strip()})

    def name(self, name: str, column: str) -> str:
        """The IRI of the place with a name.

        Raises:
            RowRejectedError: naming *column*, when no such place is known.
        """
        key = _name_key(name)
        code = _OTHER_NAMES.get(key, "")
        iri = self._learnt.get(key) or self._by_name.get(key.removesuffix(_OWNER)) or self._by_code.get(code)
        if iri is None:
            raise RowRejectedError(column, "is no country, territory or historic area that is known here", name)
        return iri

    def learn(self, codes: list[str], names: list[str]) -> None:
        """Take the names that a source uses for the places that it gives by code, in the same order."""
        if len(codes) == len(names):
            for code, name in zip(codes, names, strict=True):
                if iri := self._by_code.get(_SAME_AS.get(code, code)):
                    self._learnt[_name_key(name)] = iri


def split_names(text: str) -> list[str]:
    """The names of a list that separates them by commas."""
    for name in _WITH_COMMA:
        if name in text:
            text = text.replace(name, name.replace(", ", _MARK))
    return [name.replace(_MARK, ", ").strip() for name in text.split(", ") if name.strip()]


def get_known_places() -> PlaceIndex:
    """The places of the shipped data; what one import learns another does not know."""
    return PlaceIndex(*_read_shipped_places())


@cache
def _read_shipped_places() -> tuple[dict[str, str], dict[str, str]]:
    store = Store()
    store.load(path=str(shipped_path("data/ttl/places.ttl")))
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
