"""Direct links of an entity, for graph drawings: one query, each neighbour once, and a count of omitted neighbours.

Records that join two entities (a taxon occurs in a country, a country is a Party to an instrument) are shown as a link
between the two.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import get_type_segment, quote_iri
from jwpgraph.entities.nodes import get_local_name
from jwpgraph.entities.terminology import get_terminology
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.vocabulary import ID, PREFIX_LINES

#: Entity types that are shown; records, statements and schemes are not.
KINDS = (
    "activity",
    "theme",
    "heading",
    "work-programme",
    "species-group",
    "taxon",
    "instrument",
    "body",
    "programme",
    "tool",
    "country",
    "region",
    "site",
    "meeting",
    "audience",
    "topic",
)
#: The first property of a record points to the subject of the link, the second, its name, to the object.
_RECORDS = (("ofTaxon", "inPlace"), ("party", "partyTo"), ("signatory", "signedInstrument"))
_UNTOLD = (
    "rdf:type",
    "dcterms:source",
    "skos:inScheme",
    "skos:semanticRelation",
    "skos:mappingRelation",
    "skos:broaderTransitive",
    "skos:narrowerTransitive",
)
#: Maximum number of neighbours to read and count.
MOST_COUNTED = 3000


@dataclass(frozen=True, slots=True)
class Neighbour:
    """The entity at the other end of a link.

    Attributes:
        iri: its IRI.
        kind: its type segment.
        label: its English name or, if it has none, its slug.
        notation: its code.
        relation: English label of the link.
        outgoing: whether the link points to it.
    """

    iri: str
    kind: str
    label: str
    notation: str | None
    relation: str
    outgoing: bool


@dataclass(frozen=True, slots=True)
class OmittedNeighbours:
    """Number of neighbours of one relation that are not returned."""

    relation: str
    outgoing: bool
    count: int


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """An entity with its neighbours.

    Attributes:
        of: the entity itself; its relation is empty.
        neighbours: a selection of neighbours from each relation.
        total: the number of neighbours.
        left_out: the omitted neighbours by relation.
    """

    of: Neighbour
    neighbours: tuple[Neighbour, ...]
    total: int
    left_out: tuple[OmittedNeighbours, ...]


async def read_neighbourhood(site: AppContext, iri: str, limit: int) -> Neighbourhood | None:
    """Return at most *limit* neighbours of the entity *iri*; ``None`` if the graph does not contain it."""
    rows = await site.queries.select(_make_neighbours_query(iri))
    known = await get_terminology(site)
    [itself] = [row for row in rows if "link" not in row]
    found = []
    for row in rows:
        if "link" in row:
            direction, name = row["link"].value[0], row["link"].value[1:]
            found.append(_make_neighbour(row, known.label(name) or get_local_name(name), direction == "0"))
    if not found and "label" not in itself:
        return None
    given = _interleave_relations(found, limit)
    return Neighbourhood(_make_neighbour(itself, "", True), given, len(found), _count_omitted(found, given))


def _make_neighbours_query(iri: str) -> str:
    this = quote_iri(iri)
    records = " ".join(f"(jwp:{one} jwp:{other})" for one, other in _RECORDS)
    # One link of each neighbour, outgoing ones first: MIN compares "0" and "1" before the property.
    return f"""{PREFIX_LINES}
SELECT ?link ?thing (SAMPLE(?name) AS ?label) (SAMPLE(?code) AS ?notation) WHERE {{
  {{ BIND({this} AS ?thing) }}
  UNION {{ SELECT ?thing (MIN(CONCAT(?direction, STR(?property))) AS ?link) WHERE {{
    {{ {this} ?property ?thing . BIND("0" AS ?direction) }}
    UNION {{ ?thing ?property {this} . BIND("1" AS ?direction) }}
    UNION {{ VALUES (?from ?property) {{ {records} }}
             ?record ?from {this} ; ?property ?thing . BIND("0" AS ?direction) }}
    UNION {{ VALUES (?from ?property) {{ {records} }}
             ?record ?property {this} ; ?from ?thing . BIND("1" AS ?direction) }}
    FILTER(isIRI(?thing) && REGEX(STR(?thing), "^{ID}({"|".join(KINDS)})/") && ?thing != {this})
    FILTER(?property NOT IN ({", ".join(_UNTOLD)}))
  }} GROUP BY ?thing LIMIT {MOST_COUNTED} }}
  OPTIONAL {{ ?thing skos:prefLabel ?name . FILTER(LANG(?name) = "en") }}
  OPTIONAL {{ ?thing skos:notation ?code }}
}} GROUP BY ?link ?thing ORDER BY ?link ?notation ?label ?thing"""


def _make_neighbour(row: SolutionRow, relation: str, outgoing: bool) -> Neighbour:
    iri = row["thing"].value
    label = row["label"].value if "label" in row else get_local_name(iri)
    notation = row["notation"].value if "notation" in row else None
    return Neighbour(iri, get_type_segment(iri) or "", label, notation, relation, outgoing)


def _interleave_relations(found: Iterable[Neighbour], limit: int) -> tuple[Neighbour, ...]:
    """Return the first neighbour of each relation, then the second of each, and so on up to *limit*."""
    by_relation: dict[tuple[str, bool], list[Neighbour]] = defaultdict(list)
    for one in found:
        by_relation[one.relation, one.outgoing].append(one)
    rounds = zip_longest(*by_relation.values())
    return tuple(islice((one for each in rounds for one in each if one is not None), limit))


def _count_omitted(found: Iterable[Neighbour], given: Sequence[Neighbour]) -> tuple[OmittedNeighbours, ...]:
    counts: dict[tuple[str, bool], int] = defaultdict(int)
    shown = {one.iri for one in given}
    for one in found:
        counts[one.relation, one.outgoing] += one.iri not in shown
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(OmittedNeighbours(relation, outgoing, count) for (relation, outgoing), count in ordered if count)
