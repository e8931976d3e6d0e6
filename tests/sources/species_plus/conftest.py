"""Small exports in the formats of Species+, and access to the statements of an import."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, QuerySolutions, RdfFormat, Store

from jwpgraph.sources.species_plus import checklist_index
from jwpgraph.sources.species_plus.importer import SpeciesImportOptions, SpeciesImportOutcome, import_files
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements
from jwpgraph.vocabulary import ID, JWP, PREFIXES

INDEX_COLUMNS = [
    "TaxonId",
    "Kingdom",
    "Phylum",
    "Class",
    "Order",
    "Family",
    "Genus",
    "Species",
    "Subspecies",
    "FullName",
    "AuthorYear",
    "RankName",
    "CurrentListing",
    "FullAnnotationEnglish",
    "AnnotationEnglish",
    "AnnotationSpanish",
    "AnnotationFrench",
    "#AnnotationSymbol",
    "#Annotation",
    "SynonymsWithAuthors",
    "EnglishNames",
    "SpanishNames",
    "FrenchNames",
    "CitesAccepted",
    "All_DistributionISOCodes",
    "All_DistributionFullNames",
    "NativeDistributionFullNames",
    "Introduced_Distribution",
    "Introduced(?)_Distribution",
    "Reintroduced_Distribution",
    "Extinct_Distribution",
    "Extinct(?)_Distribution",
    "Distribution_Uncertain",
]
ELEPHANT = {
    "TaxonId": "4521",
    "Kingdom": "Animalia",
    "Phylum": "Chordata",
    "Class": "Mammalia",
    "Order": "Proboscidea",
    "Family": "Elephantidae",
    "Genus": "Loxodonta",
    "Species": "africana",
    "FullName": "Loxodonta africana",
    "AuthorYear": "(Blumenbach, 1797)",
    "RankName": "SPECIES",
    "CurrentListing": "I/II",
    "AnnotationEnglish": "Appendix I:All populations except those of BW, NA, ZA, and ZW. \n"
    "Appendix II:Populations of BW, NA, ZA, ZW ",
    "SynonymsWithAuthors": "Loxodonta cyclotis (Matschie, 1900)",
    "EnglishNames": "African Elephant, African Savannah Elephant",
    "CitesAccepted": "true",
    "All_DistributionISOCodes": "BW, HK, KE, SZ",
    "All_DistributionFullNames": "Botswana, Hong Kong, SAR, Kenya, Swaziland",
    "NativeDistributionFullNames": "Botswana, Kenya",
    "Introduced_Distribution": "Hong Kong, SAR",
    "Reintroduced_Distribution": "Swaziland",
    "Extinct_Distribution": "Swaziland",
}


def csv_text(columns: Sequence[str], rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> str:
    """Return a table as text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


class Result:
    """Statements of an import, with short names for queries."""

    def __init__(self, ntriples: str, imported: SpeciesImportOutcome) -> None:
        self.ntriples = ntriples
        self.report = imported.report
        self.formats = imported.formats
        self.store = Store()
        self.store.load(ntriples.encode(), format=RdfFormat.N_TRIPLES)

    def values(self, subject: str, predicate: str) -> set[str]:
        """Return the values of a property of an entity; our IRIs without their base."""
        prefix, _, local = predicate.partition(":")
        namespace = JWP if prefix == "jwp" else PREFIXES[prefix]
        quads = self.store.quads_for_pattern(NamedNode(ID + subject), NamedNode(namespace + local), None)
        return {str(quad.object.value).removeprefix(ID) for quad in quads}

    def ask(self, query: str) -> list[tuple[str, ...]]:
        """Return the rows of a SELECT query, with our prefixes."""
        prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items())
        found = self.store.query(prefixes + query)
        assert isinstance(found, QuerySolutions)
        return sorted(tuple(term.value.removeprefix(ID) if term else "" for term in row) for row in found)

    def rejected(self) -> list[tuple[int, str]]:
        """Return line and column of the rejections."""
        return [(one.line, one.column) for one in self.report.rejections]


Importer = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Importer:
    """Return a function that imports files, given as text or bytes by name."""

    def importer(files: Mapping[str, str | bytes], **options: object) -> Result:
        paths = []
        for name, content in files.items():
            path = tmp_path / name
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
            paths.append(path)
        options.setdefault("day", "2017-04-21")
        with SortedStatements() as statements:
            imported = import_files(paths, statements, SpeciesImportOptions(**options))  # type: ignore[arg-type]
            return Result("".join(statements.ntriples()), imported)

    return importer


@pytest.fixture
def index() -> Callable[..., str]:
    """Return a function that makes an Index of CITES Species with the elephant and further rows, given as changes to
    it.
    """

    def made(*changes: Mapping[str, str], delimiter: str = ",") -> str:
        rows = [ELEPHANT, *({**ELEPHANT, **change} for change in changes)]
        return csv_text(INDEX_COLUMNS, rows, delimiter)

    return made


assert set(checklist_index.FORMAT.columns) <= set(INDEX_COLUMNS)
