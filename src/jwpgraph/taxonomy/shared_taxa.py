"""The taxa that both taxonomies have, for releases that are too large to be read whole.

Only the properties that pair concepts are read, and instead of listing events the derived listing periods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from jwpgraph.entities.iri_mapping import quote_iri
from jwpgraph.query_execution.queries import GraphReader, SolutionRow
from jwpgraph.taxonomy.alignments import Alignment, AlignmentIndex
from jwpgraph.taxonomy.concepts import CITES_TAXONOMY, CMS_TAXONOMY, TaxonConcept, TaxonIndex, get_rank_slug, index_taxa
from jwpgraph.taxonomy.dates import ALWAYS, DateInterval, PartialDate
from jwpgraph.taxonomy.relations import Rcc5Relation
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.vocabulary import PREFIX_LINES

#: Slugs of the ranks that count as species.
SPECIES_RANKS = ("species", "subspecies", "variety")

_END = "?%s tcs:accordingTo ?%sTaxonomy ; gbif:canonicalName ?%sName ; jwp:rank ?%sRank . "
_SUBJECT, _OBJECT = (_END.replace("%s", end) for end in ("subject", "object"))
# Of a subspecies the parent says which species it belongs to.
_PARENTS = " ".join(f"OPTIONAL {{ ?{end} tcs:parentTaxonConcept ?{end}Parent }}" for end in ("subject", "object"))
_OF_ONE_NAME = f"""{PREFIX_LINES}
SELECT * WHERE {{
  ?subject tcs:accordingTo <{CMS_TAXONOMY}> . {_SUBJECT}
  ?object gbif:canonicalName ?subjectName ; tcs:accordingTo <{CITES_TAXONOMY}> . {_OBJECT}
  {_PARENTS}
}}"""
_ALIGNED = f"""{PREFIX_LINES}
SELECT * WHERE {{
  ?alignment rdf:type jwp:Alignment ; jwp:alignmentRelation ?relation ; jwp:subjectTaxon ?subject ;
    jwp:objectTaxon ?object .
  {_SUBJECT} {_OBJECT} {_PARENTS}
}}"""
# The usages of names have such periods, too, a thousand times as many.
_VALID = " UNION ".join(
    f"{{ %of ?s {link} {end} ; rdf:type {kind} }}"
    for link, end in (("jwp:validFrom", "?from"), ("jwp:validUntil", "?until"))
    for kind in ("jwp:TaxonConcept", "jwp:Alignment")
)


async def read_shared_taxa(queries: GraphReader, validity: Mapping[str, DateInterval]) -> TaxonomySnapshot:
    """Read the taxa of the same name in both taxonomies, and aligned taxa.

    Events and descriptive properties (authors, synonyms, common names, remarks) are not read; of an alignment only the
    two concepts and the relation.

    Args:
        queries: reader of the release.
        validity: the result of :func:`read_validity`.
    """
    # One after the other, because results take far more memory while they are read.
    of_one_name, aligned = [await queries.select(query) for query in (_OF_ONE_NAME, _ALIGNED)]
    taxa, alignments = _collect_taxa([*of_one_name, *aligned], validity), _collect_alignments(aligned, validity)
    return TaxonomySnapshot(taxa, (), alignments)


async def read_common_names(queries: GraphReader, taxa: Iterable[str]) -> dict[str, str]:
    """Read the English names of *taxa*."""
    wanted = " ".join(f"<{iri}>" for iri in taxa)
    query = f"SELECT ?s ?name WHERE {{ VALUES ?s {{ {wanted} }} ?s skos:prefLabel ?name FILTER(LANG(?name) = 'en') }}"
    rows = await queries.select(PREFIX_LINES + query)
    return {row["s"].value: row["name"].value for row in rows}


async def read_validity(queries: GraphReader, among: Iterable[str] | None = None) -> dict[str, DateInterval]:
    """Read the periods of validity of the concepts and alignments that have one.

    Args:
        queries: reader of the release.
        among: their IRIs; None for all.
    """
    of = "" if among is None else f"VALUES ?s {{ {' '.join(map(quote_iri, among))} }}"
    rows = await queries.select(f"{PREFIX_LINES}SELECT ?s ?from ?until WHERE {{ {_VALID.replace('%of', of)} }}")
    starts = {row["s"].value: PartialDate.parse(row["from"].value) for row in rows if "from" in row}
    ends = {row["s"].value: PartialDate.parse(row["until"].value) for row in rows if "until" in row}
    return {iri: DateInterval(starts.get(iri), ends.get(iri)) for iri in starts.keys() | ends.keys()}


def _collect_taxa(pairs: Sequence[SolutionRow], intervals: Mapping[str, DateInterval]) -> TaxonIndex:
    found = {}
    for row in pairs:
        for end in ("subject", "object"):
            iri, taxonomy, name, rank = (row[end + what].value for what in ("", "Taxonomy", "Name", "Rank"))
            parent = row[f"{end}Parent"].value if f"{end}Parent" in row else None
            valid_then = intervals.get(iri, ALWAYS)
            found[iri] = TaxonConcept(iri, taxonomy, name, rank=get_rank_slug(rank), parent=parent, valid=valid_then)
    return index_taxa(found.values())


def _collect_alignments(rows: Sequence[SolutionRow], intervals: Mapping[str, DateInterval]) -> AlignmentIndex:
    found = {}
    for row in rows:
        iri, subject, relation, object_ = (row[name].value for name in ("alignment", "subject", "relation", "object"))
        valid = intervals.get(iri, ALWAYS)
        found[iri] = Alignment(iri, subject, Rcc5Relation.from_iri(relation), object_, valid=valid)
    return AlignmentIndex(tuple(found.values()))
