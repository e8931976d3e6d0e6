"""The taxa that both taxonomies have and the Appendices in which they stand, read in parts.

For releases whose taxonomy is too large to be read whole: of the concepts only what pairs them is read, and of listings
the periods that were derived when the release was built.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from jwpgraph.query_execution.queries import GraphReader, SolutionRow
from jwpgraph.taxonomy.alignments import Alignment, AlignmentIndex, index_alignments
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept, TaxonIndex, get_rank_slug, index_taxa
from jwpgraph.taxonomy.dates import ALWAYS, DateInterval, PartialDate
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.vocabulary import ID, PREFIX_LINES

#: The ranks that count as species.
SPECIES_RANKS = ("species", "subspecies", "variety")

#: Taxa whose events are read at a time: some 5,000 rows, and 10 MB while they are read.
_BATCH = 500
_RANKS = ", ".join(f"<{ID}taxon-rank/{rank}>" for rank in SPECIES_RANKS)
_END = f"?%s tcs:accordingTo ?%sTaxonomy ; gbif:canonicalName ?%sName ; jwp:rank ?%sRank FILTER(?%sRank IN ({_RANKS})) "
_SUBJECT, _OBJECT = (_END.replace("%s", end) for end in ("subject", "object"))
_OF_ONE_NAME = f"""{PREFIX_LINES}
SELECT * WHERE {{
  ?subject tcs:accordingTo <{CMS_TAXONOMY}> . {_SUBJECT}
  ?object gbif:canonicalName ?subjectName ; tcs:accordingTo <{CITES_TAXONOMY}> . {_OBJECT}
}}"""
_ALIGNED = f"""{PREFIX_LINES}
SELECT * WHERE {{
  ?alignment rdf:type jwp:Alignment ; jwp:alignmentRelation ?relation ; jwp:subjectTaxon ?subject ;
    jwp:objectTaxon ?object .
  {_SUBJECT} {_OBJECT}
}}"""
_VALID = f"""{PREFIX_LINES}
SELECT ?s ?from ?until WHERE {{
  {{ ?s jwp:validFrom ?from }} UNION {{ ?s jwp:validUntil ?until }} ?s rdf:type jwp:TaxonConcept
}}"""


async def read_shared_taxa(queries: GraphReader) -> TaxonomySnapshot:
    """The species of one name in both taxonomies and those that are aligned.

    Neither their events are read nor what only describes them: authors, synonyms, names in languages, remarks; and of
    an alignment only what it relates, and how.
    """
    # One after the other: while they are read, answers take far more memory than what is kept of them.
    of_one_name, aligned, valid = [await queries.select(query) for query in (_OF_ONE_NAME, _ALIGNED, _VALID)]
    return TaxonomySnapshot(_collect_taxa([*of_one_name, *aligned], valid), (), _collect_alignments(aligned))


async def read_common_names(queries: GraphReader, taxa: Iterable[str]) -> dict[str, str]:
    """The English names of those of *taxa* that have one."""
    wanted = " ".join(f"<{iri}>" for iri in taxa)
    query = f"SELECT ?s ?name WHERE {{ VALUES ?s {{ {wanted} }} ?s skos:prefLabel ?name FILTER(LANG(?name) = 'en') }}"
    rows = await queries.select(PREFIX_LINES + query)
    return {row["s"].value: row["name"].value for row in rows}


async def read_validity(queries: GraphReader) -> dict[str, DateInterval]:
    """Return when its taxonomy recognizes a concept, for each concept for which a first or last day is recorded."""
    return _collect_intervals(await queries.select(_VALID))


def _collect_taxa(pairs: Sequence[SolutionRow], valid: Sequence[SolutionRow]) -> TaxonIndex:
    intervals = _collect_intervals(valid)
    found = {}
    for row in pairs:
        for end in ("subject", "object"):
            iri, taxonomy, name, rank = (row[end + what].value for what in ("", "Taxonomy", "Name", "Rank"))
            valid_then = intervals.get(iri, ALWAYS)
            found[iri] = TaxonConcept(iri, taxonomy, name, rank=get_rank_slug(rank), valid=valid_then)
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
