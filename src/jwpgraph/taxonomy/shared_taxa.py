"""The taxa that both taxonomies have and the Appendices in which they stand, read in parts.

For releases whose taxonomy is too large to be read whole: of the concepts only what pairs and places them is read, and
of the listing events only what decides about Appendices, a batch of taxa at a time. Events are replayed as everywhere
(:mod:`~jwpgraph.taxonomy.replay`), so that the outcome is what a reading of everything gives.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from jwpgraph.query_execution.queries import GraphReader, SolutionRow
from jwpgraph.taxonomy.alignments import Alignment, AlignmentIndex, index_alignments
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept, TaxonIndex, get_rank_slug, index_taxa
from jwpgraph.taxonomy.dates import ALWAYS, DateInterval, PartialDate
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot, add_deciding_events
from jwpgraph.taxonomy.status import TREATY_OF, compute_concept_status
from jwpgraph.vocabulary import ID, PREFIX_LINES

#: The ranks that count as species.
SPECIES_RANKS = ("species", "subspecies", "variety")

#: Taxa whose events are read at a time: some 5,000 rows, and 10 MB while they are read.
_BATCH = 500
_RANKS = ", ".join(f"<{ID}taxon-rank/{rank}>" for rank in SPECIES_RANKS)
_END = f"?%s tcs:accordingTo ?%sTaxonomy ; dwc:scientificName ?%sName ; jwp:rank ?%sRank FILTER(?%sRank IN ({_RANKS})) "
_SUBJECT, _OBJECT = (_END.replace("%s", end) for end in ("subject", "object"))
_OF_ONE_NAME = f"""{PREFIX_LINES}
SELECT * WHERE {{
  ?subject tcs:accordingTo <{CMS_TAXONOMY}> . {_SUBJECT}
  ?object dwc:scientificName ?subjectName ; tcs:accordingTo <{CITES_TAXONOMY}> . {_OBJECT}
}}"""
_ALIGNED = f"""{PREFIX_LINES}
SELECT * WHERE {{
  ?alignment rdf:type jwp:Alignment ; jwp:alignmentRelation ?relation ; jwp:subjectConcept ?subject ;
    jwp:objectConcept ?object .
  {_SUBJECT} {_OBJECT}
}}"""
# A taxon that a listing leaves out has its place in a lineage even where nothing is listed as it.
_ABOVE = f"""{PREFIX_LINES}
SELECT ?taxon ?above WHERE {{
  {{ SELECT DISTINCT ?above WHERE {{
    ?event jwp:listedTaxon|jwp:excludesTaxon ?above . ?child tcs:parentTaxonConcept ?above }} }}
  ?taxon tcs:parentTaxonConcept+ ?above FILTER(?taxon != ?above)
}}"""
_VALID = f"""{PREFIX_LINES}
SELECT ?s ?from ?until WHERE {{
  {{ ?s jwp:validFrom ?from }} UNION {{ ?s jwp:validUntil ?until }} ?s rdf:type jwp:TaxonConcept
}}"""


async def read_shared_taxa(queries: GraphReader) -> TaxonomySnapshot:
    """The species of one name in both taxonomies and those that are aligned, with the listed taxa above them.

    Neither their events are read nor what only describes them: authors, synonyms, names in languages, remarks; and of
    an alignment only what it relates, and how.
    """
    # One after the other: while they are read, answers take far more memory than what is kept of them.
    of_one_name, aligned, above, valid = [
        await queries.select(query) for query in (_OF_ONE_NAME, _ALIGNED, _ABOVE, _VALID)
    ]
    return TaxonomySnapshot(_collect_taxa([*of_one_name, *aligned], above, valid), (), _collect_alignments(aligned))


async def read_common_names(queries: GraphReader, taxa: Iterable[str]) -> dict[str, str]:
    """The English names of those of *taxa* that have one."""
    wanted = " ".join(f"<{iri}>" for iri in taxa)
    query = f"SELECT ?s ?name WHERE {{ VALUES ?s {{ {wanted} }} ?s skos:prefLabel ?name FILTER(LANG(?name) = 'en') }}"
    rows = await queries.select(PREFIX_LINES + query)
    return {row["s"].value: row["name"].value for row in rows}


async def read_appendices(
    queries: GraphReader, reading: TaxonomySnapshot, taxa: Collection[str], on: date
) -> dict[str, tuple[str, ...]]:
    """The Appendices certainly in force on a day for those of *taxa* that stand in any, and were recognized then.

    Args:
        queries: reads from the release that *reading* is of.
        reading: the concepts, as :func:`read_shared_taxa` gives them.
        taxa: IRIs of concepts in it.
        on: the day.
    """
    found: dict[str, tuple[str, ...]] = {}
    ordered = sorted(taxa)
    for start in range(0, len(ordered), _BATCH):
        some = ordered[start : start + _BATCH]
        lineages = {above for iri in some for above in reading.taxa.lineage(iri)}
        told = await add_deciding_events(queries, reading, sorted(lineages))
        found |= await asyncio.to_thread(_list_in_force, told, some, on)
    return found


def _list_in_force(reading: TaxonomySnapshot, taxa: Iterable[str], on: date) -> dict[str, tuple[str, ...]]:
    found = {}
    for iri in taxa:
        concept = reading.taxa.concepts[iri]
        treaty = TREATY_OF.get(concept.taxonomy)
        if treaty is None or concept.valid.holds(on) is False:
            continue
        if appendices := compute_concept_status(reading, iri, treaty, on).appendices():
            found[iri] = appendices
    return found


def _collect_taxa(
    pairs: Sequence[SolutionRow], above: Sequence[SolutionRow], valid: Sequence[SolutionRow]
) -> TaxonIndex:
    intervals = _collect_intervals(valid)
    higher: dict[str, set[str]] = {}
    for row in above:
        higher.setdefault(row["taxon"].value, set()).add(row["above"].value)

    def made(iri: str, taxonomy: str = "", name: str = "", rank: str = "") -> TaxonConcept:
        # The nearest of what is above is that which has most above itself.
        parent = max(higher.get(iri, ()), key=lambda one: (len(higher.get(one, ())), one), default=None)
        return TaxonConcept(iri, taxonomy, name, rank=rank, parent=parent, valid=intervals.get(iri, ALWAYS))

    found = {iri: made(iri) for these in higher.values() for iri in these}
    for row in pairs:
        for end in ("subject", "object"):
            iri, taxonomy, name, rank = (row[end + what].value for what in ("", "Taxonomy", "Name", "Rank"))
            found[iri] = made(iri, taxonomy, name, get_rank_slug(rank))
    return index_taxa(found.values())


def _collect_intervals(rows: Sequence[SolutionRow]) -> dict[str, DateInterval]:
    starts = {row["s"].value: PartialDate.parse(row["from"].value) for row in rows if "from" in row}
    ends = {row["s"].value: PartialDate.parse(row["until"].value) for row in rows if "until" in row}
    return {iri: DateInterval(starts.get(iri), ends.get(iri)) for iri in starts.keys() | ends.keys()}


def _collect_alignments(rows: Sequence[SolutionRow]) -> AlignmentIndex:
    found = {}
    for row in rows:
        iri, subject, relation, object_ = (row[name].value for name in ("alignment", "subject", "relation", "object"))
        found[iri] = Alignment(iri, subject, Rcc5Relation.from_iri(relation), object_)
    return index_alignments(found.values())
