"""Transfers between Appendices that the replay of a taxon's events shows."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.transfers import add_transfers
from jwpgraph.producers.triples import PARENT, StatedTriple
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID

CONCEPTS = {"whale-minke-north": "whale-minke", "whale-minke": "whale", "whale": "cetacea"}


def transfers(*events: str) -> dict[str, str]:
    """Return the Appendices that events moved something from, by number of the event, from one."""
    merged: dict[str, set[StatedTriple]] = {}
    for number, event in enumerate(events, 1):
        change, appendix, day, taxon, *others = event.split()
        iri = f"{ID}listing-event/cites/{number}"
        values = {
            "jwp:listedTaxon": f"taxon/cites/{taxon}",
            "jwp:designation": "instrument/cites",
            "jwp:changeType": f"listing-change-type/{change}",
            "jwp:appendix": f"appendix/cites-{appendix}",
        } | dict(other.split("=") for other in others)
        merged[iri] = {StatedTriple(iri, expand_term(key), NamedNode(ID + value)) for key, value in values.items()}
        merged[iri].add(StatedTriple(iri, expand_term("jwp:effectiveOn"), Literal(day)))
    names = {f"{ID}taxon/cites/{below}": f"{ID}taxon/cites/{above}" for below, above in CONCEPTS.items()}
    add_transfers(merged, [StatedTriple(below, PARENT, NamedNode(above)) for below, above in names.items()])
    return {
        iri.rpartition("/")[2]: one.object.value.rpartition("-")[2]
        for iri, triples in merged.items()
        for one in triples
        if one.predicate == expand_term("jwp:fromAppendix")
    }


ORDER = "addition ii 1979-06-28 cetacea"


@pytest.mark.parametrize(
    ("events", "moved"),
    [
        ([ORDER, "addition i 1986-01-01 whale-minke"], {"2": "ii"}),
        ([ORDER, "addition i 1979-06-28 whale-minke"], {}),
        ([ORDER, "addition i 1980-01-01 whale-minke-north", "addition i 1986-01-01 whale-minke"], {"2": "ii"}),
        ([ORDER, "addition i 1986-01-01 whale", "addition i 1986-01-01 whale-minke"], {"2": "ii", "3": "ii"}),
        (["addition i 1990-01-01 whale", "addition ii 1997-01-01 whale jwp:populationIn=country/BW"], {"2": "i"}),
        (["addition iii 1976-01-01 whale", "addition ii 1997-01-01 whale"], {}),
        (["addition ii 1976-01-01 whale jwp:populationIn=country/BW", "addition i 1997-01-01 whale"], {}),
    ],
    ids=["from the order", "one day", "subspecies before", "genus and species", "population", "III", "part only"],
)
def test_what_was_in_one_other_appendix_moved_from_there(events: list[str], moved: dict[str, str]) -> None:
    assert transfers(*events) == moved
