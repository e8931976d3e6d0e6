"""Comparison of a release with statements of an export about populations."""

from __future__ import annotations

from datetime import date

import pytest

from jwpgraph.taxonomy.concepts import TaxonConcept, index_taxa
from jwpgraph.taxonomy.listing_check import ExportStatement, Verdict, check_listings
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.vocabulary import ID

DAY = date(2017, 4, 21)
CITES = ID + "taxonomy/cites"
HIMALAYA = frozenset({ID + "country/NP", ID + "country/IN"})
RUSSIA = ID + "country/RU"


@pytest.fixture
def musk_deer(event) -> TaxonomySnapshot:
    """The musk deer as only the Index of that day gives them: the populations of the Himalayas in Appendix I."""
    concepts = [
        TaxonConcept("cupreus", CITES, "Moschus cupreus", rank="species", parent="moschus"),
        TaxonConcept("moschus", CITES, "Moschus", rank="genus"),
    ]
    places_in = " ".join(HIMALAYA)
    observed = [
        event("+ I", "/2017-04-21", taxon="moschus", places_in=places_in),
        event("+ II", "/2017-04-21", taxon="moschus", places_out=places_in),
        event("+ I", "/2017-04-21", taxon="cupreus", places_in=places_in),
    ]
    return TaxonomySnapshot(index_taxa(concepts), tuple(observed))


def check(reading: TaxonomySnapshot, appendices: str, only_named: bool = True):
    wanted = frozenset(appendices.split())
    stated = ExportStatement(2, "cites", "Moschus cupreus", wanted, dict.fromkeys(HIMALAYA, wanted), only_named)
    return check_listings(reading, [stated], DAY).items[0]


def test_a_row_about_named_populations_that_only_the_index_itself_supports_is_unknown(musk_deer):
    found = check(musk_deer, "I")
    assert (found.verdict, found.reason) == (Verdict.UNKNOWN, "Only an observation on that day supports the row.")


def test_a_row_about_named_populations_in_another_appendix_is_contradicted(musk_deer):
    assert check(musk_deer, "II").verdict is Verdict.CONTRADICTED
    assert check(musk_deer, "I", only_named=False).verdict is Verdict.CONTRADICTED
