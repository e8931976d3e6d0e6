"""What the proposals to CITES CoP20 would have changed, against the listing events that CoP20 led to."""

from __future__ import annotations

import asyncio
from datetime import date

import pyoxigraph as ox

from jwpgraph.programme.record_models import ProposalRecord
from jwpgraph.programme.record_tables import read_rows
from jwpgraph.programme.references import InvalidReferencesError, confirm_iris, read_reference_index
from jwpgraph.programme.what_if import ResolvedProposal, compute_what_if, resolve_proposal
from jwpgraph.query_execution.store_reader import StoreReader
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot, read_all
from jwpgraph.taxonomy.status import compute_concept_status
from jwpgraph.vocabulary import ID, PREFIX_LINES

BEFORE, AFTER = date(2025, 12, 1), date(2026, 3, 5)
CITES = f"{ID}instrument/cites"
#: It became a species by a decision on names; the vultures are not named by the sources of the proposals.
OTHER_REASONS = {"loxodonta-cyclotis", "gyps-africanus", "gyps-rueppellii"}


def proposals(reader: StoreReader) -> tuple[list[ResolvedProposal], list[str]]:
    """Return the curated proposals to CoP20, and the keys of those on taxa that are not in the graph."""
    rows = read_rows("proposals", get_shipped_path("data/curated/proposals.csv"), ImportReport())
    records = [(row.key, row.record) for row in rows if row.key.startswith("cites-cop20-")]
    index = asyncio.run(read_reference_index(reader.select))
    confirmed = asyncio.run(confirm_iris(reader.select, [record for _, record in records]))
    found, unknown = [], []
    for key, record in records:
        assert isinstance(record, ProposalRecord)
        try:
            found.append(resolve_proposal(key, record, index, confirmed))
        except InvalidReferencesError:
            unknown.append(key)
    return found, unknown


def changed(store: ox.Store, reading: TaxonomySnapshot) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the taxa of CITES that are listed otherwise after CoP20, with their Appendices before and after."""
    periods = f"""{PREFIX_LINES}SELECT DISTINCT ?taxon WHERE {{
      ?period a jwp:ListingPeriod ; jwp:designation <{CITES}> ; jwp:listedTaxon ?taxon ; jwp:from|jwp:until ?day
      FILTER(STR(?day) >= "{BEFORE}") }}"""
    found = {}
    for iri in sorted(row["taxon"].value for row in store.query(periods)):
        old, new = (compute_concept_status(reading, iri, CITES, on) for on in (BEFORE, AFTER))
        if set(old.certain) != set(new.certain):
            found[iri] = (tuple(sorted(set(old.appendices()))), tuple(sorted(set(new.appendices()))))
    return found


def test_the_differences_are_the_listing_events_that_cop20_led_to(shipped_store: ox.Store) -> None:
    reader = StoreReader(shipped_store, 1)
    reading = asyncio.run(read_all(reader))

    async def read(_: object) -> TaxonomySnapshot:
        return reading

    given, unknown = proposals(reader)
    told = asyncio.run(compute_what_if(reader.select, read, given, BEFORE))
    expected = {
        iri: both
        for iri, both in changed(shipped_store, reading).items()
        if iri.rpartition("/")[2] not in OTHER_REASONS
    }
    assert {one.taxon: (one.before, one.after) for one in told.differences} == expected
    assert len(expected) > 20
    assert {key.removeprefix("cites-cop20-").partition("-")[0] for key in unknown} == {
        *("galeorhinus", "mustelus", "centrophoridae", "falco", "anguilla")
    }
    whale_shark = next(one for one in told.differences if one.name == "Rhincodon typus")
    assert set(whale_shark.activities) == {"B17", "B18"}


def test_a_transfer_keeps_what_the_present_listing_leaves_out(shipped_store: ox.Store) -> None:
    reader = StoreReader(shipped_store, 1)
    reading = asyncio.run(read_all(reader))

    async def read(_: object) -> TaxonomySnapshot:
        return reading

    # The listing event of the family leaves out the domestic cat (jwp:excludesTaxon).
    felidae, cat = f"{ID}taxon/cites/felidae", f"{ID}taxon/cites/felis-catus"
    transfer = ResolvedProposal("all", CITES, (felidae,), (f"{ID}appendix/cites-i",), frozenset(), "amendment", None)
    told = asyncio.run(compute_what_if(reader.select, read, [transfer], AFTER))
    assert felidae in {one.taxon for one in told.differences}
    assert cat in reading.taxa.concepts
    assert cat not in {one.taxon for one in told.differences}


def test_an_amendment_that_does_not_tell_what_moves_is_not_called_without_effect(shipped_store: ox.Store) -> None:
    reader = StoreReader(shipped_store, 1)
    reading = asyncio.run(read_all(reader))

    async def read(_: object) -> TaxonomySnapshot:
        return reading

    def propose(key: str, taxon: str, *appendices: str) -> ResolvedProposal:
        named = tuple(f"{ID}appendix/cites-{one}" for one in appendices)
        return ResolvedProposal(key, CITES, (f"{ID}taxon/cites/{taxon}",), named, frozenset(), "amendment", None)

    given = [
        propose("annotation", "saiga-tatarica", "ii"),
        propose("no-appendix", "saiga-tatarica"),
        *(propose(f"split-{'-'.join(one)}", "panthera-leo", *one) for one in (("i",), ("ii",), ("i", "ii"))),
    ]
    told = asyncio.run(compute_what_if(reader.select, read, given, date(2026, 6, 27)))
    assert told.differences == ()
    assert told.without_effect == ("annotation",)
    assert set(told.undecidable) == {"no-appendix", "split-i", "split-ii", "split-i-ii"}
