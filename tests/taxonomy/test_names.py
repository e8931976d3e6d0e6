"""Names taken apart and compared."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jwpgraph.taxonomy.names import NameSimilarity, compare_names, is_misspelling, parse_name, stem_epithet


@pytest.mark.parametrize(
    ("text", "author", "genus", "epithets", "authors", "year"),
    [
        ("Uncia uncia", "(Schreber, 1775)", "Uncia", ("uncia",), ("schreber",), "1775"),
        ("Cervus elaphus bactrianus", "Lydekker, 1900", "Cervus", ("elaphus", "bactrianus"), ("lydekker",), "1900"),
        ("Falco cherrug", "J. E. Gray, 1834", "Falco", ("cherrug",), ("gray",), "1834"),
        ("Sphyrna lewini", "(Griffith & Smith, 1834)", "Sphyrna", ("lewini",), ("griffith", "smith"), "1834"),
        ("Loxodonta cyclotis", "", "Loxodonta", ("cyclotis",), (), None),
        ("Falconiformes", "", "Falconiformes", (), (), None),
    ],
)
def test_parts_of_a_name(text, author, genus, epithets, authors, year):
    name = parse_name(text, author)
    assert (name.genus, name.epithets, name.authors, name.year) == (genus, epithets, authors, year)


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("Falco cherrug Gray, 1834", "Falco cherrug J. E. Gray, 1834", NameSimilarity.SAME),
        ("Loxodonta cyclotis (Matschie, 1900)", "Loxodonta cyclotis", NameSimilarity.SAME_WORDS),
        (
            "Gazella gazella (Pallas, 1766)",
            "Gazella gazella (Lichtenstein, 1823)",
            NameSimilarity.SAME_WORDS_OTHER_AUTHOR,
        ),
        ("Acipenser baerii Brandt, 1869", "Acipenser baeri Brandt, 1869", NameSimilarity.SPELLING),
        ("Manta alfredi (Krefft, 1868)", "Mobula alfredi (Krefft, 1868)", NameSimilarity.OTHER_GENUS),
        ("Uncia uncia (Schreber, 1775)", "Panthera uncia (Schreber, 1775)", NameSimilarity.OTHER_GENUS),
        ("Cervus bactrianus Lydekker, 1900", "Cervus elaphus bactrianus Lydekker, 1900", NameSimilarity.OTHER_RANK),
        ("Pan paniscus Schwartz, 1929", "Pan troglodytes (Blumenbach, 1775)", NameSimilarity.NONE),
        ("Falco cherrug", "Aquila heliaca", NameSimilarity.NONE),
        ("Acipenser güldenstädtii", "Acipenser gueldenstaedtii", NameSimilarity.SPELLING),
        ("Acipenser güldenstädtii", "Acipenser guldenstadtii", NameSimilarity.SPELLING),
        ("Acipenser gueldenstaedtii", "Acipenser guldenstadti", NameSimilarity.SPELLING),
        ("Huso güldenstädtii Brandt, 1833", "Acipenser gueldenstaedtii Brandt, 1833", NameSimilarity.OTHER_GENUS),
        ("Equus przewalskii Poliakov, 1881", "Equus przewalskii Poljakov, 1881", NameSimilarity.SAME),
        ("Equus przewalskii Poliakov, 1881", "Equus ferus przewalskii (Polyakov, 1881)", NameSimilarity.OTHER_RANK),
        ("Ovis ammon Severtzov, 1873", "Ovis ammon Severtzoff, 1873", NameSimilarity.SAME),
        ("Falco cherrug Müller", "Falco cherrug Mueller", NameSimilarity.SAME),
        ("Falco cherrug Sjöstedt, 1908", "Falco cherrug Sjoestedt, 1908", NameSimilarity.SAME),
        ("Falco cherrug Dybowski, 1874", "Falco cherrug Dybovsky, 1874", NameSimilarity.SAME),
        ("Falco cherrug Meyer, 1822", "Falco cherrug Meier, 1822", NameSimilarity.SAME_WORDS_OTHER_AUTHOR),
        ("Falco cherrug Bauer, 1822", "Falco cherrug Baur, 1822", NameSimilarity.SAME_WORDS_OTHER_AUTHOR),
        ("Rhinobatos sp. 1", "Rhinobatos sp. 2", NameSimilarity.NONE),
        ("Squalus sp. A", "Squalus sp. B", NameSimilarity.NONE),
        ("Squalus sp.", "Squalus", NameSimilarity.NONE),
        ("Mustelus sp. 1 Poliakov, 1881", "Mustelus sp. 2 Poliakov, 1881", NameSimilarity.NONE),
        ("Aus bus ssp. 1", "Aus bus ssp. 2", NameSimilarity.NONE),
        ("Aus cf. bus", "Aus bus", NameSimilarity.NONE),
        ("Aus sp. nov.", "Bus sp. nov.", NameSimilarity.NONE),
    ],
)
def test_how_names_resemble_each_other(one, other, likeness):
    assert compare_names(parse_name(one), parse_name(other)) is likeness
    assert compare_names(parse_name(other), parse_name(one)) is likeness


@pytest.mark.parametrize(
    ("text", "authorship"),
    [
        ("Falco cherrug auct. non Gray, 1834", ""),
        ("Falco cherrug sensu lato", ""),
        ("Falco cherrug hort.", ""),
        ("Falco cherrug et al.", ""),
        ("Falco cherrug [in part]", ""),
        ("Falco cherrug Eastern population", ""),
        ("Falco cherrug (European and Asian populations)", ""),
        ("Falco cherrug (populations of Algeria)", ""),
        ("Falco cherrug Appendix II", ""),
        ("Falco cherrug", "unknown"),
        ("Falco cherrug", "n/a"),
        ("Falco cherrug", "(all populations)"),
        ("Falco cherrug", "Wild populations only"),
        ("Falco cherrug", "Eastern and Western populations"),
        ("Falco cherrug", "except Spain north of the Duero"),
        ("Falco cherrug excluding Mongolia", ""),
        ("Falco cherrug", "n. d."),
    ],
)
def test_what_is_no_author_is_not_taken_for_one(text, authorship):
    name = parse_name(text, authorship)
    assert (name.canonical, name.authors, name.year) == ("Falco cherrug", (), None)


@pytest.mark.parametrize(
    ("text", "authors"),
    [
        ("Falco cherrug Gray, 1834 (all populations)", ("gray",)),
        ("Falco cherrug de la Cruz, 1850", ("cruz",)),
        ("Falco cherrug Partington, 1850", ("partington",)),
        ("Falco cherrug Nonnan & Senn, 1850", ("nonnan", "senn")),
    ],
)
def test_authors_beside_remarks_are_kept(text, authors):
    assert parse_name(text).authors == authors


def test_endings_of_gender_and_doubled_letters_do_not_count():
    assert stem_epithet("baerii") == stem_epithet("baeri")
    assert stem_epithet("jubatus") == stem_epithet("jubata")
    assert stem_epithet("cherrug") != stem_epithet("peregrinus")


def test_short_words_are_no_misspellings_of_each_other():
    assert not is_misspelling("Ovis", "Ouis")
    assert is_misspelling("Loxodonta", "Loxondonta")
    assert not is_misspelling("Loxodonta", "Toxodonta")


@given(st.text(max_size=60), st.text(max_size=30))
@settings(deadline=None)
def test_anything_can_be_parsed_and_compared(text, author):
    name = parse_name(text, author)
    assert compare_names(name, name) in {NameSimilarity.SAME, NameSimilarity.SAME_WORDS}
