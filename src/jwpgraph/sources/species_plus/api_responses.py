"""Reader for responses of the Species+ API, version 1, saved as JSON: taxa, legislation, distributions, references.

Legislation names its taxon. Distributions and references do not; their taxon is identified by the number in the file
name (``4521-distributions.json``) and must be among the taxon concepts of the same import. A weekly download with one
taxon concept per line is read line by line.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from jwpgraph.problems import ProblemError
from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.dates import parse_date
from jwpgraph.sources.species_plus.import_context import ImportContext
from jwpgraph.sources.species_plus.languages import get_language_tag
from jwpgraph.sources.species_plus.listings import ImportedEvent, parse_appendix, parse_change, parse_scope
from jwpgraph.sources.species_plus.names import strip_markup
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.references import CitedWork, state_citation, state_standard_reference
from jwpgraph.sources.species_plus.restrictions import ReportedRestriction, state_notification
from jwpgraph.sources.species_plus.taxa import RANKS, TAXONOMIES, StatedTaxon, parse_rank

FORMAT_NAME: Final = "species-plus-api"
KNOWN: Final = (
    "taxon_concepts; cites_listings, cites_quotas, cites_suspensions; iso_code2, name, tags; citation, is_standard"
)
_NUMBER: Final = re.compile(r"(?<!\d)(\d{2,6})(?!\d)")
_TAGS: Final = {
    "introduced": "introduced",
    "introduced (?)": "possibly-introduced",
    "reintroduced": "reintroduced",
    "extinct": "extinct",
    "extinct (?)": "possibly-extinct",
    "distribution uncertain": "uncertain",
}
_AMOUNT: Final = re.compile(r"\d{1,12}(?:\.\d{1,6})?")
_GZIP: Final = b"\x1f\x8b"

_Record = Mapping[str, Any]


class ApiResponses:
    """Responses of one import; taxon concepts must be read before the responses that refer to them."""

    def __init__(self, job: ImportContext) -> None:
        self._job = job
        self._taxa: dict[str, StatedTaxon] = {}
        self._readers: dict[str, Callable[[Path, ExportSource, _Record], bool]] = {
            "concept": self._concept,
            "listings": self._listings,
            "distributions": self._distributions,
            "references": self._references,
            "quotas": self._quotas,
            "suspensions": self._suspensions,
        }

    def read(self, path: Path, origin: ExportSource, *, concepts: bool) -> None:
        """Import the taxon concepts of a file, or all other records.

        Args:
            path: the file.
            origin: its source.
            concepts: whether to import the taxon concepts or the other records.

        Raises:
            ProblemError: ``unknown-header`` for unknown JSON, or as :func:`read_documents`.
        """
        for document in read_documents(path):
            for found, records in _find_records(document):
                if (found == "concept") == concepts:
                    self._import(path, origin, found, records)

    def _import(self, path: Path, origin: ExportSource, kind: str, records: list[_Record]) -> None:
        for position, record in enumerate(records, 1):
            self._job.report.read += 1
            try:
                wanted = self._readers[kind](path, origin, _require_object(record))
            except RowRejectedError as rejected:
                self._job.reject(path.name, position, rejected)
                continue
            if wanted:
                self._job.report.imported += 1
            else:
                self._job.report.skip("outside the taxa asked for, or not imported")

    def _concept(self, _path: Path, origin: ExportSource, record: _Record) -> bool:
        number, name = str(record.get("id", "")), _require_text(record, "full_name")
        if not number.isdigit():
            raise RowRejectedError("id", "is not a Species+ identifier (a number)", number)
        if not name:
            raise RowRejectedError("full_name", "is empty; a taxon needs a name")
        if number in self._taxa:
            raise RowRejectedError("id", "is the identifier of an earlier record", number)
        higher = record.get("higher_taxa") or {}
        above = [
            (rank, _require_text(higher, rank)) for rank in RANKS[: RANKS.index("genus")] if _require_text(higher, rank)
        ]
        if not self._job.is_selected(name, *(one for _, one in above), name.split()[0]):
            return False
        if _require_text(record, "name_status") not in ("", "A"):
            return False
        rank = parse_rank(_require_text(record, "rank"), "rank")
        taxonomy = TAXONOMIES.get(_require_text(record, "taxonomy") or "CITES_EU")
        if taxonomy is None:
            raise RowRejectedError("taxonomy", "is neither CITES_EU nor CMS", _require_text(record, "taxonomy"))
        above = [pair for pair in above if RANKS.index(pair[0]) < RANKS.index(rank)]
        words = name.split()
        if RANKS.index(rank) > RANKS.index("genus"):
            above.append(("genus", words[0]))
        if rank in ("subspecies", "variety"):
            above.append(("species", " ".join(words[:2])))
        taxa = self._job.taxa(taxonomy, origin)
        parent = taxa.lineage(above)
        taxon = taxa.concept(name, rank, author=_require_text(record, "author_year"), number=number, parent=parent)
        self._taxa[number] = taxon
        for synonym in record.get("synonyms") or []:
            taxa.synonym(taxon, _require_text(synonym, "full_name"), _require_text(synonym, "author_year"))
        for common in record.get("common_names") or []:
            taxa.common_name(
                taxon,
                _require_text(common, "name"),
                get_language_tag(_require_text(common, "language"), "common_names"),
            )
        return True

    def _listings(self, path: Path, origin: ExportSource, record: _Record) -> bool:
        taxon = self._taxon(path, str(record.get("taxon_concept_id") or ""), "taxon_concept_id")
        party = record.get("party") or {}
        annotation = _require_text(record, "annotation")
        self._job.listings(origin).event(
            ImportedEvent(
                taxon,
                parse_appendix(_require_text(record, "appendix"), "cites", "appendix"),
                parse_change(_require_text(record, "change_type"), "change_type"),
                day=parse_date(_require_text(record, "effective_at"), "effective_at"),
                party=self._job.places.code(_require_text(party, "iso_code2"), "party") if party else "",
                scope=parse_scope(annotation, self._job.places, "annotation"),
                symbol=_require_text(record.get("hash_annotation") or {}, "symbol"),
                notes=[("jwp:shortNote", "en", annotation)],
            )
        )
        return True

    def _distributions(self, path: Path, origin: ExportSource, record: _Record) -> bool:
        taxon = self._taxon(path, "", "")
        place = self._job.places.code(_require_text(record, "iso_code2"), "iso_code2")
        tags = list(record.get("tags") or [])
        unknown = next((tag for tag in tags if tag not in _TAGS), None)
        if unknown is not None:
            raise RowRejectedError("tags", "is not a distribution tag", str(unknown))
        statuses = [_TAGS[tag] for tag in tags] or ["native"]
        self._job.taxa(taxon.taxonomy, origin).distribution(taxon, place, statuses)
        return True

    def _references(self, path: Path, origin: ExportSource, record: _Record) -> bool:
        taxon = self._taxon(path, "", "")
        number, citation = str(record.get("id", "")), _require_text(record, "citation")
        if not number.isdigit() or not citation:
            raise RowRejectedError("citation", "has no number or no text", citation)
        work = CitedWork(f"species-plus-reference-{number}", strip_markup(citation))
        if record.get("is_standard") is True:
            # The API repeats inherited references for each taxon, so none of them applies to lower taxa.
            state_standard_reference(self._job.statements, taxon, work, origin.iri, below=False)
        else:
            state_citation(self._job.statements, taxon.iri, work, origin.iri)
        return True

    def _quotas(self, path: Path, origin: ExportSource, record: _Record) -> bool:
        amount = _require_text(record, "quota")
        if _AMOUNT.fullmatch(amount) is None:
            raise RowRejectedError("quota", "is not an amount (a number from 0)" if amount else "is empty", amount)
        day = _require_text(record, "publication_date")
        one = ReportedRestriction("quota", start=day, amount=amount, unit=_get_unit_name(record.get("unit")))
        return self._restriction(path, origin, record, one)

    def _suspensions(self, path: Path, origin: ExportSource, record: _Record) -> bool:
        notice, announced = record.get("start_notification"), ""
        if title := _require_text(notice, "name"):
            day = (
                parse_date(_require_text(notice, "date"), "start_notification") if _require_text(notice, "date") else ""
            )
            announced = state_notification(self._job.statements, origin.iri, title, _require_text(notice, "url"), day)
        start = _require_text(record, "start_date") or _require_text(notice, "date")
        return self._restriction(
            path, origin, record, ReportedRestriction("suspension", start=start, notification=announced)
        )

    def _restriction(self, path: Path, origin: ExportSource, record: _Record, one: ReportedRestriction) -> bool:
        """State a trade restriction; restrictions that have ended are skipped, because the API does not give the end
        date.
        """
        if record.get("is_current") is False:
            return False
        place = _require_text(record.get("geo_entity"), "iso_code2")
        # A suspension without a taxon applies to all trade of the country.
        everything = one.kind == "suspension" and record.get("taxon_concept_id", "") is None
        if everything and not place:
            raise RowRejectedError("geo_entity", "names neither a place nor a taxon")
        made = replace(
            one,
            number=_require_text(record, "id"),
            taxon=None
            if everything
            else self._taxon(path, _require_text(record, "taxon_concept_id"), "taxon_concept_id"),
            place=self._job.places.code(place, "geo_entity") if place else "",
            start=parse_date(one.start, "start_date") if one.start else "",
            note=_require_text(record, "notes"),
        )
        self._job.restrictions(origin).write(made)
        return True

    def _taxon(self, path: Path, number: str, column: str) -> StatedTaxon:
        if not number:
            found = _NUMBER.search(path.name)
            if found is None:
                raise RowRejectedError(column, "neither the record nor the file name identifies the taxon", path.name)
            number = found.group(1)
        if number not in self._taxa:
            raise RowRejectedError(column, "no taxon concept with this number is among the responses", number)
        return self._taxa[number]


def is_json_file(path: Path) -> bool:
    """Return whether a file looks like JSON, plain or gzip-compressed."""
    try:
        with path.open("rb") as file:
            start = file.read(2)
        with gzip.open(path) if start == _GZIP else path.open("rb") as file:
            return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    except (OSError, EOFError):
        return False


def read_documents(path: Path) -> Iterator[Any]:
    """Yield the JSON documents of a file: a single document, or one per line.

    Raises:
        ProblemError: ``bad-json`` with the line, or ``unreadable-file``.
    """
    try:
        raw = path.read_bytes()
        data = gzip.decompress(raw) if raw.startswith(_GZIP) else raw
    except (OSError, EOFError) as error:
        raise ProblemError("unreadable-file", "The file cannot be read", f"{path}: {error}.") from None
    try:
        yield orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as whole:
        lines = [line for line in data.splitlines() if line.strip()]
        if len(lines) < 2 or not all(line.lstrip().startswith(b"{") for line in lines):
            raise ProblemError("bad-json", "The file is not JSON", f"{path.name}: {whole}.") from None
        try:
            yield [orjson.loads(line) for line in lines]
        except orjson.JSONDecodeError as error:
            raise ProblemError("bad-json", "The file is not JSON", f"{path.name}: {error}.") from None


def _find_records(document: Any) -> Iterator[tuple[str, list[_Record]]]:
    """Yield the records of a response by kind."""
    if isinstance(document, dict):
        if "taxon_concepts" in document:
            yield "concept", _require_list(document["taxon_concepts"])
            return
        if "full_name" in document:
            yield "concept", [document]
            return
        if "cites_listings" in document:
            yield "listings", _require_list(document["cites_listings"])
            yield "quotas", _require_list(document.get("cites_quotas") or [])
            yield "suspensions", _require_list(document.get("cites_suspensions") or [])
            return
    elif isinstance(document, list) and document and isinstance(document[0], dict):
        first = document[0]
        kinds = {"full_name": "concept", "iso_code2": "distributions", "citation": "references"}
        for key, kind in kinds.items():
            if key in first:
                yield kind, document
                return
    elif document == []:
        return
    raise ProblemError("unknown-header", "Unknown response of the Species+ API", f"Known keys: {KNOWN}.")


def _require_list(value: Any) -> list[_Record]:
    if not isinstance(value, list):
        raise ProblemError("unknown-header", "Unknown response of the Species+ API", "a list is expected")
    return value


def _require_object(record: Any) -> _Record:
    if not isinstance(record, dict):
        raise RowRejectedError("", "is not an object", str(record))
    return record


def _get_unit_name(value: Any) -> str:
    """Return a unit, which the API gives as an object or as a name; empty means specimens."""
    if isinstance(value, Mapping):
        return _require_text(value, "name_en") or _require_text(value, "name")
    return str(value).strip() if value else ""


def _require_text(record: Any, key: str) -> str:
    value = record.get(key) if isinstance(record, Mapping) else None
    return str(value).strip() if value is not None else ""
