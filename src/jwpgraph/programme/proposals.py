"""Amendment proposals, with the current listings of their animals under each treaty."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.nodes import EntityNode
from jwpgraph.programme.overview import WorkRecords, get_value, get_value_slug, read_work
from jwpgraph.taxon_facets.taxonomy_cache import get_taxonomy_about
from jwpgraph.taxonomy.horizon import State
from jwpgraph.taxonomy.listing_events import CITES, CMS
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import compute_statuses, find_concept_state
from jwpgraph.vocabulary import ID, JWP

TREATIES = {"cms": CMS, "cites": CITES}


@dataclass(frozen=True)
class TreatyListing:
    """The listing of an animal under a treaty today.

    Attributes:
        treaty: ``cms`` or ``cites``.
        taxon: the concept of its taxonomy.
        name: the concept's scientific name there.
        relation: how the proposal's taxon relates to it; None for that taxon itself, and where only names agree.
        appendices: IRIs of the Appendices that list it for certain.
        possible: IRIs of those that may list it.
        state: listed, not listed, or unknown.
        is_beyond: whether the day is after the horizon of the treaty.
    """

    treaty: str
    taxon: str
    name: str
    relation: Rcc5Relation | None
    appendices: tuple[str, ...]
    possible: tuple[str, ...]
    state: State
    is_beyond: bool


@dataclass(frozen=True)
class CommentState:
    """A comment and whether it is given, due or overdue."""

    comment: EntityNode
    state: str


@dataclass(frozen=True)
class ProposalOverview:
    """A proposal with what both treaties list, and what was commented.

    Attributes:
        proposal: the record.
        treaty: the treaty that it is put to: ``cms`` or ``cites``.
        meeting: the meeting that decides on it.
        outcome: what was decided; empty where it is not recorded.
        listings: the listings of its taxa, by taxon.
        unread: names of taxa whose status could not be read.
        comments: comments on it.
    """

    proposal: EntityNode
    treaty: str
    meeting: str
    outcome: str
    listings: tuple[TreatyListing, ...]
    unread: tuple[str, ...]
    comments: tuple[CommentState, ...]

    @property
    def other_treaty_lists_it(self) -> bool:
        """Return whether the other treaty certainly lists one of its taxa, or a part or whole of one."""
        return any(one.appendices for one in self.listings if one.treaty != self.treaty)


def get_comment_state(comment: EntityNode, today: str) -> str:
    """Return ``given``, ``overdue``, ``due``, or ``no date`` for a comment that is neither given nor due on a day."""
    if get_value(comment, JWP + "givenOn"):
        return "given"
    due = get_value(comment, JWP + "dueOn")
    if due is None:
        return "no date"
    return "overdue" if due < today else "due"


async def read_proposals(site: AppContext, meeting: str | None, on: date) -> list[ProposalOverview]:
    """Return the proposals of a meeting (its IRI; None: of all) with the listings of *on*.

    Counterparts in the other taxonomy are found through the alignments that hold on that day; only where a curator has
    said nothing does an equal name stand for one.
    """

    async def make() -> list[ProposalOverview]:
        work = await read_work(site)
        proposals = work.of_class("AmendmentProposal")
        taxa = {taxon for one in proposals for taxon in work.links(one, JWP + "proposedTaxon")}
        reading = await get_taxonomy_about(site, *sorted(taxa))
        return await asyncio.to_thread(lambda: [_make_overview(reading, work, one, on) for one in proposals])

    found = await site.once_per_day("proposals beside listings", on, make)
    return [one for one in found if meeting in {None, one.meeting}]


def _make_overview(reading: TaxonomySnapshot, work: WorkRecords, proposal: EntityNode, on: date) -> ProposalOverview:
    listings: list[TreatyListing] = []
    unread: list[str] = []
    for taxon in work.links(proposal, JWP + "proposedTaxon"):
        if taxon not in reading.taxa.concepts:
            unread.append(work.name(taxon))
            continue
        for treaty, statuses in compute_statuses(reading, taxon, on).items():
            for one in statuses:
                counterpart = one.counterpart
                state, outlook = find_concept_state(reading, counterpart.concept, one.status, on)
                listings.append(
                    TreatyListing(
                        treaty.rpartition("/")[2],
                        counterpart.concept.iri,
                        counterpart.concept.name,
                        counterpart.relation,
                        one.status.appendices(),
                        one.status.possible_appendices(),
                        state,
                        outlook.beyond,
                    )
                )
    comments = [
        CommentState(one, get_comment_state(one, on.isoformat()))
        for one in work.of_class("Comment")
        if proposal.iri in work.links(one, JWP + "commentOn")
    ]
    return ProposalOverview(
        proposal,
        (get_value(proposal, JWP + "designation") or "").removeprefix(f"{ID}instrument/"),
        get_value(proposal, JWP + "proposedTo") or "",
        get_value_slug(proposal, JWP + "outcome") or "",
        tuple(listings),
        tuple(unread),
        tuple(comments),
    )
