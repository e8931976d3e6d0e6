"""The exports in a folder, and the names of the taxa that the collection takes from them.

These are the taxa that CMS lists or a species group names, their counterparts in CITES, what CITES listed of them
formerly, and the higher taxa of all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, parse

from jwpgraph.problems import ProblemError
from jwpgraph.producers.triples import iter_triples
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.species_plus import checklist_index, listings_2013, tables_2013
from jwpgraph.sources.species_plus.importer import FORMATS
from jwpgraph.sources.species_plus.names import capitalise_name, split_synonyms
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.sources.tables import TableFormat, TableRecord, detect_format, open_table

CURATED: Final = "data/curated/later-listings.csv"
GROUP_FAMILIES: Final = frozenset({"Cheloniidae", "Dermochelyidae"})
SHARKS: Final = frozenset({"elasmobranchii", "chondrichthyes"})


@dataclass(frozen=True)
class WantedNames:
    """Selected scientific names of each taxonomy, including those of higher taxa and of species groups."""

    cites: frozenset[str]
    cms: frozenset[str]


def find_exports(folder: Path) -> dict[str, list[Path]]:
    """Return the exports in a folder by the name of their format.

    Raises:
        ProblemError: ``nothing-imported`` if a needed one is missing.
    """
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in {".csv", ".gz"} and (one := detect_format(path, FORMATS)):
            found[one.name].append(path)
    # Later tables have the columns of 2013 but other numbers: only files beside a table of taxa belong to it.
    beside = {path.parent for path in found[tables_2013.TAXA.name]}
    for name in [name for name in found if name.startswith("species-plus-2013")]:
        found[name] = [path for path in found[name] if path.parent in beside]
    needed: Sequence[TableFormat] = (checklist_index.FORMAT, tables_2013.TAXA, listings_2013.CITES, listings_2013.CMS)
    missing = [one.name for one in needed if not found[one.name]]
    if missing:
        raise ProblemError("nothing-imported", "Exports are missing", f"{folder} holds no {', no '.join(missing)}.")
    return found


def _read_rows(paths: Iterable[Path]) -> Iterator[TableRecord]:
    for path in paths:
        with open_table(path, FORMATS, ImportReport()) as table:
            yield from table


def list_group_taxa() -> frozenset[str]:
    """Return the names of the taxa in the species groups, derived from their slugs."""
    quads = parse(path=str(get_shipped_path("data/ttl/species-groups.ttl")), format=RdfFormat.TURTLE)
    groups = iter_triples(quad.triple for quad in quads)
    slugs = (one.object.value.rpartition("/")[2] for one in groups if one.predicate == expand_term("jwp:includesTaxon"))
    return frozenset(slug.replace("-", " ").capitalize() for slug in slugs)


def select_names(exports: dict[str, list[Path]]) -> WantedNames:
    """Return the names of the taxa that the collection contains."""
    entries = {(row["Rank"].lower(), row["RecID"]): row for row in _read_rows(exports[tables_2013.TAXA.name])}

    def lineage(key: tuple[str, str]) -> list[str]:
        names: list[str] = []
        while row := entries.get(key):
            words = [row["Scientific name"]]
            while key[0] in ("species", "subspecies") and row:
                key = row["ParentRank"].lower(), row["ParentRecID"]
                row = entries[key]
                words.append(row["Scientific name"])
            names.append(" ".join([capitalise_name(words[-1]), *reversed(words[:-1])]))
            key = key if len(words) > 1 else (row["ParentRank"].lower(), row["ParentRecID"])
        return names

    listed = {(row["rank"].lower(), row["rec_id"]) for row in _read_rows(exports[listings_2013.CMS.name])}
    of_groups = list_group_taxa()
    cms_lineages = [names for key in listed if (names := lineage(key))]
    own = {names[0] for names in cms_lineages} | of_groups
    curated = {row["name"] for row in _read_rows([get_shipped_path(CURATED)])}
    curated |= {_get_species(name) for name in curated}
    listed_subspecies = {
        names[0]
        for row in _read_rows(exports[listings_2013.CITES.name])
        if row["rank_name"].lower() == "subspecies" and (names := lineage(("subspecies", row["rec_id"])))
    }
    # The Index has those of names that are later than the tables.
    listed_subspecies |= {
        row["FullName"]
        for row in _read_rows(exports[checklist_index.FORMAT.name])
        if row["Kingdom"] == "Animalia" and row["RankName"] == "SUBSPECIES" and row["CurrentListing"]
    }
    cites: set[str] = set()
    for row in _read_rows(exports[checklist_index.FORMAT.name]):
        name, species = row["FullName"], f"{row['Genus']} {row['Species']}"
        synonyms = {one for one, _ in split_synonyms(row["SynonymsWithAuthors"], of_species=True)}
        of_group = species in of_groups or row["Family"] in GROUP_FAMILIES or row["Class"].lower() in SHARKS
        of_listed = name in listed_subspecies and (species in own or species in curated)
        chosen = name in own or name in curated or of_group or of_listed
        if chosen or (row["Kingdom"] == "Animalia" and synonyms & (own | curated)):
            cites |= {name, *(row[rank] for rank in ("Class", "Order", "Family", "Genus")), species}
    cites |= curated
    # The Index lacks taxa that CITES listed formerly, by name or through a higher taxon.
    listed_by_cites = {
        (row["rank_name"].lower(), row["rec_id"]) for row in _read_rows(exports[listings_2013.CITES.name])
    }
    listed_animals = own | {_get_species(name) for name in own}
    for key, row in entries.items():
        if key[0] == "species" and "CITES" in row["Designation"]:
            names = lineage(key)
            is_new = names[0] in listed_animals - cites
            if is_new and not listed_by_cites.isdisjoint(_list_above(key, entries)):
                cites |= set(names)
    cites |= {name for name in listed_subspecies if _get_species(name) in cites}
    # Excluded taxa, and those above them, may have had listings and reservations of their own.
    cites |= {
        name
        for row in _read_rows(exports[listings_2013.CITES.name])
        if (above := lineage((row["rank_name"].lower(), row["rec_id"]))) and above[0] in cites
        for one in filter(None, map(str.strip, row["excluded_rec_ids"].split(",")))
        for name in lineage(_make_key(one))
    }
    return WantedNames(
        frozenset(cites - {""}), frozenset({name for names in cms_lineages for name in names} | own | curated)
    )


def _list_above(key: tuple[str, str], entries: Mapping[tuple[str, str], TableRecord]) -> list[tuple[str, str]]:
    """Return the rank and number of a taxon and of all taxa above it."""
    found: list[tuple[str, str]] = []
    while row := entries.get(key):
        found.append(key)
        key = row["ParentRank"].lower(), row["ParentRecID"]
    return found


def _make_key(excluded: str) -> tuple[str, str]:
    rank, _, number = excluded.partition(":")
    return rank.strip().lower(), number.strip()


def _get_species(name: str) -> str:
    """Return the species name of a subspecies; any other name is returned unchanged."""
    words = name.split()
    return " ".join(words[:2]) if len(words) == 3 else name
