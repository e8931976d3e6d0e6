"""Collection of the shipped species from exports: taxa listed by CMS, and the species groups.

The collection contains all taxa listed by CMS or named by the species groups, each with its counterpart in the other
taxonomy and the listings of its higher taxa. Species groups are complete; other taxa have no distributions, and common
names in the six languages of the United Nations only. A curated table adds facts that are later than the exports.
Conflicts in functional properties are resolved in this order: shipped files, curated table, Index of CITES Species,
tables of 2013.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from jwpgraph.producers.accepted_names import add_usages, settle_names
from jwpgraph.producers.collection_files import find_left_out, split_into_files
from jwpgraph.producers.event_links import link_events
from jwpgraph.producers.evidence import add_evidence
from jwpgraph.producers.exclusions import exclude_from_states
from jwpgraph.producers.further_names import read_further_names
from jwpgraph.producers.further_ranges import read_further_ranges
from jwpgraph.producers.later_tables import LaterTables
from jwpgraph.producers.name_selection import (
    CURATED,
    GROUP_FAMILIES,
    SHARKS,
    WantedNames,
    find_exports,
    list_group_taxa,
    select_names,
)
from jwpgraph.producers.ranges import RangeStatement, list_occurrences, replace_ranges, settle
from jwpgraph.producers.reservations import Reservations, is_table
from jwpgraph.producers.taxon_sources import state_sources
from jwpgraph.producers.transfers import add_transfers
from jwpgraph.producers.triples import OF_TAXON, PARENT, VERNACULAR, StatedTriple, iter_triples, read_shipped_elsewhere
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.species_plus import checklist_index
from jwpgraph.sources.species_plus.complete_history import CompleteHistory
from jwpgraph.sources.species_plus.importer import SpeciesImportOptions, import_files
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.vocabulary import ID

#: Folder of the files, below ``data/ttl``; they become graphs of that name.
FOLDER: Final = "species"
INDEX_SOURCE: Final = "cites-index-2017"

_SINGLE: Final = frozenset(
    {PARENT, expand_term("jwp:rank"), expand_term("skos:prefLabel"), expand_term("jwp:evidence")}
)
_NAMES_OF_PAST: Final = frozenset(
    {
        *_SINGLE,
        expand_term("gbif:canonicalName"),
        expand_term("dwc:scientificName"),
        expand_term("jwp:speciesPlusId"),
        expand_term("tcs:taxonName"),
        expand_term("jwp:inStandardReference"),
    }
)
_COMMON: Final = expand_term("tcs:vernacularName")
_NAME: Final = expand_term("tcs:taxonName")
_LABEL: Final = expand_term("skos:prefLabel")
_ALT_LABEL: Final = expand_term("skos:altLabel")
_SCIENTIFIC: Final = expand_term("gbif:canonicalName")
_SYNONYM: Final = expand_term("tcs:synonym")
_SOURCE: Final = expand_term("dcterms:source")
_EXCLUDES: Final = expand_term("jwp:excludesTaxon")
_RESTRICTED: Final = expand_term("jwp:restrictedTaxon")
_UN_LANGUAGES: Final = frozenset({"ar", "en", "es", "fr", "ru", "zh"})
#: Concepts under an earlier name in their export. ``data/ttl/replaced-concepts.ttl`` redirects the former identifiers.
RENAMED: Final = {
    f"{ID}{kind}/cites/uncia-uncia": f"{ID}{kind}/cites/panthera-uncia"
    for kind in ("taxon", "common-name", "distribution", "listing-event", "name-usage", "standard-reference")
} | {
    # Two entries of the tables of 2013 for one albatross: the old name has the listing, the present one the agreement.
    f"{ID}{kind}/cms/{former}": f"{ID}{kind}/cms/{present}"
    for former, present in (
        ("diomedea-chrysostoma", "thalassarche-chrysostoma"),
        ("diomedea-irrorata", "phoebastria-irrorata"),
    )
    for kind in ("taxon", "common-name", "distribution", "listing-event", "standard-reference")
}


@dataclass(frozen=True)
class SpeciesCollection:
    """The statements of the shipped species by file name, and the import report.

    Attributes:
        files: the statements.
        report: the outcome of the rows.
        left_out: fields in the exports that are not shipped, as coverage keys by IRI of the taxon.
    """

    files: dict[str, list[Triple]]
    report: ImportReport
    left_out: dict[str, frozenset[str]]


def collect_species(folder: Path, *, strict: bool = False) -> SpeciesCollection:
    """Collect the shipped species from the exports below *folder*.

    Raises:
        ProblemError: ``nothing-imported`` if an export is missing; ``rows-rejected`` if *strict*.
    """
    exports = find_exports(folder)
    names, groups = select_names(exports), list_group_taxa()
    report, history = ImportReport(strict=strict), CompleteHistory()
    layers = [
        _import_exports([get_shipped_path(CURATED)], SpeciesImportOptions(strict=strict), report),
        _import_exports(
            exports[checklist_index.FORMAT.name],
            SpeciesImportOptions(strict=strict, source=INDEX_SOURCE, day="2017-04-21", only=names.cites, exactly=True),
            report,
            history,
        ),
        _import_exports(
            [path for name, paths in exports.items() if name.startswith("species-plus-2013") for path in paths],
            SpeciesImportOptions(strict=strict, only=names.cites | names.cms, exactly=True),
            report,
            history,
        ),
    ]
    layers.append(_read_later_tables(folder, layers, report))
    merged = _merge_layers(layers, names, groups)
    ranges = settle(_get_occurrences(folder, layers, merged))
    report.notes += [one.sentence() for one in ranges.contradictions]
    merged = replace_ranges(merged, ranges)
    shipped = [*read_shipped_elsewhere(), *(one for triples in merged.values() for one in triples)]
    made = split_into_files(merged) | read_further_names(folder, shipped)
    files = {name: [_as_triple(one) for one in triples] for name, triples in made.items()}
    return SpeciesCollection(files, report, find_left_out(layers, merged, present_name))


def _get_occurrences(
    folder: Path, layers: Sequence[list[StatedTriple]], merged: Mapping[str, Sequence[StatedTriple]]
) -> list[RangeStatement]:
    """Return the occurrences of the shipped taxa in all sources."""
    renamed = ([made for one in layer if (made := _rename_concept(one))] for layer in layers)
    found = [one for layer in renamed for one in list_occurrences(layer)]
    concepts: dict[str, list[str]] = defaultdict(list)
    for one in (*read_shipped_elsewhere(), *(one for triples in merged.values() for one in triples)):
        if one.predicate == _SCIENTIFIC and "/taxon/" in one.subject and one.subject not in concepts[one.object.value]:
            concepts[one.object.value].append(one.subject)
    return [*found, *read_further_ranges(folder, concepts, found)]


def _as_triple(statement: StatedTriple) -> Triple:
    return Triple(NamedNode(statement.subject), NamedNode(statement.predicate), statement.object)


def _import_exports(
    paths: Sequence[Path],
    options: SpeciesImportOptions,
    report: ImportReport,
    history: CompleteHistory | None = None,
) -> list[StatedTriple]:
    with SortedStatements() as statements:
        found = import_files(paths, statements, options, history=history).report
        report.read += found.read
        report.imported += found.imported
        report.rejections += found.rejections
        for reason, count in found.skipped.items():
            report.skipped[reason] = report.skipped.get(reason, 0) + count
        return iter_triples(triple for triples in statements.by_subject() for triple in triples)


def _read_later_tables(
    folder: Path, layers: Sequence[Sequence[StatedTriple]], report: ImportReport
) -> list[StatedTriple]:
    """Return the statements that later tables, which use the numbers of the Index, add to the others."""
    index = layers[1]
    slugs = {
        one.object.value: one.subject.rpartition("/")[2]
        for one in index
        if one.predicate == expand_term("jwp:speciesPlusId")
    }
    there = {one.subject for one in index if one.predicate == expand_term("jwp:inPlace")}
    with SortedStatements() as statements:
        LaterTables(folder, slugs, there, statements, report).read()
        reservations = Reservations(slugs, (one for layer in layers for one in layer), statements, report)
        for path in sorted(folder.rglob("*.csv")):
            if is_table(path):
                reservations.read(path)
        return iter_triples(triple for triples in statements.by_subject() for triple in triples)


def _merge_layers(
    layers: Sequence[list[StatedTriple]], names: WantedNames, groups: frozenset[str]
) -> dict[str, list[StatedTriple]]:
    """Return the statements to ship by subject: selected, not in another shipped file, one parent for each taxon."""
    elsewhere = set(read_shipped_elsewhere())
    taken: dict[tuple[str, str, str], str] = {
        _make_single_key(triple): triple.object.value for triple in elsewhere if triple.predicate in _SINGLE
    }
    in_full = _list_full_taxa(layers, groups)
    merged: dict[str, set[StatedTriple]] = defaultdict(set)
    renamed = [[made for triple in layer if (made := _rename_concept(triple))] for layer in layers]
    for layer in renamed:
        for triple in sorted(set(layer), key=str):
            if not _is_shipped(triple, in_full) or triple in elsewhere:
                continue
            if (
                triple.predicate in _SINGLE
                and taken.setdefault(_make_single_key(triple), triple.object.value) != triple.object.value
            ):
                continue
            merged[triple.subject].add(triple)
    for iri, triples in merged.items():
        if iri.startswith(f"{ID}taxon/"):
            _tidy_labels(iri, triples, taken)
    exclude_from_states(merged)
    kept = _drop_unreferenced(merged, names)
    settle_names(kept, renamed, elsewhere)
    _drop_names(kept, elsewhere)
    add_usages(kept, elsewhere)
    link_events(kept)
    add_transfers(kept, elsewhere)
    add_evidence(kept)
    state_sources(kept, renamed, elsewhere)
    return {iri: sorted(triples, key=str) for iri, triples in sorted(kept.items())}


def _drop_names(merged: dict[str, set[StatedTriple]], elsewhere: Iterable[StatedTriple]) -> None:
    """Remove synonyms that are the accepted name of their taxon, and names that nothing refers to."""
    accepted = {(one.subject, one.object) for triples in merged.values() for one in triples if one.predicate == _NAME}
    for iri, triples in merged.items():
        triples -= {one for one in triples if one.predicate == _SYNONYM and (iri, one.object) in accepted}
    used = {one.object.value for triples in merged.values() for one in triples if isinstance(one.object, NamedNode)}
    used |= {one.object.value for one in elsewhere}
    for iri in [iri for iri in merged if iri.startswith(f"{ID}taxon-name/") and iri not in used]:
        del merged[iri]


def _tidy_labels(iri: str, triples: set[StatedTriple], taken: Mapping[tuple[str, str, str], str]) -> None:
    """Give a taxon an English label, and remove labels that repeat its Latin one."""
    latin = taken.get((iri, _LABEL, "la"), "")
    triples -= {triple for triple in triples if triple.predicate == _ALT_LABEL and triple.object.value == latin}
    if (iri, _LABEL, "en") not in taken:
        english = {
            triple.object.value
            for triple in triples
            if triple.predicate == VERNACULAR and isinstance(triple.object, Literal) and triple.object.language == "en"
        }
        label = english.pop() if len(english) == 1 else latin
        triples.add(StatedTriple(iri, _LABEL, Literal(label, language="en")))


def _make_single_key(triple: StatedTriple) -> tuple[str, str, str]:
    language = triple.object.language or "" if isinstance(triple.object, Literal) else ""
    return triple.subject, triple.predicate, language


def _list_full_taxa(layers: Sequence[list[StatedTriple]], groups: frozenset[str]) -> frozenset[str]:
    """Return the slugs of the taxa of the species groups, including subspecies and listed sharks and rays."""
    parents = {
        triple.subject.rpartition("/")[2]: triple.object.value.rpartition("/")[2]
        for layer in reversed(layers)
        for triple in layer
        if triple.predicate == PARENT
    }
    slugs = {name.lower().replace(" ", "-") for name in groups | GROUP_FAMILIES} | SHARKS | {"uncia-uncia"}
    below: set[str] = set(slugs)
    for slug in parents:
        at, seen = slug, set[str]()
        while at and at not in seen:
            if at in slugs:
                below.add(slug)
            seen.add(at)
            at = parents.get(at, "")
    return frozenset(below)


def _rename_concept(triple: StatedTriple) -> StatedTriple | None:
    """Return the statement with the concept's present name; ``None`` for descriptions of the earlier name.

    The earlier name remains as another label.
    """
    subject, target = present_name(triple.subject), triple.object
    if subject != triple.subject and triple.predicate == _SCIENTIFIC and subject.startswith(f"{ID}taxon/"):
        return StatedTriple(subject, _ALT_LABEL, Literal(target.value, language="la"))
    if subject != triple.subject and subject.startswith(f"{ID}taxon/") and triple.predicate in _NAMES_OF_PAST:
        return None
    if isinstance(target, NamedNode):
        target = NamedNode(present_name(target.value))
    return StatedTriple(subject, triple.predicate, target)


def present_name(iri: str) -> str:
    for former, present in RENAMED.items():
        if iri == former or iri.startswith(former + "/"):
            return present + iri.removeprefix(former)
    return iri


def _is_shipped(triple: StatedTriple, in_full: frozenset[str]) -> bool:
    found = OF_TAXON.fullmatch(triple.subject)
    if found is None:
        return True
    kind, _, slug = found.groups()
    if slug in in_full:
        return True
    if kind == "common-name" or triple.predicate == _COMMON:
        return _is_of_shipped_language(triple.subject if kind == "common-name" else triple.object.value)
    if triple.predicate == VERNACULAR and isinstance(triple.object, Literal):
        return triple.object.language in _UN_LANGUAGES
    return kind != "distribution"


def _is_of_shipped_language(common_name: str) -> bool:
    """Return whether the record of a common name, by IRI, is in one of the six languages of the United Nations."""
    return common_name.split("/")[-2] in _UN_LANGUAGES


def _drop_unreferenced(merged: dict[str, set[StatedTriple]], names: WantedNames) -> dict[str, set[StatedTriple]]:
    """Remove taxa that are neither selected nor referred to, and the names of such taxa."""
    wanted = {f"{ID}taxon/cites/{_make_slug(name)}" for name in names.cites}
    wanted |= {f"{ID}taxon/cms/{_make_slug(name)}" for name in names.cms}
    kept: set[str] = set()
    waiting = [
        iri
        for iri in merged
        if iri in wanted
        or ((found := OF_TAXON.fullmatch(iri)) and f"{ID}taxon/{found.group(2)}/{found.group(3)}" in wanted)
        or iri.startswith(f"{ID}instrument/")
        or (iri.startswith(f"{ID}trade-restriction/") and _is_restriction_of(merged[iri], wanted))
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
        iri: {one for one in merged[iri] if one.predicate != _EXCLUDES or one.object.value in kept}
        for iri in sorted(kept)
    }


def _is_followed(one: StatedTriple) -> bool:
    """Return whether the object of a statement is shipped with it; false for sources and exclusions of references or
    limits.
    """
    if one.predicate == _EXCLUDES:
        return one.subject.startswith(f"{ID}listing-event/")
    return one.predicate != _SOURCE


def _is_restriction_of(triples: Iterable[StatedTriple], wanted: set[str]) -> bool:
    """Return whether a trade restriction concerns a selected taxon, or all taxa."""
    taxa = {one.object.value for one in triples if one.predicate == _RESTRICTED}
    return not taxa or bool(taxa & wanted)


def _make_slug(name: str) -> str:
    return "-".join(name.lower().split())
