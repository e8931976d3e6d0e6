"""Lists on entity pages: their queries, and their rows for a page or a CSV file.

A list is defined in :mod:`jwpgraph.web.table_definitions`: a graph pattern around ``?this`` and the columns that it
binds. It is shown on the page of each entity of certain types, and complete, sorted and paged below ``/tables``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal
from urllib.parse import urlencode

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import EntityIndex, get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_type_segment, iri_to_path, quote_iri
from jwpgraph.entities.nodes import EntityNode, collect_nodes, get_local_name, make_natural_key
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.taxon_facets.appendices import TaxonAppendices
from jwpgraph.taxon_facets.daily_appendices import get_appendices_of
from jwpgraph.taxon_facets.taxonomy_cache import get_concepts
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.vocabulary import ID, PREFIX_LINES
from jwpgraph.web.content_names import get_animal_names
from jwpgraph.web.entity_view import ProvenanceView, SourceView, ValueView, cite_source, make_reference
from jwpgraph.web.labels.properties import format_date
from jwpgraph.web.labels.resource_names import make_taxon_value
from jwpgraph.web.translation import gettext, mark_for_translation

ColumnKind = Literal["thing", "date", "number", "text", "word", "appendices"]
#: A row before rendering: the values of each column, the sources, and the record that it represents.
Bindings = Mapping[str, Sequence[QueryTerm]]
_YES_OR_NO: Final = {"yes": mark_for_translation("yes"), "no": mark_for_translation("no")}


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a list.

    Attributes:
        name: its variable, and its key in URLs and CSV files.
        title: its title, a message.
        kind: how values are formatted and sorted; ``appendices`` are those in force for the taxon in ``?taxon``.
        many: whether a row can have several values.
    """

    name: str
    title: str
    kind: ColumnKind = "thing"
    many: bool = False


@dataclass(frozen=True, slots=True)
class TableDefinition:
    """A list that belongs to entities of certain types.

    Attributes:
        name: its name in URLs.
        title: its title, a message.
        columns: its columns; the first identifies the row.
        where: the graph pattern around ``?this`` that binds them, and ``?source`` and ``?record`` if available.
        order: the default sort column, with a minus for descending order.
        empty: the message if it has no rows; without a message an empty list is omitted.
        links: keys of the properties whose incoming links it shows.
        facts: keys of the properties whose values it shows.
    """

    name: str
    title: str
    columns: tuple[TableColumn, ...]
    where: str
    order: str = ""
    empty: str | None = None
    links: frozenset[str] = frozenset()
    facts: frozenset[str] = frozenset()

    @property
    def first_order(self) -> str:
        """Return the default sort column."""
        return self.order or self.columns[0].name

    def column(self, name: str) -> TableColumn | None:
        """Return the column with a name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(slots=True)
class TableCell:
    """The values of a row in one column."""

    values: list[ValueView] = field(default_factory=list)
    badges: TaxonAppendices = ()
    key: tuple[object, ...] = ()

    @property
    def text(self) -> str:
        """Return the cell as plain text."""
        badges = [f"{treaty.upper()} {number}" for treaty, number in self.badges]
        return "; ".join([value.machine or value.text for value in self.values] + badges)


@dataclass(slots=True)
class TableRow:
    """A row."""

    iri: str
    cells: dict[str, TableCell]
    basis: ProvenanceView
    record: str | None


@dataclass(slots=True)
class TableView:
    """A page of a list.

    Attributes:
        table: the list.
        of: the IRI of the entity that it belongs to.
        sort: the sort column, with a minus for descending order.
        total: the number of rows on all pages.
        offset: the number of rows before this page.
        rows: the rows of this page.
    """

    table: TableDefinition
    of: str
    sort: str
    total: int
    offset: int
    rows: list[TableRow]

    def address(self, sort: str | None = None, offset: int = 0, extension: str = "") -> str:
        """Return the path of the complete list with a sort order and an offset."""
        wanted = self.sort if sort is None else sort
        parameters = {"of": self.of.removeprefix(ID)}
        if wanted != self.table.first_order:
            parameters["sort"] = wanted
        if offset:
            parameters["offset"] = str(offset)
        return f"/tables/{self.table.name}{extension}?{urlencode(parameters, safe='/')}"

    def heading_address(self, column: str) -> str:
        """Return the target of a column's heading: sorted by it, in reverse if it already is."""
        return self.address("-" + column if self.sort == column else column)

    @property
    def next_offset(self) -> int | None:
        """Return the offset of the next page."""
        end = self.offset + len(self.rows)
        return end if end < self.total and self.rows else None


