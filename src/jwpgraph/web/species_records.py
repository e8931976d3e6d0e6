"""Further records of a taxon from one query: range, Red List, programme, Parties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from jwpgraph.answers.words import fold
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import iri_to_path, quote_iri
from jwpgraph.entities.nodes import EntityNode, get_local_name
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.taxon_facets.appendices import TREATIES
from jwpgraph.taxon_facets.clock import get_today
from jwpgraph.taxonomy.dates import DateInterval, PartialDate
from jwpgraph.vocabulary import PREFIX_LINES
from jwpgraph.web.entity_view import ProvenanceView, SourceView, ValueView
from jwpgraph.web.labels.resource_names import ResourceNames, choose_preferred_rows, make_label_filter
from jwpgraph.web.labels.species import get_range_label

_STATUS_ORDER = (
    "native",
    "occurs",
    "reintroduced",
    "introduced",
    "possibly-introduced",
    "uncertain",
    "possibly-extinct",
)
_KINDS = ("place", "red", "group", "activity", "instrument", "joined", "party", "state", "own", "called")
#: URL templates of identifiers of other databases, with the names of the databases.
_DATABASES: tuple[tuple[str, str, str], ...] = (
    ("wikidataId", "Wikidata", "https://www.wikidata.org/wiki/{}"),
    ("speciesPlusId", "Species+", "https://speciesplus.net/species#/taxon_concepts/{}/legal"),
    ("gbifId", "GBIF", "https://www.gbif.org/species/{}"),
    ("itisId", "ITIS", "https://www.itis.gov/servlet/SingleRpt/SingleRpt?search_topic=TSN&search_value={}"),
    ("wormsId", "WoRMS", "https://www.marinespecies.org/aphia.php?p=taxdetails&id={}"),
    ("ncbiId", "NCBI", "https://www.ncbi.nlm.nih.gov/Taxonomy/Browser/wwwtax.cgi?id={}"),
    ("iucnId", "IUCN Red List", "https://apiv3.iucnredlist.org/api/v3/taxonredirect/{}"),
    ("colId", "Catalogue of Life", "https://www.catalogueoflife.org/data/taxon/{}"),
    ("eolId", "Encyclopedia of Life", "https://eol.org/pages/{}"),
    ("avibaseId", "Avibase", "https://avibase.bsc-eoc.org/species.jsp?avibaseid={}"),
)


@dataclass(slots=True)
class RangeRecords:
    """The places with one distribution status.

    Attributes:
        kind: how the taxon comes to be there, as the slug of its concept: ``possibly-extinct``.
        status: the status as text.
        places: where.
        basis: each source with the records that rest on it.
    """

    kind: str
    status: str
    places: list[ValueView]
    basis: list[tuple[SourceView | None, list[ValueView]]]


@dataclass(slots=True)
class RedListRecord:
    """A category of the Red List."""

    category: ValueView
    year: str
    basis: ProvenanceView


@dataclass(slots=True)
class LinkedRecord:
    """An instrument, group or activity that concerns the taxon.

    Attributes:
        thing: it.
        joined: whether the country asked for has joined or signed it.
        basis: what the link rests on.
    """

    thing: ValueView
    joined: bool
    basis: ProvenanceView


@dataclass(slots=True)
class PartyRecord:
    """The period for which the requested country is a Party to a convention; dates as in the data.

    Attributes:
        holds: whether it is in force on the requested day; None if the dates are too imprecise.
    """

    short: str
    since: str | None
    until: str | None
    holds: bool | None
    basis: ProvenanceView


@dataclass(slots=True)
class SpeciesRecords:
    """All records."""

    ranges: list[RangeRecords] = field(default_factory=list)
    in_country: list[str] = field(default_factory=list)
    red_list: list[RedListRecord] = field(default_factory=list)
    activities: list[LinkedRecord] = field(default_factory=list)
    instruments: list[LinkedRecord] = field(default_factory=list)
    groups: list[LinkedRecord] = field(default_factory=list)
    parties: dict[str, PartyRecord] = field(default_factory=dict)
    territory_of: ValueView | None = None
    own: ProvenanceView = field(default_factory=lambda: ProvenanceView([]))


async def read_rows(site: AppContext, concepts: Sequence[str], country: str | None) -> Mapping[str, list[SolutionRow]]:
    """Return the rows about *concepts*, by their topic."""
    found: dict[str, list[SolutionRow]] = {kind: [] for kind in _KINDS}
    for row in choose_preferred_rows(await site.queries.select(_make_records_query(concepts, country))):
        found[row["row"].value].append(row)
    return found


def _make_records_query(concepts: Sequence[str], country: str | None) -> str:
    these = f"VALUES ?taxon {{ {' '.join(map(quote_iri, concepts))} }}"
    grouped = f"{these} ?group jwp:includesTaxon ?taxon ."
    named = make_label_filter("?label")
    source = "OPTIONAL { ?thing dcterms:source ?source }"
    # A join instead of OPTIONAL, for which the engine would scan all statements for each row.
    stated = "?statement rdf:object {0} ; rdf:subject ?thing ; dcterms:source ?source ."
    of_country = ""
    if country:
        this = quote_iri(country)
        of_country = f"""
  UNION {{ ?record jwp:party {this} ; jwp:partyTo ?thing . FILTER NOT EXISTS {{ ?record prov:alternateOf ?other }}
     OPTIONAL {{ ?record jwp:effectiveFrom ?value }} OPTIONAL {{ ?record jwp:effectiveUntil ?year }}
     OPTIONAL {{ ?record dcterms:source ?source }} BIND("party" AS ?row) }}
  UNION {{ {this} jwp:territoryOf ?thing . ?thing skos:prefLabel ?label . {named} BIND("state" AS ?row) }}
  UNION {{ ?record jwp:signatory {this} ; jwp:signedInstrument ?thing BIND("joined" AS ?row) }}"""
    return f"""{PREFIX_LINES}
