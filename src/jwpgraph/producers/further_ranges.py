"""Distributions from sources other than Species+ exports: a national list, an excerpt, and a mammal database.

- An excerpt of a CMS listings export of 2025 (JSON) gives complete ranges with statuses.
- State of India's Birds 2025 lists the birds of one country: a bird on it occurs in India.
- The Mammal Diversity Database lists countries, with a question mark for doubtful records.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jwpgraph.producers.ranges import RangeStatement
from jwpgraph.sources.gazetteer import Gazetteer
from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.places import get_known_places
from jwpgraph.sources.statements import ShippedDataset
from jwpgraph.vocabulary import ID, make_entity_iri

ARCTIC: Final = f"{ID}source/cms-listings-arctic-2025"
SOIB: Final = f"{ID}source/soib-2025"
MAMMALS: Final = f"{ID}source/mdd-2024"
_INDIA: Final = make_entity_iri("country", "IN")
_LISTS: Final = {
    "introduced_distribution": "introduced",
    "extinct_distribution": "extinct",
    "distribution_uncertain": "uncertain",
}
_OF_INDIA: Final = frozenset({"Scientific Name", "BLI.Scientific.Name.2025", "CMS Appendix"})
_OF_MAMMALS: Final = frozenset({"sciName", "countryDistribution"})
#: Parts of countries and territories with an entry of their own among the countries of mammals.
_PARTS: Final = {
    **dict.fromkeys(("Alaska", "Hawai'i"), "US"),
    **dict.fromkeys(("Andaman Islands", "Nicobar Islands"), "IN"),
    **dict.fromkeys(("Azores", "Madeira"), "PT"),
    **dict.fromkeys(("Bonaire", "Saba", "Sint Eustatius"), "BQ"),
    "Canary Islands": "ES",
    "Cocos Islands": "CC",
    "Galapagos": "EC",
    "Kerguelen Islands": "TF",
    "Prince Edward Islands": "ZA",
}
_DOUBTFUL: Final = f"{ID}distribution-status/uncertain"
#: Renamed concepts that take over the range of their predecessor in an earlier export: two argali and a urial of
#: Appendix I. Other lists may use their names in a wider sense.
SAME_ANIMAL: Final = {
    f"{ID}taxon/cites/ovis-hodgsoni": f"{ID}taxon/cites/ovis-ammon-hodgsonii",
    f"{ID}taxon/cites/ovis-nigrimontana": f"{ID}taxon/cites/ovis-ammon-nigrimontana",
    f"{ID}taxon/cites/ovis-vignei": f"{ID}taxon/cites/ovis-aries-vignei",
}


def read_further_ranges(
    folder: Path, concepts: Mapping[str, Sequence[str]], found: Sequence[RangeStatement]
) -> list[RangeStatement]:
    """Return the occurrences that further lists below *folder* add to those *found*.

    Args:
        folder: the folder of the lists, at any depth; missing lists add nothing.
        concepts: IRIs of the taxon concepts by scientific name.
        found: the occurrences in the exports.
    """
    carried = [
        RangeStatement(taxon, one.place, one.statuses, one.source)
        for taxon, former in SAME_ANIMAL.items()
        for one in found
        if one.taxon == former
    ]
    arctic = list(_select_taxa(_read_arctic(folder), concepts, ARCTIC))
    ranged = {_get_slug(one.taxon) for one in [*found, *arctic] if not one.source.endswith("2013")}
    mammals = [
        one
        for one in _select_taxa(_read_mammals(folder), concepts, MAMMALS)
        if _get_slug(one.taxon) not in ranged and one.taxon not in SAME_ANIMAL
    ]
    there = {(_get_slug(one.taxon), one.place) for one in [*found, *arctic]}
    india = [
        one
        for one in _select_taxa(_read_india(folder), concepts, SOIB)
        if (_get_slug(one.taxon), one.place) not in there
    ]
    return [*carried, *arctic, *mammals, *india]


def _select_taxa(
    rows: Iterable[tuple[str, str, frozenset[str]]], concepts: Mapping[str, Sequence[str]], source: str
) -> Iterator[RangeStatement]:
    seen: set[tuple[str, str]] = set()
    for name, place, statuses in rows:
        for taxon in concepts.get(name, ()):
            if (taxon, place) not in seen:
                seen.add((taxon, place))
                yield RangeStatement(taxon, place, statuses, source)


def _read_arctic(folder: Path) -> Iterator[tuple[str, str, frozenset[str]]]:
    places = get_known_places()
    for path in sorted(folder.rglob("cms_arctic_species_data.json")):
        species: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["species_data"]
        for one in species:
            special: dict[str, str] = {}
            for column, status in _LISTS.items():
                for name in one[column]:
                    try:
                        special[places.name(name.removesuffix(" (United Kingdom)"), column)] = status
                    except RowRejectedError:
                        continue
            for code in one["all_distribution_codes"]:
                try:
                    place = places.code(code, "all_distribution_codes")
                except RowRejectedError:
                    continue
                status = special.get(place, "native")
                yield one["species_name"], place, frozenset({f"{ID}distribution-status/{status}"})


def _read_india(folder: Path) -> Iterator[tuple[str, str, frozenset[str]]]:
    for row in _get_table(folder, _OF_INDIA):
        for name in {row["Scientific Name"], row["BLI.Scientific.Name.2025"]}:
            yield name, _INDIA, frozenset()


def _read_mammals(folder: Path) -> Iterator[tuple[str, str, frozenset[str]]]:
    gazetteer = Gazetteer(ShippedDataset(()))
    for row in _get_table(folder, _OF_MAMMALS):
        for written in filter(None, row["countryDistribution"].split("|")):
            name = written.rstrip("?").replace("&", "and").strip()
            try:
                if code := _PARTS.get(name):
                    place = gazetteer.by_code(code, "countryDistribution")
                else:
                    place = gazetteer.by_name(name, "countryDistribution")
            except RowRejectedError:
                continue
            yield row["sciName"].replace("_", " "), place, frozenset([_DOUBTFUL] if written.endswith("?") else [])


def _get_table(folder: Path, columns: frozenset[str]) -> Iterator[dict[str, str]]:
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            rows = csv.DictReader(file)
            if columns <= set(rows.fieldnames or ()):
                yield from rows


def _get_slug(taxon: str) -> str:
    return taxon.rpartition("/")[2]