async def read_table(
    site: AppContext,
    table: TableDefinition,
    iri: str,
    day: date,
    *,
    sort: str = "",
    limit: int | None = None,
    offset: int = 0,
) -> TableView:
    """Return the rows of *table* for the entity *iri*.

    Args:
        site: the context.
        table: the list.
        iri: the entity that it belongs to.
        day: the day for which Appendices are shown.
        sort: the sort column, with a minus for descending order; default: the order of the definition.
        limit: the maximum number of rows; default: all.
        offset: the number of rows to skip.
    """
    found = await _select_query(site, table, iri)
    writer = await _RowWriter.of(site, table, found, day)
    rows = [writer.row(one) for one in found]
    sort = sort if table.column(sort.removeprefix("-")) else table.first_order
    shown = _sort_rows(rows, table, sort)
    return TableView(table, iri, sort, len(rows), offset, shown[offset : None if limit is None else offset + limit])


async def _select_query(site: AppContext, table: TableDefinition, iri: str) -> list[Bindings]:
    names = [column.name for column in table.columns if column.kind != "appendices"]
    query = f"""{PREFIX_LINES}
SELECT DISTINCT ?{" ?".join(dict.fromkeys([*names, "source", "record"]))} WHERE {{
  {table.where.replace("?this", quote_iri(iri))}
}}"""
    keys = [column.name for column in table.columns if not column.many and column.kind != "appendices"]
    return group_rows(await site.queries.select(query), keys)


async def _name_words(site: AppContext, table: TableDefinition, rows: Iterable[Bindings]) -> Mapping[str, EntityNode]:
    """Return the concepts in the columns of words, with their labels."""
    names = [column.name for column in table.columns if column.kind == "word"]
    found = {term.value for row in rows for name in names for term in row.get(name, ()) if term.kind == "uri"}
    if not found:
        return {}
    values = " ".join(quote_iri(iri) for iri in sorted(found))
    query = f"{PREFIX_LINES} SELECT ?s ?p ?o {{ VALUES ?s {{ {values} }} VALUES ?p {{ skos:prefLabel }} ?s ?p ?o }}"
    return collect_nodes(await site.queries.select(query))


def group_rows(rows: Iterable[SolutionRow], keys: Sequence[str]) -> list[Bindings]:
    """Return solutions with equal *keys* as one row with all their other values."""
    found: dict[tuple[QueryTerm | None, ...], dict[str, list[QueryTerm]]] = {}
    for row in rows:
        one = found.setdefault(tuple(row.get(key) for key in keys), {})
        for name, term in row.items():
            values = one.setdefault(name, [])
            if term not in values:
                values.append(term)
    return list(found.values())


def _sort_rows(rows: list[TableRow], table: TableDefinition, sort: str) -> list[TableRow]:
    name = sort.removeprefix("-")
    # All cells, so that rows about one thing do not depend on the order in which the engine finds them.
    ordered = sorted(rows, key=lambda row: tuple(row.cells[column.name].key for column in table.columns))
    # Rows without a value come last in either direction.
    ordered.sort(key=lambda row: row.cells[name].key, reverse=sort.startswith("-"))
    return [row for row in ordered if row.cells[name].key] + [row for row in ordered if not row.cells[name].key]


