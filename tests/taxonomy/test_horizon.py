"""Until when the listings of a taxon are complete, and what is known of the meetings after that."""

from __future__ import annotations

from datetime import date

from jwpgraph.taxonomy.horizon import Horizon, Horizons, Meeting

CITES = "urn:cites"
HORIZONS = Horizons(
    (
        Horizon("urn:all", CITES, date(2017, 4, 21)),
        Horizon("urn:tables", CITES, date(2013, 6, 12), groups=("urn:pangolins",)),
    ),
    {
        "urn:cop17": Meeting("urn:cop17", CITES, date(2017, 1, 2), "included"),
        "urn:cop18": Meeting("urn:cop18", CITES, date(2019, 11, 26), "not-included"),
    },
)


def test_the_nearest_taxon_of_the_lineage_counts() -> None:
    assert HORIZONS.of(CITES, ["urn:manis", "urn:pangolins"]) == HORIZONS.items[1]
    assert HORIZONS.of(CITES, ["urn:lion"]) == HORIZONS.items[0]
    assert HORIZONS.of("urn:cms", ["urn:lion"]) is None


def test_a_meeting_after_the_horizon_of_a_taxon_is_not_included_for_it() -> None:
    on = date(2018, 1, 1)
    pangolin = HORIZONS.outlook(CITES, [["urn:manis", "urn:pangolins"]], on)
    assert pangolin.beyond
    assert [(one.iri, one.coverage) for one in pangolin.later] == [
        ("urn:cop17", "partly-included"),
        ("urn:cop18", "not-included"),
    ]
    lion = HORIZONS.outlook(CITES, [["urn:lion"]], on)
    assert [(one.iri, one.coverage) for one in lion.later] == [("urn:cop18", "not-included")]
