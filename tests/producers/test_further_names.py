"""Tests of names from checklists: they go to the species they name, and to no other that would be mistaken for it."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import Literal

from jwpgraph.producers.further_names import read_further_names
from jwpgraph.producers.triples import VERNACULAR, StatedTriple
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID

MAMMALS = """sciName,mainCommonName,otherCommonNames
Puma_concolor,Puma,Florida Panther|Cougar|Caf\N{REPLACEMENT CHARACTER} Cat
Panthera_leo,Lion,Cougar Lion|Jaguar
Panthera_onca,Jaguar,NA
"""
BIRDS = """scientific_name,avilist_common_name
Clanga clanga,Greater Spotted Eagle
Aquila nipalensis,Steppe Eagle
"""


def taxon(slug: str, name: str, *, synonym: str = "", called: str = "") -> list[StatedTriple]:
    iri = f"{ID}taxon/{slug}"
    made = [StatedTriple(iri, expand_term("gbif:canonicalName"), Literal(name))]
    if synonym:
        made.append(StatedTriple(iri, expand_term("skos:altLabel"), Literal(synonym, language="la")))
    if called:
        made.append(StatedTriple(iri, VERNACULAR, Literal(called, language="en")))
    return made


def test_names_go_to_the_species_they_name(tmp_path: Path) -> None:
    (tmp_path / "mammals.csv").write_text(MAMMALS, encoding="utf-8")
    (tmp_path / "birds.csv").write_text(BIRDS, encoding="utf-8")
    taxa = [
        *taxon("cites/puma-concolor", "Puma concolor", called="Puma"),
        *taxon("cites/puma-concolor-coryi", "Puma concolor coryi", called="Florida panther"),
        *taxon("cms/panthera-leo", "Panthera leo"),
        *taxon("cms/aquila-clanga", "Aquila clanga", synonym="Clanga clanga"),
        *taxon("cms/aquila-rapax", "Aquila rapax", synonym="Aquila nipalensis"),
    ]
    files = read_further_names(tmp_path, taxa)
    found = {
        (one.subject.removeprefix(f"{ID}taxon/"), one.object.value)
        for triples in files.values()
        for one in triples
        if one.predicate == VERNACULAR
    }
    assert set(files) == {"common-names-mdd-2024", "common-names-avilist-2025"}
    assert found == {
        ("cites/puma-concolor", "Cougar"),
        ("cms/panthera-leo", "Lion"),
        ("cms/panthera-leo", "Cougar Lion"),
        ("cms/aquila-clanga", "Greater Spotted Eagle"),
    }
