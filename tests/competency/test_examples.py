"""The example queries: short, plain, and with answers that were read from the programme and the treaties' records."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib.plugins.sparql import prepareQuery

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import ID, JWP

FILES = sorted(get_shipped_path("queries/examples").glob("*.rq"))
OVIS = ("ammon", "collium", "darwini", "hodgsoni", "jubata", "karelini", "nigrimontana", "polii", "severtzovi")
#: Listed in Appendix II by the meeting of 2019; the two others kept their place in Appendix I.
OVIS_OF_2019 = ("ammon", "collium", "darwini", "jubata", "karelini", "polii", "severtzovi")
THEME_B = [(f"B{number}",) for number in range(1, 22)]
WEST_AFRICA = "BF BJ CI CV GH GM GN GW LR ML MR NE NG SH SL SN TG"
EXPECTED: dict[str, list[tuple[str, ...]]] = {
    "activities-for-a-species": [("B17",), ("B18",)],
    "activities-with-a-programme": [("B6",), ("B7",), ("B12",), ("B16",)],
    "activities-for-a-group": [("B10",), ("B11",), ("B12",), ("B13",)],
    "activities-of-a-year": [("B15",)],
    "activities-of-a-theme": THEME_B,
    "bodies-of-activities": [
        ("body/aichi-task-force", "D2"),
        ("body/blg", "D2"),
        ("body/cpw", "D2"),
        ("body/emg", "D2"),
        ("body/fao", "B17"),
        ("body/iccwc", "B9"),
        ("body/img-biodiversity", "D2"),
        ("body/ipbes", "D2"),
        ("body/rfmos", "B17"),
    ],
    "tools-to-promote": [
        ("tool/cites-virtual-college",),
        ("tool/cms-e-community",),
        ("tool/cms-family-manual",),
        ("tool/informea",),
        ("tool/nbsap-guidelines",),
    ],
    # The decision of 2011 to list it in Appendix I of CMS took effect on 23 February 2012.
    "listings-on-a-day": [
        ("taxon/cites/falco-cherrug", "appendix/cites-ii"),
        ("taxon/cms/falco-cherrug", "appendix/cms-ii"),
    ],
    # CITES counted it as Loxodonta africana, whose populations are in two Appendices since 1997.
    "listings-of-a-split-species": [
        ("taxon/cites/loxodonta-africana", "appendix/cites-i"),
        ("taxon/cites/loxodonta-africana", "appendix/cites-ii"),
    ],
    "changes-of-a-year": [
        (f"taxon/cites/ovis-{name}", "listing-change-type/addition", "appendix/cites-ii") for name in OVIS_OF_2019
    ],
    "reservations-on-a-species": [(code,) for code in ("BW", "CD", "NA", "SZ", "TZ", "ZA", "ZM", "ZW")],
    "reservations-of-a-party": [
        ("taxon/cites/loxodonta-africana", "appendix/cites-i", "1990-01-18"),
        ("taxon/cites/loxodonta-africana", "appendix/cites-i", "2019-11-26"),
    ],
    "listings-are-known-until": [
        ("instrument/cites", "2017-04-21"),
        ("instrument/cites", "2022-11-27"),
        ("instrument/cites", "2023-07-01"),
        ("instrument/cites", "2024-01-18"),
        ("instrument/cms", "2020-05-22"),
    ],
    "signatories-of-an-instrument": [
        ("TM", "2005-11-23"),
        ("UZ", "2006-05-23"),
        ("KZ", "2006-09-24"),
        ("RU", "2009-06-24"),
        ("MN", "2010-09-10"),
    ],
    # Tajikistan joined in 2001, Uzbekistan in 1998, Kazakhstan in 2006; Kyrgyzstan in 2014, Turkmenistan in 2021.
    "parties-on-a-day": [("KZ",), ("TJ",), ("UZ",)],
    "instruments-for-a-group": [
        ("instrument/atlantic-africa-turtles-mou",),
        ("instrument/cms-turtle-instruments",),
        ("instrument/iosea-turtles-mou",),
    ],
    "sites-in-a-country": [("site/mike-egk",), ("site/mike-mru",), ("site/mike-sbr",), ("site/mike-tsv",)],
    "sites-by-region": [("region/africa", "69"), ("region/asia", "30")],
    "countries-of-a-region": [(code,) for code in WEST_AFRICA.split()],
    "one-name-several-species": [(f"taxon/cites/ovis-{name}",) for name in OVIS],
    "synonyms-of-a-species": [("Uncia uncia",)],
    "external-ids-of-a-species": [
        ("colId", "3W9KV"),
        ("eolId", "289808"),
        ("itisId", "584939"),
        ("mswId", "11500009"),
        ("ncbiId", "9785"),
        ("speciesPlusId", "4521"),
        ("wikidataId", "Q36557"),
    ],
    # Annotations of the Appendices in force in March 2026, and the quotas of 2022.
    "zero-quotas": [
        ("taxon/cites/crocodylus-porosus",),
        ("taxon/cites/panthera-leo",),
        ("taxon/cites/saiga-borealis",),
        ("taxon/cites/saiga-borealis-mongolica",),
        ("taxon/cites/saiga-tatarica",),
        ("taxon/cites/tursiops-truncatus",),
    ],
    "facts-from-general-knowledge": [
        ("ListingEvent", "38"),
        ("NameUsage", "5"),
        ("PartyStatus", "2"),
        ("SourcedStatement", "38"),
        ("TaxonConcept", "4"),
        ("TaxonName", "5"),
    ],
    "who-says-so": [
        ("2006-09-24", "source/cms-saiga"),
        ("2006-09-24", "source/ecolex-memberships"),
        ("2006-09-24", "source/wikipedia-saiga-mou"),
    ],
}


def test_there_are_25_examples_and_each_has_an_answer() -> None:
    assert len(FILES) == 25
    assert {path.stem[3:] for path in FILES} == set(EXPECTED)
    assert [int(path.stem[:2]) for path in FILES] == list(range(1, 26))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_is_short_and_plain(path: Path) -> None:
    text = path.read_text("utf-8")
    prepareQuery(text)
    header, _, pattern = text.partition("WHERE {\n")
    assert re.search(r"^# title: .{5,70}\n# question: .{10,}\?\n", header)
    assert len(pattern.rpartition("}")[0].strip().splitlines()) <= 10
    assert not re.search(r"COALESCE|CONCAT|NOT EXISTS|MINUS|OPTIONAL|UNION", pattern)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_example_is_answered_as_the_sources_say(path: Path, shipped_store: ox.Store) -> None:
    solutions = shipped_store.query(path.read_text("utf-8"))
    assert isinstance(solutions, ox.QuerySolutions)
    rows = [tuple(_shown(term) for term in solution) for solution in solutions]
    expected = EXPECTED[path.stem[3:]]
    width = len(expected[0])  # labels, which come last, are not compared
    assert [row[:width] for row in rows] == expected


def _shown(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return term.value.removeprefix(ID).removeprefix(JWP)
