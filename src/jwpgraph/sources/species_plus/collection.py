"""The species that the project ships, drawn from exports that somebody has: what CMS lists, and the species groups.

Everything is taken that CMS lists and that the species groups name, each with its counterpart in the other taxonomy and
the listings of the taxa above it; the species groups in full, the others without distributions and without a record for
each common name. A table kept by hand adds what came after the exports. Where sources differ on what a taxon can have
only one of, the shipped files go first, then that table, then the Index of CITES Species, then the tables of 2013.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from jwpgraph.problems import Problem
from jwpgraph.shipped_files import shipped
from jwpgraph.sources.species_plus import checklist_index, listings_2013, tables_2013
from jwpgraph.sources.species_plus.collection_files import in_files, left_out
from jwpgraph.sources.species_plus.exclusions import exclude_from_states
from jwpgraph.sources.species_plus.importing import FORMATS, Options, import_files
from jwpgraph.sources.species_plus.later_tables import LaterTables
from jwpgraph.sources.species_plus.names import capitalised, split_synonyms
from jwpgraph.sources.species_plus.reservations import Reservations, is_table
from jwpgraph.sources.species_plus.said import OF_TAXON, PARENT, VERNACULAR, Said, said_of, shipped_elsewhere
from jwpgraph.sources.species_plus.statements import Statements, term
from jwpgraph.sources.tables import Format, ImportReport, Row, format_of, open_table
from jwpgraph.vocabulary import ID

#: Where the files go, below ``data/ttl``; they become graphs of that name.
FOLDER: Final = "species"
CURATED: Final = "data/curated/later-listings.csv"
INDEX_SOURCE: Final = "cites-index-2017"

_SINGLE: Final = frozenset({PARENT, term("jwp:rank"), term("skos:prefLabel"), term("jwp:evidence")})
_NAMES_OF_PAST: Final = frozenset(
    {
        *_SINGLE,
        term("dwc:scientificName"),
        term("jwp:speciesPlusId"),
        term("tcs:taxonName"),
        term("jwp:inStandardReference"),
    }
)
_COMMON: Final = term("tcs:vernacularName")
_NAME: Final = term("tcs:taxonName")
_LABEL: Final = term("skos:prefLabel")
_ALT_LABEL: Final = term("skos:altLabel")
_SYNONYM: Final = term("tcs:synonym")
_SOURCE: Final = term("dcterms:source")
_EXCLUDES: Final = term("jwp:excludesTaxon")
_RESTRICTED: Final = term("jwp:restrictedTaxon")
_UN_LANGUAGES: Final = frozenset({"ar", "en", "es", "fr", "ru", "zh"})
#: A concept that its export still calls by an earlier name.
_RENAMED: Final = {
    f"{ID}{kind}/cites/uncia-uncia": f"{ID}{kind}/cites/panthera-uncia"
    for kind in ("taxon", "common-name", "distribution", "listing-event", "name-usage", "standard-reference")
} | {
    # Two entries of the tables of 2013 for one albatross: the old name has the listing, the present one the agreement.
    f"{ID}{kind}/cms/diomedea-chrysostoma": f"{ID}{kind}/cms/thalassarche-chrysostoma"
    for kind in ("taxon", "common-name", "distribution", "listing-event", "standard-reference")
}
_GROUP_FAMILIES: Final = frozenset({"Cheloniidae", "Dermochelyidae"})
_SHARKS: Final = frozenset({"elasmobranchii", "chondrichthyes"})


@dataclass(frozen=True)
class Collection:
    """The statements of the shipped species, by the name of their file, and what became of the rows.

    Attributes:
        files: the statements.
        report: what became of the rows.
        left_out: what exports offer of each taxon and is not among the statements: keys of the coverage table by IRI.
    """

    files: dict[str, list[Triple]]
    report: ImportReport
    left_out: dict[str, frozenset[str]]


def collect(folder: Path, *, strict: bool = False) -> Collection:
    """Draw the shipped species from the exports below *folder*.

    Raises:
        Problem: ``nothing-imported`` when an export is missing; ``rows-rejected`` when *strict*.
    """
    exports = _exports(folder)
    names, groups = _selected(exports), _named_by_groups()
    report = ImportReport(strict=strict)
    layers = [
        _imported([shipped(CURATED)], Options(strict=strict), report),
        _imported(
            exports[checklist_index.FORMAT.name],
            Options(strict=strict, source=INDEX_SOURCE, day="2017-04-21", only=names.cites, exactly=True),
            report,
        ),
        _imported(
            [path for name, paths in exports.items() if name.startswith("species-plus-2013") for path in paths],
            Options(strict=strict, only=names.cites | names.cms, exactly=True),
            report,
        ),
    ]
    layers.append(_later(folder, layers, report))
    merged = _merged(layers, names, groups)
    files = {name: [_triple(one) for one in said] for name, said in in_files(merged).items()}
    return Collection(files, report, left_out(layers, merged, present))


@dataclass(frozen=True)
class _Names:
    """Scientific names to take: those of each taxonomy with the names above them, and those of species groups."""

    cites: frozenset[str]
    cms: frozenset[str]


def _triple(said: Said) -> Triple:
    return Triple(NamedNode(said.subject), NamedNode(said.predicate), said.object)


def _exports(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in {".csv", ".gz"} and (one := format_of(path, FORMATS)):
            found[one.name].append(path)
    # Later tables have the columns of 2013, but other numbers: only what lies beside a table of taxa goes with it.
    beside = {path.parent for path in found[tables_2013.TAXA.name]}
    for name in [name for name in found if name.startswith("species-plus-2013")]:
        found[name] = [path for path in found[name] if path.parent in beside]
    needed: Sequence[Format] = (checklist_index.FORMAT, tables_2013.TAXA, listings_2013.CITES, listings_2013.CMS)
    missing = [one.name for one in needed if not found[one.name]]
    if missing:
        raise Problem("nothing-imported", "Exports are missing", f"{folder} holds no {', no '.join(missing)}.")
    return found


def _rows(paths: Iterable[Path]) -> Iterator[Row]:
    for path in paths:
        with open_table(path, FORMATS, ImportReport()) as table:
            yield from table


def _named_by_groups() -> frozenset[str]:
    """The names of the taxa that the species groups include, as their slugs tell them."""
    quads = parse(path=str(shipped("data/ttl/species-groups.ttl")), format=RdfFormat.TURTLE)
    groups = said_of(quad.triple for quad in quads)
    slugs = (one.object.value.rpartition("/")[2] for one in groups if one.predicate == term("jwp:includesTaxon"))
    return frozenset(slug.replace("-", " ").capitalize() for slug in slugs)


def _selected(exports: dict[str, list[Path]]) -> _Names:
    entries = {(row["Rank"].lower(), row["RecID"]): row for row in _rows(exports[tables_2013.TAXA.name])}

    def lineage(key: tuple[str, str]) -> list[str]:
        names: list[str] = []
        while row := entries.get(key):
            words = [row["Scientific name"]]
            while key[0] in ("species", "subspecies") and row:
                key = row["ParentRank"].lower(), row["ParentRecID"]
                row = entries[key]
                words.append(row["Scientific name"])
            names.append(" ".join([capitalised(words[-1]), *reversed(words[:-1])]))
            key = key if len(words) > 1 else (row["ParentRank"].lower(), row["ParentRecID"])
        return names

    listed = {(row["rank"].lower(), row["rec_id"]) for row in _rows(exports[listings_2013.CMS.name])}
    of_groups = _named_by_groups()
    cms_lineages = [names for key in listed if (names := lineage(key))]
    own = {names[0] for names in cms_lineages} | of_groups
    curated = {row["name"] for row in _rows([shipped(CURATED)])}
    curated |= {_species(name) for name in curated}
    listed_subspecies = {
        names[0]
        for row in _rows(exports[listings_2013.CITES.name])
        if row["rank_name"].lower() == "subspecies" and (names := lineage(("subspecies", row["rec_id"])))
    }
    cites: set[str] = set()
    for row in _rows(exports[checklist_index.FORMAT.name]):
        name, species = row["FullName"], f"{row['Genus']} {row['Species']}"
        synonyms = {one for one, _ in split_synonyms(row["SynonymsWithAuthors"], of_species=True)}
        of_group = species in of_groups or row["Family"] in _GROUP_FAMILIES or row["Class"].lower() in _SHARKS
        of_listed = name in listed_subspecies and (species in own or species in curated)
        chosen = name in own or name in curated or of_group or of_listed
        if chosen or (row["Kingdom"] == "Animalia" and synonyms & (own | curated)):
            cites |= {name, *(row[rank] for rank in ("Class", "Order", "Family", "Genus")), species}
    cites |= curated
    cites |= {name for name in listed_subspecies if _species(name) in cites}
    return _Names(
        frozenset(cites - {""}), frozenset({name for names in cms_lineages for name in names} | own | curated)
    )


def _species(name: str) -> str:
    """The name of the species of a subspecies; any other name is itself."""
    words = name.split()
    return " ".join(words[:2]) if len(words) == 3 else name


def _imported(paths: Sequence[Path], options: Options, report: ImportReport) -> list[Said]:
    with Statements() as statements:
        found = import_files(paths, statements, options).report
        report.read += found.read
        report.imported += found.imported
        report.rejections += found.rejections
        for reason, count in found.skipped.items():
            report.skipped[reason] = report.skipped.get(reason, 0) + count
        return said_of(triple for triples in statements.by_subject() for triple in triples)


def _later(folder: Path, layers: Sequence[Sequence[Said]], report: ImportReport) -> list[Said]:
    """What later tables add, whose numbers are those of the Index, to what the others say."""
    index = layers[1]
    slugs = {
        one.object.value: one.subject.rpartition("/")[2] for one in index if one.predicate == term("jwp:speciesPlusId")
    }
    there = {one.subject for one in index if one.predicate == term("jwp:inPlace")}
    with Statements() as statements:
        LaterTables(folder, slugs, there, statements, report).read()
        reservations = Reservations(slugs, (one for layer in layers for one in layer), statements, report)
        for path in sorted(folder.rglob("*.csv")):
            if is_table(path):
                reservations.read(path)
        return said_of(triple for triples in statements.by_subject() for triple in triples)


def _merged(layers: Sequence[list[Said]], names: _Names, groups: frozenset[str]) -> dict[str, list[Said]]:
    """The statements to ship by subject: selected ones, none that another shipped file makes, one parent for each."""
    elsewhere = set(shipped_elsewhere())
    taken: dict[tuple[str, str, str], str] = {
        _single_key(triple): triple.object.value for triple in elsewhere if triple.predicate in _SINGLE
    }
    in_full = _in_full(layers, groups)
    merged: dict[str, set[Said]] = defaultdict(set)
    for layer in layers:
        kept = {made for triple in layer if (made := _renamed(triple))}
        for triple in sorted(kept, key=str):
            if not _is_shipped(triple, in_full) or triple in elsewhere:
                continue
            if (
                triple.predicate in _SINGLE
                and taken.setdefault(_single_key(triple), triple.object.value) != triple.object.value
            ):
                continue
            merged[triple.subject].add(triple)
    for iri, triples in merged.items():
        if iri.startswith(f"{ID}taxon/"):
            _tidy_labels(iri, triples, taken)
        accepted = {triple.object for triple in triples if triple.predicate == _NAME}
        triples -= {triple for triple in triples if triple.predicate == _SYNONYM and triple.object in accepted}
    exclude_from_states(merged)
    return _referred_to(merged, names)


def _tidy_labels(iri: str, triples: set[Said], taken: Mapping[tuple[str, str, str], str]) -> None:
    """Give a taxon an English label, and no other label that repeats its Latin one."""
    latin = taken.get((iri, _LABEL, "la"), "")
    triples -= {triple for triple in triples if triple.predicate == _ALT_LABEL and triple.object.value == latin}
    if (iri, _LABEL, "en") not in taken:
        english = {
            triple.object.value
            for triple in triples
            if triple.predicate == VERNACULAR and isinstance(triple.object, Literal) and triple.object.language == "en"
        }
        label = english.pop() if len(english) == 1 else latin
        triples.add(Said(iri, _LABEL, Literal(label, language="en")))


def _single_key(triple: Said) -> tuple[str, str, str]:
    language = triple.object.language or "" if isinstance(triple.object, Literal) else ""
    return triple.subject, triple.predicate, language


def _in_full(layers: Sequence[list[Said]], groups: frozenset[str]) -> frozenset[str]:
    """The slugs of the taxa of the species groups, subspecies and listed sharks and rays included."""
    parents = {
        triple.subject.rpartition("/")[2]: triple.object.value.rpartition("/")[2]
        for layer in reversed(layers)
        for triple in layer
        if triple.predicate == PARENT
    }
    slugs = {name.lower().replace(" ", "-") for name in groups | _GROUP_FAMILIES} | _SHARKS | {"uncia-uncia"}
    below: set[str] = set(slugs)
    for slug in parents:
        at, seen = slug, set[str]()
        while at and at not in seen:
            if at in slugs:
                below.add(slug)
            seen.add(at)
            at = parents.get(at, "")
    return frozenset(below)


def _renamed(triple: Said) -> Said | None:
    """The statement about the concept under its present name; None where it says what the earlier name was like."""
    subject, target = present(triple.subject), triple.object
    if subject != triple.subject and subject.startswith(f"{ID}taxon/") and triple.predicate in _NAMES_OF_PAST:
        return None
    if isinstance(target, NamedNode):
        target = NamedNode(present(target.value))
    return Said(subject, triple.predicate, target)


def present(iri: str) -> str:
    for former, present in _RENAMED.items():
        if iri == former or iri.startswith(former + "/"):
            return present + iri.removeprefix(former)
    return iri


def _is_shipped(triple: Said, in_full: frozenset[str]) -> bool:
    found = OF_TAXON.fullmatch(triple.subject)
    if found is None:
        return True
    kind, _, slug = found.groups()
    if slug in in_full:
        return True
    if kind in ("common-name", "distribution") or triple.predicate == _COMMON:
        return False
    if triple.predicate == VERNACULAR and isinstance(triple.object, Literal):
        return triple.object.language in _UN_LANGUAGES
    return True


def _referred_to(merged: dict[str, set[Said]], names: _Names) -> dict[str, list[Said]]:
    """Without taxa that nobody selected and nothing selected refers to, and without names of such taxa."""
    wanted = {f"{ID}taxon/cites/{_slug(name)}" for name in names.cites}
    wanted |= {f"{ID}taxon/cms/{_slug(name)}" for name in names.cms}
    kept: set[str] = set()
    waiting = [
        iri
        for iri in merged
        if iri in wanted
        or ((found := OF_TAXON.fullmatch(iri)) and f"{ID}taxon/{found.group(2)}/{found.group(3)}" in wanted)
        or iri.startswith(f"{ID}instrument/")
        or (iri.startswith(f"{ID}trade-restriction/") and _restricts(merged[iri], wanted))
    ]
    while waiting:
        iri = waiting.pop()
        if iri in kept or iri not in merged:
            continue
        kept.add(iri)
        waiting += [
            triple.object.value
            for triple in merged[iri]
            if isinstance(triple.object, NamedNode) and _is_followed(triple)
        ]
    return {
        iri: [one for one in sorted(merged[iri], key=str) if one.predicate != _EXCLUDES or one.object.value in kept]
        for iri in sorted(kept)
    }


def _is_followed(one: Said) -> bool:
    """Whether a thing is taken because of a statement: not a source, nor what a reference or limit leaves out."""
    if one.predicate == _EXCLUDES:
        return one.subject.startswith(f"{ID}listing-event/")
    return one.predicate != _SOURCE


def _restricts(triples: Iterable[Said], wanted: set[str]) -> bool:
    """Whether a limit on trade is of a selected taxon, or of all."""
    taxa = {one.object.value for one in triples if one.predicate == _RESTRICTED}
    return not taxa or bool(taxa & wanted)


def _slug(name: str) -> str:
    return "-".join(name.lower().split())
