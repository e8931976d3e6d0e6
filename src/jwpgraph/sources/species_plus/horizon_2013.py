"""The horizons of the taxa that only the tables of 2013 list.

The shipped horizons hold for the shipped taxa, for which later sources were read, and for the whole Index. Listings
that the tables give for other taxa are known up to the last meeting in the tables only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, expand_term
from jwpgraph.sources.species_plus.taxa import StatedTaxon
from jwpgraph.sources.statements import KnownDataset
from jwpgraph.vocabulary import ID

#: The day on which the last changes in the tables took effect, by taxonomy: those of CITES CoP16 and CMS COP10.
_LAST: Final = {"cites": "2013-06-12", "cms": "2012-02-23"}
#: A rank that importers put between taxa that are shipped.
_BETWEEN: Final = "subfamily"


def state_horizon(
    statements: SortedStatements,
    taxonomy: str,
    parents: Mapping[StatedTaxon, StatedTaxon | None],
    known: KnownDataset | None,
    origin: ExportSource,
) -> None:
    """State until when the listings are complete of the taxa that other sources do not have.

    Args:
        statements: receives the statements.
        taxonomy: ``cites`` or ``cms``.
        parents: the taxa of the tables, with their parents.
        known: the published dataset, whose taxa have horizons of their own.
        origin: the source of the tables.
    """
    others = {iri for (iri,) in known.rows("?taxon a jwp:TaxonConcept", "?taxon")} if known else set()
    new = {taxon for taxon in parents if taxon.iri not in others and taxon.rank != _BETWEEN}
    # A horizon holds for the taxa below as well.
    highest = sorted(taxon.iri for taxon in new if parents[taxon] not in new)
    if not highest:
        return
    horizon = f"{ID}listing-horizon/{origin.slug}-{taxonomy}"
    title = f"Listings of {taxonomy.upper()} in the tables of 2013: taxa that no later source has"
    statements.link(horizon, expand_term("rdf:type"), expand_term("jwp:ListingHorizon"))
    statements.text(horizon, expand_term("skos:prefLabel"), title, "en")
    statements.link(horizon, expand_term("jwp:designation"), expand_term(f"id:instrument/{taxonomy}"))
    statements.value(horizon, expand_term("jwp:completeUntil"), _LAST[taxonomy], "date")
    if taxonomy == "cites":
        statements.link(horizon, expand_term("jwp:completeThroughMeeting"), expand_term("id:meeting/cites-cop16"))
    statements.link(horizon, expand_term("jwp:evidence"), expand_term("id:evidence-level/sourced"))
    statements.link(horizon, expand_term("dcterms:source"), origin.iri)
    for taxon in highest:
        statements.link(horizon, expand_term("jwp:taxonGroup"), taxon)
