"""Effects of proposals, if they were adopted unchanged: computed beside a release, nothing is published.

The listing events that the proposals would lead to are replayed with those of the release, as everywhere
(:mod:`jwpgraph.taxonomy.replay`), and what both say on one day is compared, taxon by taxon.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.programme.record_models import ProposalRecord
from jwpgraph.programme.record_statements import state_record
from jwpgraph.programme.references import ReferenceIndex, Select
from jwpgraph.sources.statements import expand_term
from jwpgraph.taxonomy.dates import PartialDate
from jwpgraph.taxonomy.listing_events import ListingChange, ListingEvent
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.taxonomy.status import TREATY_OF, compute_concept_status, find_counterparts
from jwpgraph.vocabulary import ID, PREFIX_LINES

ReadTaxonomy = Callable[[Sequence[str]], Awaitable[TaxonomySnapshot]]

_HYPOTHETICAL: Final = ID + "listing-event/what-if/"
_WITHOUT_RESULT: Final = frozenset({"rejected", "withdrawn"})
_BATCH: Final = 300
_AFFECTED: Final = (
    PREFIX_LINES
    + """SELECT DISTINCT ?taxon ?what ?code WHERE {{
  VALUES ?taxon {{ {taxa} }}
  {{ ?distribution jwp:ofTaxon ?taxon ; jwp:inPlace ?place . ?place a jwp:Country ; skos:notation ?code
     BIND("country" AS ?what) }}
  UNION
  {{ ?taxon tcs:parentTaxonConcept* ?above . ?group jwp:includesTaxon ?above . ?activity jwp:speciesGroup ?group ;
     a jwp:Activity ; skos:notation ?code BIND("activity" AS ?what) }}
}}"""
)


@dataclass(frozen=True)
class CounterpartListing:
    """The same animal under the other treaty: its concept, its name and its Appendices."""

    taxon: str
    name: str
    relation: str | None
    appendices: tuple[str, ...]


@dataclass(frozen=True)
class ListingDifference:
    """A taxon whose listing would change.

    Attributes:
        taxon, name: the concept.
        treaty: ``cms`` or ``cites``.
        before, after: the Appendices that list it for certain, for any of its populations.
        proposals: keys of the proposals that do it.
        scope_changes: whether the Appendices stay and the populations that they cover change.
        counterparts: what the other treaty says of the animal.
        countries: ISO codes of the countries in which it is recorded to live.
        activities: codes of the activities for species groups that include it.
    """

    taxon: str
    name: str
    treaty: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    proposals: tuple[str, ...]
    scope_changes: bool
    counterparts: tuple[CounterpartListing, ...]
    countries: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()

    @property
    def names_differ(self) -> bool:
        """Return whether both treaties would list the animal, under different names."""
        return bool(self.after) and any(one.appendices and one.name != self.name for one in self.counterparts)

    def document(self) -> dict[str, Any]:
        """Return the difference as JSON."""
        return {
            "taxon": self.taxon,
            "name": self.name,
            "treaty": self.treaty,
            "before": [_get_number(one) for one in self.before],
            "after": [_get_number(one) for one in self.after],
            "scope_changes": self.scope_changes,
            "proposals": list(self.proposals),
            "counterparts": [
                {
                    "taxon": one.taxon,
                    "name": one.name,
                    "relation": one.relation,
                    "appendices": [_get_number(appendix) for appendix in one.appendices],
                }
                for one in self.counterparts
            ],
            "names_differ": self.names_differ,
            "countries": list(self.countries),
            "activities": list(self.activities),
        }


@dataclass(frozen=True)
class WhatIf:
    """The effects of proposals.

    Attributes:
        on: the day on which before and after are compared.
        differences: the taxa that would be listed otherwise.
        without_effect: keys of proposals that change no Appendix and no population: annotations, or what is so already.
        passed_over: keys of proposals that were rejected or withdrawn.
        undecidable: keys of proposals that do not say to which Appendix they lead.
    """

    on: date
    differences: tuple[ListingDifference, ...]
    without_effect: tuple[str, ...]
    passed_over: tuple[str, ...]
    undecidable: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return the effects as JSON."""
        return {
            "on": self.on.isoformat(),
            "published": False,
            "differences": [one.document() for one in self.differences],
            "without_effect": list(self.without_effect),
            "passed_over": list(self.passed_over),
            "undecidable": list(self.undecidable),
        }


