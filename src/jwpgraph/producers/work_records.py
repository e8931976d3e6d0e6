"""The shipped records of the work: curated tables in, ``data/ttl`` out.

``data/curated/{actions,meetings,proposals}.csv`` are tables in the format of stewards; ``record-sources.csv`` describes
their additional sources. Run again after the listings or meetings have changed:

    python -m jwpgraph.producers.work_records

A row that refers to an entity outside the graph is omitted and reported: a proposal needs its meeting and its taxon.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from jwpgraph.programme.record_models import KINDS
from jwpgraph.programme.record_statements import record_iri, state_record
from jwpgraph.programme.record_tables import read_rows
from jwpgraph.programme.references import (
    InvalidReferencesError,
    ReferenceIndex,
    confirm_iris,
    read_reference_index,
)
from jwpgraph.query_execution.store_reader import StoreReader
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.statements import Statements, expand_term, make_typed_literal, read_shipped_dataset
from jwpgraph.sources.tables import TableFormat, open_table
from jwpgraph.vocabulary import PREFIX_LINES, make_entity_iri, make_graph_iri

_TABLES: Final = ("meetings", "actions", "proposals")
_SOURCES: Final = TableFormat("record-sources", ("key", "label", "citation"), ("issued", "consulted"))
_SEGMENTS: Final = (
    *("action", "meeting", "proposal", "source", "instrument", "body", "country", "evidence-level", "meeting-kind"),
    *("action-status", "proposal-outcome", "listing-change-type", "appendix", "taxon/cites", "taxon/cms"),
    *("activity", "listing-event/cites", "listing-event/cms"),
)
_HEADER: Final = """{what}
Made from data/curated/{table}.csv, and to be made again, with: python -m jwpgraph.producers.work_records"""
_TITLES: Final = {
    "actions": "What was done under the work programmes, as far as sources tell; of the rest nothing is recorded.",
    "meetings": "Meetings besides those that the programme itself and its instruments call for.",
    "proposals": "Proposals to change the Appendices, with their outcome as far as it is recorded.",
    "record-sources": "Sources that only actions, meetings and proposals name.",
}
_EVENTS: Final = (
    PREFIX_LINES
    + """SELECT DISTINCT ?event WHERE {{
  ?event a jwp:ListingEvent ; jwp:decidedAt <{meeting}> ; jwp:listedTaxon <{taxon}>
  FILTER NOT EXISTS {{ ?event jwp:viaHigherTaxon ?higher }} }}"""
)


def make_files() -> Iterator[tuple[str, str]]:
    """Return the name and text of each file of ``data/ttl`` that the curated tables give."""
    own = {make_graph_iri(name) for name in ("record-sources", *(f"records-{kind}" for kind in _TABLES))}
    store = Store()  # of one graph, which is what queries read
    _add(store, {quad.triple for quad in read_shipped_dataset() if quad.graph_name.value not in own})
    sources = _state_sources(get_shipped_path("data/curated/record-sources.csv"), store)
    _add(store, sources.triples)
    used: set[str] = set()
    for kind in _TABLES:
        said = asyncio.run(_state_table(kind, store))
        _add(store, said.triples)
        used |= {str(triple.object) for triple in said.triples if triple.predicate == expand_term("dcterms:source")}
        yield f"records-{kind}", _sort_prefixes(said.turtle(_HEADER.format(what=_TITLES[kind], table=kind), _SEGMENTS))
    sources.triples = {triple for triple in sources.triples if str(triple.subject) in used}
    header = _HEADER.format(what=_TITLES["record-sources"], table="record-sources")
    yield "record-sources", _sort_prefixes(sources.turtle(header, ("source",)))


def _add(store: Store, triples: set[Triple]) -> None:
    store.extend(Quad(one.subject, one.predicate, one.object) for one in triples)


def _state_sources(path: Path, store: Store) -> Statements:
    """Return the described sources that no other file describes."""
    said = Statements()
    with open_table(path, (_SOURCES,), ImportReport(strict=True)) as table:
        for row in table:
            iri = make_entity_iri("source", row["key"])
            if any(store.quads_for_pattern(NamedNode(iri), expand_term("rdf:type"), None, None)):
                continue
            said.describe(iri, "jwp:Source", row["label"])
            said.add(iri, "dcterms:bibliographicCitation", Literal(row["citation"]))
            for column, predicate in (("issued", "dcterms:issued"), ("consulted", "jwp:consultedOn")):
                if row[column]:
                    said.add(iri, predicate, _get_date(row[column]))
    return said


def _get_date(text: str) -> Literal:
    return make_typed_literal(text, {4: "gYear", 7: "gYearMonth"}.get(len(text), "date"))


async def _state_table(kind: str, store: Store) -> Statements:
    model = KINDS[kind]
    report = ImportReport(strict=True)
    rows = read_rows(kind, get_shipped_path(f"data/curated/{kind}.csv"), report)
    reader = StoreReader(store, 0)
    index: ReferenceIndex = await read_reference_index(reader.select)
    confirmed = await confirm_iris(reader.select, [row.record for row in rows])
    said = Statements()
    for row in rows:
        if row.faults:
            row.reject(f"{kind}.csv", (), report)
        iri = record_iri(model, row.key)
        try:
            stated = state_record(row.record, iri, index, confirmed)
        except InvalidReferencesError as waits:
            print(f"{kind}.csv, line {row.line}: waits, since {waits}", file=sys.stderr)
            continue
        said.triples |= set(stated.triples)
        if kind == "proposals":
            said.triples |= set(await _link_events(reader, stated.triples))
    return said


async def _link_events(reader: StoreReader, triples: tuple[Triple, ...]) -> list[Triple]:
    """Return the listing events that a proposal's meeting decided on for its taxa."""
    by_predicate = {
        name: [str(one.object)[1:-1] for one in triples if one.predicate == expand_term(name)]
        for name in ("jwp:proposedTo", "jwp:proposedTaxon", "jwp:outcome")
    }
    if by_predicate["jwp:outcome"] != [make_entity_iri("proposal-outcome", "adopted")]:
        return []
    rows = [
        row
        for taxon in by_predicate["jwp:proposedTaxon"]
        for row in await reader.select(_EVENTS.format(meeting=by_predicate["jwp:proposedTo"][0], taxon=taxon))
    ]
    return [Triple(triples[0].subject, expand_term("jwp:ledTo"), NamedNode(row["event"].value)) for row in rows]


def _sort_prefixes(text: str) -> str:
    """Return *text* with its prefixes sorted by name, as in the other files of the folder."""
    lines = text.split("\n")
    places = [place for place, line in enumerate(lines) if line.startswith("@prefix")]
    for place, line in zip(
        places, sorted((lines[place] for place in places), key=lambda one: one.split(":")[0]), strict=True
    ):
        lines[place] = line
    return "\n".join(lines)


def main() -> None:
    """Write the files."""
    for name, text in make_files():
        path = get_shipped_path("data/ttl") / f"{name}.ttl"
        path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{path.name}: {text.count(chr(10) + '    a jwp:')} things", file=sys.stderr)


if __name__ == "__main__":
    main()
