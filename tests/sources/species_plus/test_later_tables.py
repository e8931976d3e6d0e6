"""Tests of tables with current taxon numbers: they are imported only for taxa in the Index."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, Store

from jwpgraph.producers.later_tables import LaterTables
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.vocabulary import ID

TABLES = {
    "names.csv": (
        "cites_name,cites_taxon_code,speciesplusid,speciesplusname,rank\nCarcharias spp.,1,77,Carcharias,GENUS\n"
    ),
    "synonyms.csv": (
        "Scientific name,Rank,RecID,ParentRank,ParentID,Status,Species Author,Notes,Designation,"
        "AcceptedRank,AcceptedID\n"
        'falcipinnis,SPECIES,,GENUS,77,S,"Lowe, 1839",,CITES_EU,SPECIES,5\n'
        "menisorrah,SPECIES,,GENUS,99,S,,,CITES_EU,SPECIES,5\n"
        "other,SPECIES,,GENUS,77,S,,,CMS,SPECIES,5\n"
    ),
    "places.csv": (
        "taxon_concept_id,Rank,GEO_entity,ISO Code 2,Reference IDs,Designation,Tags\n"
        "5,SPECIES,COUNTRY,KE,1,CITES_EU,\n5,SPECIES,COUNTRY,CP,1,CITES_EU,distribution uncertain\n"
        "5,SPECIES,COUNTRY,TZ,1,CITES_EU,extinct\n5,SPECIES,COUNTRY,QQ,1,CITES_EU,\n6,SPECIES,COUNTRY,KE,1,CITES_EU,\n"
    ),
    "common_names.csv": "ComName,LangShort,RecId,Rank,Designation,ReferenceID\n镰状真鲨,ZHO,5,SPECIES,CITES_EU,\n",
}


def test_what_later_tables_say_of_known_taxa(tmp_path: Path) -> None:
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    report = ImportReport()
    there = {f"{ID}distribution/cites/carcharhinus-falciformis/TZ"}
    with SortedStatements() as statements:
        LaterTables(tmp_path, {"5": "carcharhinus-falciformis"}, there, statements, report).read()
        store = Store()
        store.load("".join(statements.ntriples()).encode(), format=RdfFormat.N_TRIPLES)

    def values(subject: str, predicate: str) -> set[str]:
        quads = store.quads_for_pattern(NamedNode(ID + subject), NamedNode(expand_term(predicate)), None)
        return {quad.object.value.removeprefix(ID) for quad in quads}

    shark = "taxon/cites/carcharhinus-falciformis"
    assert values(shark, "tcs:synonym") == {"taxon-name/carcharias-falcipinnis-lowe-1839"}
    assert values(shark, "dwc:vernacularName") == {"镰状真鲨"}
    place = "distribution/cites/carcharhinus-falciformis/"
    assert values(place + "KE", "jwp:distributionStatus") == {"distribution-status/native"}
    assert values(place + "CP", "jwp:distributionStatus") == {"distribution-status/uncertain"}
    assert values(place + "TZ", "jwp:inPlace") == set()
    assert [(one.file, one.line, one.column) for one in report.rejections] == [
        ("synonyms.csv", 3, "ParentID"),
        ("places.csv", 5, "ISO Code 2"),
    ]
