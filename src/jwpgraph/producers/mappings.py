"""The shipped mappings of taxa to other databases, as SSSOM tables and as links.

``mappings/<database>.sssom.tsv`` has one row for each taxon, identifier and source (SSSOM's ``mapping_source`` has one
value);
``mappings/<database>/<source>.ttl`` has the links, in a graph for each source, so that a query can find the source. An
identifier is found by name, which does not show that the circumscriptions agree: the links are ``rdfs:seeAlso``, never
SKOS matches. Run again when the taxa or the lists have changed:

    python -m jwpgraph.producers.mappings FOLDER

FOLDER contains the lists that ``jwpgraph import crosswalk`` reads.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources import crosswalk
from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.statements import ShippedDataset, Statements
from jwpgraph.sources.tables import detect_format
from jwpgraph.vocabulary import BASE, ID, PREFIXES

FOLDER: Final = "mappings"
_LICENSE: Final = "https://creativecommons.org/licenses/by/4.0/"
_COLUMNS: Final = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "mapping_justification",
    "mapping_source",
    "match_string",
)
_HEADER: Final = """Links from taxa to {title}, by name, as one source gives them. That the other database has the same
circumscription does not follow.
Made again with: python -m jwpgraph.producers.mappings FOLDER"""


@dataclass(frozen=True)
class _Database:
    """Another database: its title, the prefix of its identifiers in SSSOM, and the start and end of its IRIs."""

    slug: str
    title: str
    prefix: str
    base: str


#: Databases by the property with which the graph states their identifiers; IRIs as the databases give them.
DATABASES: Final = {
    "jwp:avibaseId": _Database("avibase", "Avibase", "avibase", "https://avibase.bsc-eoc.org/species.jsp?avibaseid="),
    "jwp:colId": _Database(
        "catalogue-of-life", "the Catalogue of Life", "col", "https://www.catalogueoflife.org/data/taxon/"
    ),
    "jwp:eolId": _Database("encyclopedia-of-life", "the Encyclopedia of Life", "eol", "https://eol.org/pages/"),
    "jwp:itisId": _Database(
        "itis", "ITIS", "itis", "https://www.itis.gov/servlet/SingleRpt/SingleRpt?search_topic=TSN&search_value="
    ),
    "jwp:ncbiId": _Database("ncbi", "the NCBI Taxonomy", "NCBITaxon", "http://purl.obolibrary.org/obo/NCBITaxon_"),
    "jwp:wikidataId": _Database("wikidata", "Wikidata", "wikidata", "http://www.wikidata.org/entity/"),
    "jwp:wormsId": _Database("worms", "WoRMS", "worms", "https://www.marinespecies.org/aphia.php?p=taxdetails&id="),
}


@dataclass(frozen=True)
class TaxonMapping:
    """An identifier of a taxon in another database, with the IRIs of its sources in reading order."""

    taxon: str
    name: str
    identifier: str
    sources: tuple[str, ...]


def read_mappings(folder: Path) -> dict[str, list[TaxonMapping]]:
    """Return the mappings by identifier property, from the lists below *folder* that are registered as sources."""
    files = [
        path
        for path in sorted(folder.rglob("*.csv"))
        if detect_format(path, crosswalk.FORMATS) is not None and path.stat().st_size
    ]
    known = ShippedDataset([crosswalk.GRAPH])
    claims = crosswalk.read_claims(RegisterInput(files, known, ImportReport()), Statements())
    found: dict[str, list[TaxonMapping]] = defaultdict(list)
    for (concept, name), values in sorted(claims.items(), key=lambda item: item[0][0].iri):
        if name in DATABASES and (identifier := crosswalk.find_agreed_identifier(name, values)):
            sources = tuple(dict.fromkeys(one.source for one in values if known.types(one.source)))
            if not sources:
                continue
            found[name].append(TaxonMapping(concept.iri, concept.name, identifier, sources))
    return found


def make_files(found: dict[str, list[TaxonMapping]]) -> Iterator[tuple[str, str]]:
    """Yield the path below ``mappings`` and the text of each file."""
    for name, mappings in sorted(found.items()):
        database = DATABASES[name]
        yield f"{database.slug}.sssom.tsv", write_table(database, mappings)
        by_source: dict[str, Statements] = defaultdict(Statements)
        for one in mappings:
            by_source[one.sources[0]].add(one.taxon, "rdfs:seeAlso", database.base + one.identifier)
        for source, statements in sorted(by_source.items()):
            text = statements.turtle(_HEADER.format(title=database.title), ("taxon/cites", "taxon/cms"))
            yield f"{database.slug}/{source.rpartition('/')[2]}.ttl", text


def write_table(database: _Database, mappings: Iterable[TaxonMapping]) -> str:
    """Return the mappings as an SSSOM 1.0 table (TSV with YAML metadata)."""
    prefixes = {
        "jwpid": ID,
        "rdfs": PREFIXES["rdfs"],
        "semapv": "https://w3id.org/semapv/vocab/",
        database.prefix: database.base,
    }
    lines = ["#curie_map:", *(f'#  {prefix}: "{base}"' for prefix, base in sorted(prefixes.items()))]
    lines += [
        f"#mapping_set_id: {BASE}mappings/{database.slug}",
        f'#mapping_set_title: "Taxa of CMS and CITES in {database.title}"',
        f"#license: {_LICENSE}",
        '#comment: "Found by name; that the other database has the same circumscription does not follow."',
        "\t".join(_COLUMNS),
    ]
    for one in mappings:
        for source in one.sources:
            row = (
                "jwpid:" + one.taxon.removeprefix(ID),
                one.name,
                "rdfs:seeAlso",
                f"{database.prefix}:{one.identifier}",
                "semapv:LexicalMatching",
                "jwpid:" + source.removeprefix(ID),
                one.name,
            )
            lines.append("\t".join(row))
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the files of ``mappings``; the only argument is the folder of the lists."""
    folder = get_shipped_path(FOLDER)
    for name, text in make_files(read_mappings(Path(sys.argv[1]))):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
