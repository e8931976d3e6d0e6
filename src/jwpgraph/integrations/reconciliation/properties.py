"""Properties for reconciliation and data extension."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jwpgraph.entities.app_context import AppContext
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.vocabulary import PREFIXES, expand_name

_XSD: Final = PREFIXES["xsd"]
_SKOS: Final = PREFIXES["skos"]
_IRI: Final = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20]+")


@dataclass(frozen=True, slots=True)
class ReconciliationProperty:
    """A property of entities.

    Attributes:
        id: identifier in the API.
        name: label.
        iri: IRI of the RDF property.
        types: local names of the classes that have it.
    """

    id: str
    name: str
    iri: str
    types: tuple[str, ...]


PROPERTIES: Final = {
    id_: ReconciliationProperty(id_, name, expand_name(term), tuple(types))
    for id_, (name, term, types) in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).items()
}
_VALUES_QUERY: Final = f"""SELECT DISTINCT ?id ?value ?label WHERE {{
  ?id <%s> ?value .
  OPTIONAL {{ ?value <{_SKOS}prefLabel> ?label FILTER (LANG(?label) = "en") }} }}"""


async def _read_rows(site: AppContext, iri: str, name: str) -> list[SolutionRow]:
    known = PROPERTIES.get(name)
    if known is None or site.bound is None or not _IRI.fullmatch(iri):
        return []
    rows = await site.bound.select_bound(_VALUES_QUERY % known.iri, {"id": QueryTerm("uri", iri)})
    return sorted(rows, key=lambda row: (row["value"].value, row["value"].language or ""))


async def read_values(site: AppContext, iri: str, name: str) -> list[str]:
    """Return all textual forms of the values of a property: literals, IRIs and their last segments, labels."""
    found = []
    for row in await _read_rows(site, iri, name):
        value = row["value"].value
        found.append(value)
        if row["value"].kind == "uri":
            found.append(value.rpartition("/")[2])
        if "label" in row:
            found.append(row["label"].value)
    return found


async def extend_cells(site: AppContext, iri: str, name: str) -> list[dict[str, Any]]:
    """Return the values of a property for data extension (section 7.3)."""
    cells: dict[str, dict[str, Any]] = {}
    for row in await _read_rows(site, iri, name):
        value = row["value"]
        if value.kind == "uri":
            label = row["label"].value if "label" in row else value.value.rpartition("/")[2]
            cells[value.value] = {"id": value.value, "name": label}
        elif value.datatype == _XSD + "date":
            cells[value.value] = {"date": f"{value.value}T00:00:00Z"}
        else:
            cells[value.value] = {"str": value.value}
    return list(cells.values())