@dataclass(frozen=True)
class ResolvedProposal:
    """A proposal with the IRIs of the entities that it names."""

    key: str
    treaty: str
    taxa: tuple[str, ...]
    appendices: tuple[str, ...]
    populations: frozenset[str]
    change: str | None
    outcome: str | None


def resolve_proposal(key: str, record: ProposalRecord, index: ReferenceIndex, confirmed: set[str]) -> ResolvedProposal:
    """Return one proposal with what it names.

    Raises:
        InvalidReferencesError: it names what is not in the graph.
    """
    stated = state_record(record, f"{ID}proposal/{key}", index, confirmed)

    def links(predicate: str) -> list[str]:
        return [str(one.object)[1:-1] for one in stated.triples if one.predicate == expand_term(predicate)]

    return ResolvedProposal(
        key,
        links("jwp:designation")[0],
        tuple(links("jwp:proposedTaxon")),
        tuple(links("jwp:proposedAppendix")),
        frozenset(links("jwp:proposedPopulation")),
        record.change,
        record.outcome,
    )


async def compute_what_if(
    select: Select, read_taxonomy: ReadTaxonomy, proposals: Sequence[ResolvedProposal], on: date
) -> WhatIf:
    """Return what *proposals* would change.

    Args:
        select: queries the release.
        read_taxonomy: gives the concepts, their listing events and alignments, at least about the given taxa.
        proposals: the proposals, as they stand.
        on: the day on which they are taken to have effect, and on which both states are compared.
    """
    passed_over = tuple(one.key for one in proposals if one.outcome in _WITHOUT_RESULT)
    asked = [one for one in proposals if one.outcome not in _WITHOUT_RESULT]
    reading = await read_taxonomy(sorted({taxon for one in asked for taxon in one.taxa}))
    events: list[ListingEvent] = []
    undecidable: list[str] = []
    roots: dict[str, set[str]] = defaultdict(set)
    for proposal in asked:
        for taxon in proposal.taxa:
            made = _make_events(reading, proposal, taxon, on, len(events))
            if made is None:
                undecidable.append(proposal.key)
                continue
            events += made
            roots[taxon].add(proposal.key)
    after = replace(reading, events=(*reading.events, *events))
    found = []
    for iri, concept in reading.taxa.concepts.items():
        keys = {key for above in reading.taxa.lineage(iri, on) for key in roots.get(above, ())}
        treaty = TREATY_OF.get(concept.taxonomy)
        if keys and treaty:
            difference = _compare(reading, after, iri, treaty, on, tuple(sorted(keys)))
            if difference is not None:
                found.append(difference)
    told = await _add_affected(select, sorted(found, key=lambda one: (one.treaty, one.name)))
    effective = {key for one in told for key in one.proposals}
    rest = [one.key for one in asked if one.key not in effective and one.key not in undecidable]
    return WhatIf(on, tuple(told), tuple(rest), passed_over, tuple(dict.fromkeys(undecidable)))


def _make_events(
    reading: TaxonomySnapshot, proposal: ResolvedProposal, taxon: str, on: date, number: int
) -> list[ListingEvent] | None:
    """Return the events by which a proposal would take effect; ``None`` if it names no Appendix to lead to."""
    if taxon not in reading.taxa.concepts:
        return None
    status = compute_concept_status(reading, taxon, proposal.treaty, on)
    now = set(status.appendices())
    changes = _list_changes(proposal, now)
    if changes is None:
        return None
    leaving = now & set(proposal.appendices or now) if proposal.change != "addition" else set()
    # A transfer keeps what the present listing leaves out, such as the domestic cat of the Felidae.
    excluded = frozenset(
        left_out for one in status.listings if one.origin == taxon and one.appendix in now for left_out in one.excludes
    )
    concerned = {taxon: None} | _list_listed_below(reading, proposal.treaty, taxon, leaving, on)
    return [
        ListingEvent(
            f"{_HYPOTHETICAL}{number}-{place}-{one.rpartition('/')[2]}",
            proposal.treaty,
            one,
            change,
            PartialDate.parse(on.isoformat()),
            appendix,
            places_in=proposal.populations,
            excludes=excluded if one == taxon and proposal.change != "addition" else frozenset(),
            via=via,
        )
        for place, (change, appendix) in enumerate(changes)
        for one, via in concerned.items()
    ]


