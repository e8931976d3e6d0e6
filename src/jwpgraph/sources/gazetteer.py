"""Index of countries, territories and the European Union by the codes and names that registers use.

Codes take precedence: a name is used only if a register has no code. ``country_names.toml`` lists
variants of names that the graph lacks.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.statements import KnownDataset, make_nearest_hint, normalise_text
from jwpgraph.vocabulary import make_entity_iri

#: Names used by IEADB, MDD and MIKE that are not labels in the graph.
_VARIANTS: Final[dict[str, str]] = tomllib.loads(Path(__file__).with_name("country_names.toml").read_text("utf-8"))
_EUROPEAN_UNION: Final = make_entity_iri("body", "european-union")
_EU_CODES: Final = frozenset({"EU", "EUE", "EUR", "EEC"})
_LABELS: Final = "(skos:prefLabel|skos:altLabel|skos:hiddenLabel|jwp:historicName)"


class Gazetteer:
    """Countries of a dataset, by code and by name."""

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
        """Return the IRI of the country with an ISO 3166-1 alpha-2 or alpha-3 code, ignoring case.

        Raises:
            RowRejectedError: if the code is missing or unknown.
        """
        if not code:
            raise RowRejectedError(column, "the country's code is missing")
        found = self._by_code.get(code.upper())
        if found is None:
            raise RowRejectedError(column, "no country has this code", code)
        return found

    def by_name(self, name: str, column: str) -> str:
        """Return the IRI of the country with a name, ignoring case, accents and punctuation.

        Raises:
            RowRejectedError: if the name is missing or unknown.
        """
        if not name:
            raise RowRejectedError(column, "the country's name is missing")
        found = self._by_name.get(normalise_text(name))
        if found is None:
            raise RowRejectedError(
                column, f"no country has this name{make_nearest_hint(normalise_text(name), self._by_name)}", name
            )
        return found

    def label(self, iri: str) -> str:
        """Return the English name of a country."""
        return self._label[iri]

    def __iter__(self) -> Iterator[str]:
        return iter(self._label)