class _RowWriter:
    """Writes rows, with the names of what they hold."""

    def __init__(
        self,
        table: TableDefinition,
        registers: Mapping[str, EntityIndex],
        concepts: Mapping[str, TaxonConcept],
        appendices: Mapping[str, TaxonAppendices],
        words: Mapping[str, EntityNode],
        names: Mapping[str, tuple[str, str]],
    ) -> None:
        self._table = table
        self._words = words
        self._names = names
        self._registers = registers
        self._concepts = concepts
        self._appendices = appendices

    @classmethod
    async def of(cls, site: AppContext, table: TableDefinition, rows: Iterable[Bindings], day: date) -> _RowWriter:
        """Return a writer with the names of all resources in *rows*."""
        mentioned = {term.value for row in rows for values in row.values() for term in values if term.kind == "uri"}
        segments = sorted({segment for iri in mentioned if (segment := get_type_segment(iri)) in BY_SEGMENT} - {None})
        registers = {
            segment: await get_entity_index(site, BY_SEGMENT[segment]) for segment in segments if segment != "taxon"
        }
        concepts = await get_concepts(site, mentioned)
        has_badges = any(column.kind == "appendices" for column in table.columns)
        appendices = await get_appendices_of(site, day, mentioned) if has_badges else {}
        names = await get_animal_names(site) if concepts else {}
        return cls(table, registers, concepts, appendices, await _name_words(site, table, rows), names)

    def row(self, bindings: Bindings) -> TableRow:
        """Return a row for display."""
        cells = {column.name: self._cell(column, bindings) for column in self._table.columns}
        records = sorted(term.value for term in bindings.get("record", ()))
        sources = [self._source(term) for term in bindings.get("source", ())]
        basis = ProvenanceView(sorted(sources, key=lambda source: source.name))
        return TableRow(
            bindings[self._table.columns[0].name][0].value,
            cells,
            basis,
            iri_to_path(records[0], "doc") if records else None,
        )

    def _source(self, term: QueryTerm) -> SourceView:
        node = self._node(term.value) if term.kind == "uri" else None
        return cite_source(node) if node else SourceView(get_local_name(term.value), iri_to_path(term.value, "doc"))

    def _node(self, iri: str) -> EntityNode | None:
        known = self._registers.get(get_type_segment(iri) or "")
        return known.get(iri) if known else None

    def _cell(self, column: TableColumn, bindings: Bindings) -> TableCell:
        if column.kind == "appendices":
            taxa = bindings.get("taxon", ())
            badges = self._appendices.get(taxa[0].value, ()) if taxa else ()
            return TableCell(badges=badges, key=tuple(badges))
        written = [self._written(column.kind, term) for term in bindings.get(column.name, ())]
        written.sort(key=lambda pair: pair[0])
        return TableCell([value for _, value in written], key=written[0][0] if written else ())

    def _written(self, kind: ColumnKind, term: QueryTerm) -> tuple[tuple[object, ...], ValueView]:
        if kind == "word":
            return self._word(term)
        if term.kind == "uri":
            return self._thing(term.value)
        if kind == "number":
            return (float(term.value),), ValueView(term.value)
        if kind == "date":
            return (term.value,), ValueView(format_date(term.value), machine=term.value)
        return make_natural_key(term.value), ValueView(term.value, language=term.language)

    def _word(self, term: QueryTerm) -> tuple[tuple[object, ...], ValueView]:
        # Files have the same word in all languages.
        word = get_local_name(term.value).replace("-", " ")
        node = self._words.get(term.value)
        label = node.label() if node else None
        if label:
            return (word,), ValueView(label[0].value, language=label[0].language, machine=word)
        return (word,), ValueView(gettext(_YES_OR_NO[word]) if word in _YES_OR_NO else word, machine=word)

    def _thing(self, iri: str) -> tuple[tuple[object, ...], ValueView]:
        concept = self._concepts.get(iri)
        if concept:
            value = make_taxon_value(concept)
            name, language = self._names.get(iri) or (concept.common_name, "en")
            value.kind, value.kind_language = (name, language) if name != concept.name else (None, None)
            return (math.inf, (), concept.name.casefold(), iri), value
        node = self._node(iri) or EntityNode(iri)
        # Codes are an order of their own only within a document: countries are looked for by name.
        code = make_natural_key(node.notation or "~") if node.position < math.inf else ()
        return (node.position, code, node.name.casefold(), iri), make_reference(self._node(iri), iri)