def _list_listed_below(
    reading: TaxonomySnapshot, treaty: str, taxon: str, leaving: set[str], on: date
) -> dict[str, str | None]:
    """Return the taxa below *taxon* whose own events determine how they are listed, which would go with it.

    These are those that are listed by way of it, and those that stand in an Appendix that it leaves: a species that
    stands in another Appendix in its own right stays there.
    """
    found: dict[str, str | None] = {}
    for concept in reading.taxa.below(taxon):
        own = [event for event in reading.events_of([concept.iri]) if event.treaty == treaty]
        if any(event.via == taxon for event in own):
            found[concept.iri] = taxon
        elif own and leaving & set(compute_concept_status(reading, concept.iri, treaty, on).appendices()):
            found[concept.iri] = None
    return found


def _list_changes(proposal: ResolvedProposal, now: set[str]) -> list[tuple[ListingChange, str]] | None:
    """Return the changes of a proposal for a taxon listed in *now*, with Appendices; ``None`` if it states none."""
    named = set(proposal.appendices)
    found: list[tuple[ListingChange, str]] | None = None
    if proposal.change == "deletion":
        found = [(ListingChange.DELETION, one) for one in sorted(named or now)]
    elif proposal.change == "addition" and named:
        found = [(ListingChange.ADDITION, one) for one in sorted(named)]
    elif proposal.change == "amendment" and len(named) == 2 and len(named & now) == 1:
        # From its Appendix to the other one. Under CITES an addition moves its
        # populations; under CMS the Appendices are independent.
        found = [(ListingChange.ADDITION, one) for one in named - now]
        if not proposal.treaty.endswith("/cites"):
            found += [(ListingChange.DELETION, one) for one in named & now]
    elif (
        proposal.change == "amendment"
        and proposal.treaty.endswith("/cites")
        and now
        and len(named - now) == 1 == len(named)
    ):
        found = [(ListingChange.ADDITION, one) for one in named]
    elif proposal.change == "amendment" and named == now and len(now) == 1:
        # Of its only Appendix: an annotation. Where a taxon is split, the Appendices alone do not tell what would move.
        found = []
    return found


def _compare(
    before: TaxonomySnapshot, after: TaxonomySnapshot, iri: str, treaty: str, on: date, proposals: tuple[str, ...]
) -> ListingDifference | None:
    old, new = (compute_concept_status(reading, iri, treaty, on) for reading in (before, after))
    if set(old.certain) == set(new.certain):
        return None
    concept = before.taxa.concepts[iri]
    counterparts = []
    for other in find_counterparts(before, iri, on):
        other_treaty = TREATY_OF.get(other.concept.taxonomy)
        if other.concept.iri != iri and other_treaty:
            listed = compute_concept_status(after, other.concept.iri, other_treaty, on).appendices()
            relation = other.relation.value if other.relation else None
            counterparts.append(CounterpartListing(other.concept.iri, other.concept.name, relation, listed))
    appendices = tuple(sorted(set(old.appendices()))), tuple(sorted(set(new.appendices())))
    return ListingDifference(
        *(iri, concept.name, treaty.rpartition("/")[2], *appendices, proposals, appendices[0] == appendices[1]),
        tuple(counterparts),
    )


async def _add_affected(select: Select, differences: Sequence[ListingDifference]) -> list[ListingDifference]:
    """Return *differences* with the countries and activities that they concern."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    taxa = sorted({iri for one in differences for iri in (one.taxon, *(other.taxon for other in one.counterparts))})
    for start in range(0, len(taxa), _BATCH):
        values = " ".join(quote_iri(iri) for iri in taxa[start : start + _BATCH])
        for row in await select(_AFFECTED.format(taxa=values)):
            found[row["taxon"].value, row["what"].value].add(row["code"].value)

    def codes(one: ListingDifference, what: str) -> tuple[str, ...]:
        own = found[one.taxon, what]
        return tuple(sorted(own.union(*(found[other.taxon, what] for other in one.counterparts))))

    return [replace(one, countries=codes(one, "country"), activities=codes(one, "activity")) for one in differences]


def _get_number(appendix: str) -> str:
    return appendix.rpartition("-")[2].upper()
