"""Reader for the tables from which Species+ was filled in 2013: taxa, synonyms, common names, distribution tags.

The tables identify a taxon by rank and number. A row contains only the last word of the name; the full name is composed
from the parents. The table of taxa is therefore read first, regardless of file order, and the others refer to it. A row
applies to each taxonomy of its designations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.import_context import ImportContext
from jwpgraph.sources.species_plus.languages import get_language_tag
from jwpgraph.sources.species_plus.library_2013 import WorksLibrary2013
from jwpgraph.sources.species_plus.names import capitalise_name, split_common_names, strip_markup
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.references import state_citation
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.sources.species_plus.taxa import RANKS, StatedTaxon, TaxonWriter, parse_rank
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord
from jwpgraph.vocabulary import make_entity_iri

TAXA: Final = TableFormat(
    "species-plus-2013-taxa",
    ("Scientific name", "Rank", "RecID", "ParentRank", "ParentRecID", "Status", "Species Author", "Designation"),
    ("notes",),
)
SYNONYMS: Final = TableFormat(
    "species-plus-2013-synonyms",
    ("Scientific name", "Rank", "RecID", "ParentRank", "Parent recID", "Status", "AcceptedRank", "AcceptedRecID"),
    ("Species Author", "notes", "Designation"),
)
COMMON_NAMES: Final = TableFormat(
    "species-plus-2013-common-names", ("ComName", "LangShort", "RecId", "Rank", "Designation"), ("ReferenceID",)
)
DISTRIBUTION_TAGS: Final = TableFormat(
    "species-plus-2013-distribution-tags",
    ("Species RecID", "Rank", "ISO Code 2", "Tags", "Designation"),
    ("GEO_entity_type",),
)

_STATUSES: Final = {"A": "accepted", "N": "unplaced", "H": "hybrid", "S": "synonym", "T": "trade-name"}
_TAGS: Final = {
    "distribution uncertain": "uncertain",
    "introduced": "introduced",
    "introduced (?)": "possibly-introduced",
    "reintroduced": "reintroduced",
    "extinct": "extinct",
    "extinct (?)": "possibly-extinct",
}
_RANK_AND_NUMBER: Final = re.compile(r"\s*([A-Za-z]+)\s*:\s*(\d+)\s*")
_LINKED: Final = ("species", "subspecies", "variety")


@dataclass(frozen=True, slots=True)
class TaxonEntry:
    """A row of the table of taxa: its last word, author, status, taxonomies, and the key of its parent."""

    line: int
    word: str
    author: str
    status: str
    taxonomies: tuple[str, ...]
    parent: tuple[str, str] | None


class TaxonTable2013:
    """Taxa of the table by rank and number."""

    def __init__(self, job: ImportContext, origin: ExportSource) -> None:
        self._job = job
        self._entries: dict[tuple[str, str], TaxonEntry] = {}
        self._synonyms: dict[tuple[str, str], tuple[str, tuple[str, str] | None]] = {}
        self._stated: dict[tuple[str, str, str], StatedTaxon] = {}
        self._parents: dict[StatedTaxon, StatedTaxon | None] = {}
        self._writers = {taxonomy: job.taxa(taxonomy, origin) for taxonomy in ("cites", "cms")}
        self.library = WorksLibrary2013(origin.slug)

    def read(self, table: SourceTable) -> None:
        """Read the rows of the table of taxa, then state each taxon whose parents are valid."""
        keys: list[tuple[str, str]] = []
        for row in table:
            with self._job.part(table, row):
                keys.append(self._take(row))
        for key in keys:
            row = TableRecord(self._entries[key].line, {})
            with self._job.part(table, row):
                self._state_or_skip(key)
                self._note_history(key)

    def _note_history(self, key: tuple[str, str]) -> None:
        entry = self._entries[key]
        if entry.status == "A" and "cites" in entry.taxonomies:
            parent = entry.parent if entry.parent in self._entries else None
            self._job.history.know(self.full_name(key), self.full_name(parent) if parent else "")

    def writer(self, taxonomy: str) -> TaxonWriter:
        """Return the writer for the taxa of a taxonomy."""
        return self._writers[taxonomy]

    def list_parents(self, taxonomy: str) -> dict[StatedTaxon, StatedTaxon | None]:
        """Return the parents of the stated taxa of a taxonomy; ``None`` for those without."""
        return {taxon: parent for taxon, parent in self._parents.items() if taxon.taxonomy == taxonomy}

    def taxon(self, taxonomy: str, rank: str, number: str, column: str) -> StatedTaxon:
        """Return the concept of a taxonomy with a rank and number, stating it if necessary.

        Raises:
            RowRejectedError: with *column*, if the table of taxa lacks the taxon or its parents are invalid.
        """
        key = rank.lower(), number
        if key not in self._entries:
            raise RowRejectedError(
                column, f"no {rank.lower() or 'taxon'} with this number is in the table of taxa", number
            )
        return self._state(taxonomy, key, ())

    def parse_excluded(self, taxonomy: str, text: str, column: str) -> StatedTaxon:
        """Return the taxon that a list of excluded taxa names as ``SPECIES: 123``.

        Raises:
            RowRejectedError: with *column*, if the text is not a rank and a number, or as :meth:`taxon`.
        """
        match = _RANK_AND_NUMBER.fullmatch(text)
        if match is None:
            raise RowRejectedError(column, "is not a rank and a number (SPECIES: 123)", text)
        return self.taxon(taxonomy, match.group(1), match.group(2), column)

    def find_below(self, taxonomy: str, rank: str, number: str, name: str) -> StatedTaxon | None:
        """Return the taxon below another that a note names, in full, with initials or by its last word alone."""
        key, words = (rank.lower(), number), name.split()
        for below, entry in self._entries.items():
            if entry.parent == key and entry.word.lower() == words[-1].lower() and below[0] in _LINKED:
                return self._state(taxonomy, below, ())
        return None

    def is_known(self, rank: str, number: str) -> bool:
        """Return whether the table has a taxon with this rank and number."""
        return (rank.lower(), number) in self._entries

    def is_selected(self, rank: str, number: str) -> bool:
        """Return whether a taxon is selected; true for an unknown taxon, so that the caller rejects it."""
        if not self._job.only:
            return True
        names: list[str] = []
        key: tuple[str, str] | None = (rank.lower(), number)
        seen: set[tuple[str, str]] = set()
        while key is not None and key in self._entries and key not in seen:
            seen.add(key)
            names.append(self.full_name(key))
            key = self._entries[key].parent
        return not names or self._job.is_selected(*names)

    def full_name(self, key: tuple[str, str]) -> str:
        """Return the full scientific name.

        Raises:
            RowRejectedError: if a parent is missing or the parents form a cycle.
        """
        words: list[str] = []
        seen: set[tuple[str, str]] = set()
        at: tuple[str, str] | None = key
        while at is not None:
            if at in seen:
                raise RowRejectedError("ParentRecID", "the parents form a cycle", at[1])
            seen.add(at)
            entry = self._entries.get(at)
            if entry is None:
                raise RowRejectedError("ParentRecID", f"no {at[0]} with this number is in the table of taxa", at[1])
            words.append(entry.word)
            if at[0] not in _LINKED:
                break
            at = entry.parent
        return " ".join([capitalise_name(words[-1]), *reversed(words[:-1])])

    def add_synonym(self, row: TableRecord) -> None:
        """Record the last word of a synonym, from which names of other synonyms can be composed."""
        parent = (row["ParentRank"].lower(), row["Parent recID"]) if row["Parent recID"] else None
        key = row["Rank"].lower(), row["RecID"]
        self._synonyms.setdefault(key, (strip_markup(row["Scientific name"]), parent))

    def synonym_name(self, row: TableRecord) -> str:
        """Return the full name of a synonym: its own word after those of its parents, accepted names or synonyms.

        Raises:
            RowRejectedError: if it has no name, a parent is missing, or the parents form a cycle.
        """
        rank, words = parse_rank(row["Rank"], "Rank"), [strip_markup(row["Scientific name"])]
        if not words[0]:
            raise RowRejectedError("Scientific name", "is empty; a synonym is a name")
        parent = (row["ParentRank"].lower(), row["Parent recID"]) if rank in _LINKED else None
        seen: set[tuple[str, str]] = set()
        while parent is not None:
            if parent in seen:
                raise RowRejectedError("Parent recID", "the parents form a cycle", parent[1])
            seen.add(parent)
            if parent in self._entries:
                words.append(self.full_name(parent))
                break
            if parent not in self._synonyms:
                raise RowRejectedError(
                    "Parent recID", f"no {parent[0] or 'taxon'} with this number is in the tables", parent[1]
                )
            word, above = self._synonyms[parent]
            words.append(word)
            parent = above if parent[0] in _LINKED else None
        return " ".join([capitalise_name(words[-1]), *reversed(words[:-1])])

    def _take(self, row: TableRecord) -> tuple[str, str]:
        rank, number = parse_rank(row["Rank"], "Rank"), row["RecID"]
        key = rank, number
        if not number.isdigit():
            raise RowRejectedError("RecID", "is not a number", number)
        if key in self._entries:
            raise RowRejectedError("RecID", f"line {self._entries[key].line} has a {rank} with this number", number)
        if not row["Scientific name"]:
            raise RowRejectedError("Scientific name", "is empty; a taxon needs a name")
        if row["Status"] not in _STATUSES:
            raise RowRejectedError("Status", "is not a name status", row["Status"])
        parent = (parse_rank(row["ParentRank"], "ParentRank"), row["ParentRecID"]) if row["ParentRecID"] else None
        if parent and RANKS.index(parent[0]) > RANKS.index(rank):
            raise RowRejectedError("ParentRank", f"is a rank below that of a {rank}", row["ParentRank"])
        taxonomies = parse_taxonomies(row["Designation"], "Designation")
        word = row["Scientific name"]
        self._entries[key] = TaxonEntry(row.line, word, row["Species Author"], row["Status"], taxonomies, parent)
        return key

    def _state_or_skip(self, key: tuple[str, str]) -> None:
        self.full_name(key)
        if not self.is_selected(*key):
            self._job.report.skip("outside the taxa asked for")
            return
        for taxonomy in self._entries[key].taxonomies:
            self._state(taxonomy, key, ())
        self._job.report.imported += 1

    def _state(self, taxonomy: str, key: tuple[str, str], below: tuple[tuple[str, str], ...]) -> StatedTaxon:
        known = self._stated.get((taxonomy, *key))
        if known:
            return known
        if key in below:
            raise RowRejectedError("ParentRecID", "the parents form a cycle", key[1])
        entry = self._entries.get(key)
        if entry is None:
            raise RowRejectedError("ParentRecID", f"no {key[0]} with this number is in the table of taxa", key[1])
        parent = self._state(taxonomy, entry.parent, (*below, key)) if entry.parent else None
        writer = self._writers[taxonomy]
        taxon = writer.concept(self.full_name(key), key[0], author=entry.author, parent=parent)
        self._stated[(taxonomy, *key)] = taxon
        self._parents[taxon] = parent
        if entry.status in ("H", "N"):
            _state_usage(writer, taxon, entry)
        return taxon


def _state_usage(writer: TaxonWriter, taxon: StatedTaxon, entry: TaxonEntry) -> None:
    """State that a taxonomy keeps a name without accepting it."""
    statements = writer.statements
    iri = make_entity_iri("name-usage", taxon.taxonomy, taxon.slug, "name")
    statements.link(iri, expand_term("rdf:type"), expand_term("jwp:NameUsage"))
    statements.link(iri, expand_term("jwp:ofTaxon"), taxon.iri)
    statements.link(iri, expand_term("jwp:usedName"), writer.name(taxon.name, entry.author))
    statements.link(iri, expand_term("jwp:nameStatus"), make_entity_iri("name-status", _STATUSES[entry.status]))
    statements.link(iri, expand_term("dcterms:source"), writer.source)


def parse_taxonomies(designations: str, column: str) -> tuple[str, ...]:
    """Return the taxonomies of a list of designations (``CITES,EU,CMS-AEWA``).

    Raises:
        RowRejectedError: with *column*, if there are none.
    """
    found = []
    for one in designations.upper().replace(" ", "").split(","):
        if one.startswith("CMS"):
            found.append("cms")
        elif one in ("CITES", "EU", "CITES_EU"):
            found.append("cites")
    if not found:
        raise RowRejectedError(column, "names neither CITES nor CMS", designations)
    return tuple(dict.fromkeys(found))


def import_synonyms(job: ImportContext, table: SourceTable, register: TaxonTable2013) -> None:
    """Import the names that refer to an accepted name; a genus may only serve to compose names of its species."""
    rows = list(table)
    for row in rows:
        register.add_synonym(row)
    for row in rows:
        with job.part(table, row):
            if not row["AcceptedRecID"]:
                job.report.skip("a synonym that refers to no accepted name, only part of other names")
            elif _import_synonym(row, register):
                job.report.imported += 1
            else:
                job.report.skip("outside the taxa asked for")


def _import_synonym(row: TableRecord, register: TaxonTable2013) -> bool:
    accepted = row["AcceptedRank"], row["AcceptedRecID"]
    if not register.is_selected(*accepted):
        return False
    name = register.synonym_name(row)
    for taxonomy in parse_taxonomies(row["Designation"], "Designation"):
        taxon = register.taxon(taxonomy, *accepted, "AcceptedRecID")
        register.writer(taxonomy).synonym(taxon, name, row["Species Author"])
    return True


def import_common_names(job: ImportContext, table: SourceTable, register: TaxonTable2013, origin: ExportSource) -> None:
    """Import common names in all languages of the table, each with its work."""

    def convert(row: TableRecord) -> bool:
        if not register.is_selected(row["Rank"], row["RecId"]):
            return False
        if not row["ComName"]:
            raise RowRejectedError("ComName", "is empty")
        language = get_language_tag(row["LangShort"], "LangShort")
        for taxonomy in parse_taxonomies(row["Designation"], "Designation"):
            taxon = register.taxon(taxonomy, row["Rank"], row["RecId"], "RecId")
            for one in split_common_names(strip_markup(row["ComName"])):
                name = register.writer(taxonomy).common_name(taxon, one, language)
                if row["ReferenceID"] and (work := register.library.work(row["ReferenceID"])):
                    state_citation(job.statements, name, work, origin.iri)
        return True

    job.rows(table, convert)


def parse_statuses(tags: str, column: str) -> list[str]:
    """Return the distribution statuses in a list of tags, as slugs.

    Raises:
        RowRejectedError: with *column*, for an unknown tag.
    """
    found = [tag.strip() for tag in tags.split(",") if tag.strip()]
    unknown = next((tag for tag in found if tag not in _TAGS), None)
    if unknown:
        raise RowRejectedError(column, "is not a distribution tag", unknown)
    return [_TAGS[tag] for tag in found]


def import_distribution_tags(job: ImportContext, table: SourceTable, register: TaxonTable2013) -> None:
    """Import the places in which a taxon is not simply native."""

    def convert(row: TableRecord) -> bool:
        if not register.is_selected(row["Rank"], row["Species RecID"]):
            return False
        place = job.places.code(row["ISO Code 2"], "ISO Code 2")
        statuses = parse_statuses(row["Tags"], "Tags")
        if not statuses:
            raise RowRejectedError("Tags", "is empty; the table is of places with a tag")
        for taxonomy in parse_taxonomies(row["Designation"], "Designation"):
            taxon = register.taxon(taxonomy, row["Rank"], row["Species RecID"], "Species RecID")
            register.writer(taxonomy).distribution(taxon, place, statuses)
        return True

    job.rows(table, convert)
