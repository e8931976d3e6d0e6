"""Countries, territories and the European Union as the registers of others name them.

Codes come first: a name is only looked at where a register has no code. Variants that no list of names in the graph
has are spelt out here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jwpgraph.sources.statements import KnownDataset, nearest_hint, normalise_text
from jwpgraph.sources.tables import RowRejectedError
from jwpgraph.vocabulary import entity_iri

#: Names in use by IEADB, MDD and MIKE that are no label in the graph.
_VARIANTS: Final = {
    "Bolivia": "BO",
    "Cape Verde": "CV",
    "Congo, Democratic Republic of": "CD",
    "Congo, Democratic Republic of the": "CD",
    "Congo, Republic of the": "CG",
    "Cote d'Ivoire": "CI",
    "Czech Republic": "CZ",
    "Iran": "IR",
    "Korea, Democratic People's Republic": "KP",
    "Korea, Republic of": "KR",
    "Laos": "LA",
    "Macedonia": "MK",
    "Micronesia": "FM",
    "Moldova": "MD",
    "Swaziland": "SZ",
    "Syria": "SY",
    "Tanzania": "TZ",
    "Turkey": "TR",
    "United Kingdom": "GB",
    "United States": "US",
    "Venezuela": "VE",
}
_EUROPEAN_UNION: Final = entity_iri("body", "european-union")
_EU_CODES: Final = frozenset({"EU", "EUE", "EUR", "EEC"})
_LABELS: Final = "(skos:prefLabel|skos:altLabel|skos:hiddenLabel|jwp:historicName)"


class Gazetteer:
    """The countries that a dataset knows, by code and by name."""

    def __init__(self, known: KnownDataset) -> None:
        rows = known.rows(
            '?c a jwp:Country ; skos:notation ?code ; skos:prefLabel ?name FILTER(lang(?name) = "en")', "?c ?code ?name"
        )
        self._label = {iri: name for iri, _, name in rows}
        self._by_code = {code: iri for iri, code, _ in rows}
        self._by_code |= {code: iri for iri, code in known.rows("?c a jwp:Country ; jwp:isoAlpha3 ?code", "?c ?code")}
        self._by_name = {
            normalise_text(name): iri for iri, name in known.rows(f"?c a jwp:Country ; {_LABELS} ?name", "?c ?name")
        }
        self._by_name |= {
            normalise_text(name): self._by_code[code] for name, code in _VARIANTS.items() if code in self._by_code
        }
        for (label,) in known.rows(f'<{_EUROPEAN_UNION}> skos:prefLabel ?label FILTER(lang(?label) = "en")', "?label"):
            self._label[_EUROPEAN_UNION] = label
            self._by_name[normalise_text(label)] = _EUROPEAN_UNION
            self._by_code |= dict.fromkeys(_EU_CODES, _EUROPEAN_UNION)

    def by_code(self, code: str, column: str) -> str:
        """The IRI of the country with an ISO 3166-1 code of two or three letters, in any case.

        Raises:
            RowRejectedError: when the code is missing or unknown.
        """
        if not code:
            raise RowRejectedError(column, "the country's code is missing")
        found = self._by_code.get(code.upper())
        if found is None:
            raise RowRejectedError(column, "no country has this code", code)
        return found

    def by_name(self, name: str, column: str) -> str:
        """The IRI of the country of that name, whatever its case, accents and punctuation.

        Raises:
            RowRejectedError: when the name is missing or unknown.
        """
        if not name:
            raise RowRejectedError(column, "the country's name is missing")
        found = self._by_name.get(normalise_text(name))
        if found is None:
            raise RowRejectedError(
                column, f"no country has this name{nearest_hint(normalise_text(name), self._by_name)}", name
            )
        return found

    def label(self, iri: str) -> str:
        """The English name of a country."""
        return self._label[iri]

    def __iter__(self) -> Iterator[str]:
        return iter(self._label)