SELECT DISTINCT ?row ?thing ?label ?code ?value ?year ?source ?position ?record WHERE {{
  {{ {these} ?record jwp:ofTaxon ?taxon ; jwp:inPlace ?thing . OPTIONAL {{ ?record jwp:distributionStatus ?value }}
     OPTIONAL {{ ?record dcterms:source ?source }} BIND("place" AS ?row) }}
  UNION {{ {these} ?record jwp:ofTaxon ?taxon ; jwp:redListCategory ?thing . OPTIONAL {{ ?thing skos:notation ?code }}
     OPTIONAL {{ ?record jwp:assessedIn|jwp:reportedIn ?year }} OPTIONAL {{ ?record dcterms:source ?source }}
     ?thing skos:prefLabel ?label . {named} BIND("red" AS ?row) }}
  UNION {{ {these} ?thing jwp:includesTaxon ?taxon ; skos:prefLabel ?label . {named} BIND("group" AS ?row) }}
  UNION {{ {these} {stated.format("?taxon")} ?thing jwp:includesTaxon ?taxon ; skos:prefLabel ?label . {named}
     BIND("group" AS ?row) }}
  UNION {{ {grouped} ?thing jwp:speciesGroup ?group ; a jwp:Activity ; skos:notation ?code ; skos:prefLabel ?label .
     OPTIONAL {{ ?thing schema:position ?position }} {source} {named} BIND("activity" AS ?row) }}
  UNION {{ {these} ?thing jwp:coversTaxon ?taxon ; skos:prefLabel ?label . {named} BIND("instrument" AS ?row)
     {source} }}
  UNION {{ {grouped} ?thing jwp:coversSpeciesGroup ?group ; skos:prefLabel ?label . {named}
     BIND("instrument" AS ?row) }}
  UNION {{ {grouped} {stated.format("?group")} ?thing jwp:coversSpeciesGroup ?group ; skos:prefLabel ?label . {named}
     BIND("instrument" AS ?row) }}
  UNION {{ {these} ?taxon dwc:vernacularName ?thing BIND(?taxon AS ?record) BIND("called" AS ?row) }}
  UNION {{ {these} ?taxon dcterms:source ?source BIND("own" AS ?row) }}{of_country}
}}"""


def make_records(
    rows: Mapping[str, list[SolutionRow]], names: ResourceNames, country: str | None, on: str
) -> SpeciesRecords:
    """Return the records in *rows* for the page.

    Args:
        rows: as :func:`read_rows` gives them.
        names: names of places and sources.
        country: the country asked for.
        on: the day asked for, ``YYYY-MM-DD``.
    """
    joined = {row["thing"].value for kind in ("joined", "party") for row in rows[kind]}
    return SpeciesRecords(
        ranges=_make_ranges(names, rows["place"]),
        in_country=sorted(
            {get_range_label(_get_row_status(row)) for row in rows["place"] if row["thing"].value == country}
        ),
        red_list=_make_red_list(names, rows["red"]),
        activities=_make_linked(names, rows["activity"], joined),
        instruments=_make_linked(names, rows["instrument"], joined),
        groups=_make_linked(names, rows["group"], joined),
        parties=_make_parties(names, rows["party"], on),
        territory_of=next((names.value(row["thing"].value) for row in rows["state"]), None),
        own=names.provenance({row["source"].value for row in rows["own"]}),
    )


def _get_row_status(row: SolutionRow) -> str:
    return get_local_name(row["value"].value) if "value" in row else "occurs"


def _make_ranges(names: ResourceNames, rows: Iterable[SolutionRow]) -> list[RangeRecords]:
    by_status: dict[str, dict[str, dict[str, set[str]]]] = {}
    for row in rows:
        source = row["source"].value if "source" in row else ""
        of_source = by_status.setdefault(_get_row_status(row), {}).setdefault(source, {})
        of_source.setdefault(row["record"].value, set()).add(row["thing"].value)
    order = {status: place for place, status in enumerate(_STATUS_ORDER)}
    found = []
    for status in sorted(by_status, key=lambda one: (order.get(one, len(order)), one)):
        sources = by_status[status]
        places = names.values(
            {place for of_source in sources.values() for some in of_source.values() for place in some}
        )
        basis = [
            (names.source(source) if source else None, _group_records(names, of_source))
            for source, of_source in sorted(sources.items())
        ]
        found.append(RangeRecords(status, get_range_label(status), places, basis))
    return found


def _group_records(names: ResourceNames, by_record: Mapping[str, set[str]]) -> list[ValueView]:
    values = [
        (", ".join(sorted((names.value(one).text for one in some), key=fold)), record)
        for record, some in by_record.items()
    ]
    return [
        ValueView(text, iri_to_path(record, "doc"))
        for text, record in sorted(values, key=lambda one: (fold(one[0]), one[1]))
    ]


def _make_red_list(names: ResourceNames, rows: Iterable[SolutionRow]) -> list[RedListRecord]:
    found: dict[tuple[str, str], tuple[SolutionRow, set[str]]] = {}
    for row in rows:
        key = (row["year"].value if "year" in row else "", row["thing"].value)
        sources = found.setdefault(key, (row, set()))[1]
        sources |= {row["source"].value} if "source" in row else set()
    assessments = []
    for key in sorted(found, reverse=True):
        row, sources = found[key]
        category = ValueView(row["label"].value, iri_to_path(row["thing"].value, "doc"), language=row["label"].language)
        category.notation = row["code"].value if "code" in row else None
        assessments.append(RedListRecord(category, key[0], names.provenance(sources)))
    return assessments


def _make_linked(names: ResourceNames, rows: Iterable[SolutionRow], joined: set[str]) -> list[LinkedRecord]:
    found: dict[str, tuple[tuple[float, str], SolutionRow, set[str]]] = {}
    for row in rows:
        place = float(row["position"].value) if "position" in row else 0.0
        key = (place, row["label"].value)
        sources = found.setdefault(row["thing"].value, (key, row, set()))[2]
        sources |= {row["source"].value} if "source" in row else set()
    return [
        LinkedRecord(
            ValueView(
                row["label"].value,
                iri_to_path(iri, "doc"),
                notation=row["code"].value if "code" in row else None,
                language=row["label"].language,
            ),
            iri in joined,
            names.provenance(sources),
        )
        for iri, (_, row, sources) in sorted(found.items(), key=lambda pair: pair[1][0])
    ]


def _make_parties(names: ResourceNames, rows: Iterable[SolutionRow], on: str) -> dict[str, PartyRecord]:
    """Return for each convention the membership record for the day *on*; withdrawn Parties may have several."""
    records: dict[tuple[str, str], PartyRecord] = {}
    for row in rows:
        short = TREATIES.get(row["thing"].value)
        if short is None:
            continue
        since, until = (row[name].value if name in row else None for name in ("value", "year"))
        key = short, row["record"].value
        known = records.setdefault(key, PartyRecord(short, since, until, _holds(since, until, on), ProvenanceView([])))
        if "source" in row:
            known.basis.sources.append(names.source(row["source"].value))
    found: dict[str, PartyRecord] = {}
    for (short, _), one in sorted(records.items(), key=lambda item: (item[1].since or "", item[0])):
        one.basis.sources.sort(key=lambda source: source.name)
        before = found.get(short)
        if before is None or before.holds is not True:
            has_come = one.since is None or one.since <= on
            if before is None or one.holds is not False or (before.holds is False and has_come):
                found[short] = one
    return found


def _holds(since: str | None, until: str | None, on: str) -> bool | None:
    """Return whether a membership was in force on a day; with an unknown start only today's state is known."""
    day = date.fromisoformat(on)
    if since is None and day < get_today():
        return None
    try:
        return DateInterval(*(PartialDate.parse(end) if end else None for end in (since, until))).held(day)
    except ValueError:
        return None


def list_external_identifiers(node: EntityNode) -> list[tuple[str, str, str]]:
    """Return database, identifier and URL of each record in other databases."""
    found = []
    for predicate, values in node.properties.items():
        for name, database, address in _DATABASES:
            if get_local_name(predicate) == name:
                found += [(database, term.value, address.format(term.value)) for term in values if term.value.isalnum()]
    order = [database for _, database, _ in _DATABASES]
    return sorted(found, key=lambda one: order.index(one[0]))
