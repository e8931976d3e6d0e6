"""The rows of a stored query: their order, pages by key, and their formats."""

from __future__ import annotations

import base64
import binascii
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson

from jwpgraph.http.unknown_names import make_wrong_parameter_problem
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.vocabulary import PREFIXES

_XSD: Final = PREFIXES["xsd"]
_INTEGERS: Final = frozenset(
    _XSD + name for name in ("integer", "int", "long", "nonNegativeInteger", "positiveInteger")
)
_NUMBERS: Final = _INTEGERS | {_XSD + "decimal", _XSD + "double", _XSD + "float"}
_SAFE_INTEGER: Final = 2**53 - 1
_DIGITS: Final = re.compile(r"(\d+)", re.ASCII)
#: Characters of the longest key of a page.
_LONGEST_KEY: Final = 16_000

SortKey = tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in a total order, each of them once.

    Attributes:
        columns: the names of the columns.
        order: the columns that the rows are sorted by, before the others.
        rows: the rows.
    """

    columns: tuple[str, ...]
    order: tuple[str, ...]
    rows: list[SolutionRow]

    @classmethod
    def sort(cls, columns: Sequence[str], order: Sequence[str], rows: Iterable[SolutionRow]) -> Table:
        """Return the table of *rows*, sorted by *order* and then by the other columns."""
        whole = (*order, *(name for name in columns if name not in order))
        distinct = {_sort_key(row, whole): row for row in rows}
        return cls(tuple(columns), whole, [distinct[key] for key in sorted(distinct)])

    def page(self, limit: int, after: str | None) -> tuple[list[SolutionRow], str | None]:
        """Return a page of at most *limit* rows and the key of the page behind it, if there is one.

        Args:
            limit: rows of the page.
            after: the key that an earlier page gave; the page begins with the first row behind it, also when that row
                itself is no longer there.

        Raises:
            ProblemError: ``invalid-parameter`` (422) for a key that no page gave.
        """
        start = 0
        if after is not None:
            last = _sort_key(self._read_key(after), self.order)
            start = next((i for i, row in enumerate(self.rows) if _sort_key(row, self.order) > last), len(self.rows))
        rows = self.rows[start : start + limit]
        more = start + limit < len(self.rows)
        return rows, self._write_key(rows[-1]) if more else None

    def _write_key(self, row: SolutionRow) -> str:
        terms = [_to_list(row[name]) if name in row else None for name in self.order]
        return base64.urlsafe_b64encode(orjson.dumps(terms)).rstrip(b"=").decode()

    def _read_key(self, text: str) -> SolutionRow:
        try:
            padded = text[:_LONGEST_KEY] + "=" * (-len(text) % 4)
            terms = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            row = {name: _from_list(term) for name, term in zip(self.order, terms, strict=True) if term is not None}
        except (binascii.Error, ValueError, TypeError):
            raise make_wrong_parameter_problem("after", "take it from the next link of a page of this query") from None
        return row


def _to_list(term: QueryTerm) -> list[str | None]:
    return [term.kind, term.value, term.language, term.datatype]


def _from_list(members: Any) -> QueryTerm:
    kind, value, language, datatype = members
    texts = isinstance(value, str) and all(part is None or isinstance(part, str) for part in (language, datatype))
    if kind not in {"uri", "literal", "bnode"} or not texts:
        raise ValueError(members)
    return QueryTerm(kind, value, language, datatype)


def _sort_key(row: SolutionRow, order: Sequence[str]) -> SortKey:
    return tuple(_make_term_key(row.get(name)) for name in order)


def _make_term_key(term: QueryTerm | None) -> tuple[Any, ...]:
    """Return the sort key of a term: unbound, numbers by value, then texts with the numbers in them by value."""
    if term is None:
        return (0,)
    exact = (term.kind, term.value, term.language or "", term.datatype or "")
    if term.datatype in _NUMBERS:
        try:
            number = Decimal(term.value)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite():
            return (1, number, *exact)
    # re.split puts the digits in every second place, so that numbers are compared with numbers.
    parts = _DIGITS.split(term.value.casefold())
    natural = tuple(Decimal(part) if place % 2 else part for place, part in enumerate(parts))
    return (2, natural, *exact)


def to_json_value(term: QueryTerm) -> Any:
    """Return a term as plain JSON: a number or truth value where JSON can hold it, else a string."""
    if term.datatype in _INTEGERS and re.fullmatch(r"-?\d+", term.value, re.ASCII):
        number = int(term.value)
        return number if abs(number) <= _SAFE_INTEGER else term.value
    if term.datatype == _XSD + "boolean" and term.value in {"true", "false", "1", "0"}:
        return term.value in {"true", "1"}
    return f"_:{term.value}" if term.kind == "bnode" else term.value


def to_csv(columns: Sequence[str], rows: Iterable[SolutionRow]) -> bytes:
    """Return rows as SPARQL 1.1 Query Results CSV (section 3)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_get_csv_value(row[name]) if name in row else "" for name in columns])
    return out.getvalue().encode()


def _get_csv_value(term: QueryTerm) -> str:
    return f"_:{term.value}" if term.kind == "bnode" else term.value


def to_sparql_json(columns: Sequence[str], rows: Iterable[SolutionRow]) -> bytes:
    """Return rows as SPARQL 1.1 Query Results JSON (section 3)."""
    bindings = [{name: _get_binding(row[name]) for name in columns if name in row} for row in rows]
    return orjson.dumps({"head": {"vars": list(columns)}, "results": {"bindings": bindings}})


def _get_binding(term: QueryTerm) -> dict[str, str]:
    found = {"type": term.kind, "value": term.value}
    if term.language:
        found["xml:lang"] = term.language
    elif term.datatype:
        found["datatype"] = term.datatype
    return found
