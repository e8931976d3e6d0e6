"""Literals as Virtuoso 7.2 returns them, in the form in which they were published.

Virtuoso keeps some literals as values of its own types: booleans as numbers, durations of years and months as a number
of months, and points of GeoSPARQL as pairs of single-precision numbers.
"""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from typing import Final

from jwpgraph.query_execution.queries import QueryTerm

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_BOOLEANS: Final = {"0": "false", "1": "true"}
_DURATIONS: Final = frozenset({_XSD + "duration", _XSD + "yearMonthDuration"})
_MONTHS: Final = re.compile(r"(-?)([0-9]+)")
_GEOMETRY: Final = "http://www.openlinksw.com/schemas/virtrdf#Geometry"
_WKT: Final = "http://www.opengis.net/ont/geosparql#wktLiteral"
_DECIMAL: Final = re.compile(r"-?[0-9]+\.[0-9]+")


def normalise_term(term: QueryTerm) -> QueryTerm:
    """Return a term of a result as any other endpoint would give it."""
    if term.datatype == _XSD + "boolean" and term.value in _BOOLEANS:
        return replace(term, value=_BOOLEANS[term.value])
    if term.datatype in _DURATIONS and (months := _MONTHS.fullmatch(term.value)):
        return replace(term, value=_write_duration(months[1], int(months[2])))
    if term.datatype == _GEOMETRY:
        return replace(term, value=_DECIMAL.sub(_shorten_decimal, term.value), datatype=_WKT)
    return term


def _write_duration(sign: str, months: int) -> str:
    years, rest = divmod(months, 12)
    return f"{sign}P" + (f"{years}Y" if years else "") + (f"{rest}M" if rest or not years else "")


def _shorten_decimal(written: re.Match[str]) -> str:
    """Return the shortest decimal that is the same single-precision number: with up to six digits, the original."""
    stored = struct.pack("f", float(written[0]))
    for digits in range(1, 9):
        short = f"{float(written[0]):.{digits}g}"
        if "e" not in short and struct.pack("f", float(short)) == stored:
            return short
    return written[0]
