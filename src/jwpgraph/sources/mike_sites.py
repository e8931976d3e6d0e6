"""Importer for the monitoring sites of the MIKE programme: coordinates, countries and designations.

Some French and Spanish designations were decoded with the wrong character set ("ForÃªt"). They are repaired if this is
unambiguous; otherwise the designation is omitted and reported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Final

from pyoxigraph import Literal, NamedNode

from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.encoding_repair import repair_encoding
from jwpgraph.sources.gazetteer import Gazetteer
from jwpgraph.sources.import_report import ImportReport, RowRejectedError
from jwpgraph.sources.statements import SourceFile, Statements, make_slug, make_typed_literal, normalise_text
from jwpgraph.sources.tables import TableFormat, TableRecord
from jwpgraph.vocabulary import PREFIXES, make_entity_iri, make_graph_iri

GRAPH: Final = make_graph_iri("sites")
HEADER: Final = """\
Sites at which the MIKE programme monitors the killing of elephants, with coordinates (WGS 84, longitude first).
French and Spanish names are put together from the designations in the list; damaged ones are left out.
docs/importers.md tells how this file is made."""
SEGMENTS: Final = ("country", "evidence-level", "geometry", "programme", "region", "site", "source")

MIKE_SITES: Final = TableFormat(
    "mike-sites",
    ("ccode", "siteid", "name", "lon", "lat"),
    ("subregion", "designate", "area_sqkm", "designate_fr", "designate_es"),
)
FORMATS: Final = (MIKE_SITES,)

_WKT: Final = NamedNode(PREFIXES["geo"] + "wktLiteral")
_LONGITUDES: Final = 180
_LATITUDES: Final = 90
#: Endings of a designation that require the name to follow.
_OPEN_ENDINGS: Final = frozenset({"de", "du", "des", "la", "del"})


@dataclass(frozen=True)
class _MonitoringSite:
    code: str
    name: str
    country: str
    region: str
    longitude: Decimal
    latitude: Decimal
    area: Decimal | None
    designations: dict[str, str]


def import_sites(register: RegisterInput) -> Statements:
    """Read lists of MIKE sites and state the location of each site.

    Args:
        register: the input; its files are the lists.

    Returns:
        The statements.

    Raises:
        ProblemError: if a file cannot be read, has an unknown header or, in a strict import, for the first rejected
            row.
    """
    statements = Statements()
    places = Gazetteer(register.known)
    regions = {
        normalise_text(name): iri
        for iri, name in register.known.rows("?r a jwp:Region ; skos:prefLabel|skos:altLabel ?name", "?r ?name")
    }
    # MIKE subregions share names with M49 regions but differ from them: Zimbabwe is in MIKE's Southern Africa.
    within = set(register.known.rows("?c a jwp:Country ; jwp:containedIn+ ?r", "?c ?r"))
    found: dict[str, tuple[_MonitoringSite, SourceFile]] = {}
    for source, table in register.open_tables(FORMATS, statements):
        lines: dict[str, int] = {}

        def convert(row: TableRecord, lines: dict[str, int] = lines, name: str = table.name) -> _MonitoringSite:
            site = _read_site(row, places, regions, partial(_repair_encoding, row, name, register.report))
            if (site.country, site.region) not in within:
                site = replace(site, region="")
            if (first := lines.setdefault(site.code, row.line)) != row.line:
                raise RowRejectedError("siteid", f"repeats the code of line {first}", site.code)
            return site

        for site in table.convert_rows(convert):
            if site.code in found:
                register.report.note(
                    f"{table.name}: site {site.code} is in an earlier file, too; the later one counts."
                )
            found[site.code] = site, source
    names = Counter(site.name for site, _ in found.values())
    for site, source in found.values():
        shared = names[site.name] > 1
        label = f"{site.name} ({places.label(site.country)})" if shared else site.name
        _state_site(site, label, source, statements)
    return statements


def _read_site(
    row: TableRecord, places: Gazetteer, regions: dict[str, str], read_text: Callable[[str], str]
) -> _MonitoringSite:
    code = row["siteid"]
    if not code.isascii() or not code.isalnum():
        raise RowRejectedError("siteid", "is not a code of letters and digits", code)
    name = read_text("name")
    if not name:
        raise RowRejectedError("name", "the site has no name that can be read", row["name"])
    area = row["area_sqkm"]
    return _MonitoringSite(
        code=code.upper(),
        name=name,
        country=places.by_code(row["ccode"], "ccode"),
        region=regions.get(normalise_text(row["subregion"]), ""),
        longitude=_parse_number(row["lon"], "lon", _LONGITUDES),
        latitude=_parse_number(row["lat"], "lat", _LATITUDES),
        area=_parse_number(area, "area_sqkm", None) if area else None,
        designations=_read_designations(name, read_text),
    )


def _parse_number(text: str, column: str, limit: int | None) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise RowRejectedError(column, "is not a number", text) from None
    if not number.is_finite():
        raise RowRejectedError(column, "is not a number", text)
    if limit is not None and abs(number) > limit:
        raise RowRejectedError(column, f"is not between -{limit} and {limit} degrees", text)
    if limit is None and number <= 0:
        raise RowRejectedError(column, "is not greater than 0", text)
    return number


def _read_designations(name: str, read_text: Callable[[str], str]) -> dict[str, str]:
    """Return the full names by language: the English designation follows the name, the others precede it."""
    found: dict[str, str] = {}
    english = read_text("designate")
    if english and english.split()[-1].casefold() not in _OPEN_ENDINGS:
        found["en"] = f"{name} {english}"
    for language in ("fr", "es"):
        if designation := read_text(f"designate_{language}"):
            found[language] = f"{designation}{'' if designation.endswith(chr(39)) else ' '}{name}"
    return found


def _repair_encoding(row: TableRecord, file: str, report: ImportReport, column: str) -> str:
    """Return the value, repaired if it was decoded with the wrong encoding; empty if it cannot be repaired."""
    text = " ".join(row[column].split())
    repaired = repair_encoding(text)
    if repaired == text:
        return text
    if repaired is None:
        report.note(f"{file}, line {row.line}, column {column}: “{text}” is damaged beyond repair and left out.")
        return ""
    report.note(f"{file}, line {row.line}, column {column}: “{text}” put right as “{repaired}”.")
    return repaired


def _state_site(site: _MonitoringSite, label: str, source: SourceFile, statements: Statements) -> None:
    local = f"mike-{make_slug(site.code)}"
    iri, geometry = make_entity_iri("site", local), make_entity_iri("geometry", local)
    statements.describe(iri, "jwp:Site", label)
    statements.add(iri, "skos:notation", Literal(site.code))
    for language, name in site.designations.items():
        if name != label or language != "en":
            statements.add(iri, "skos:altLabel", Literal(name, language=language))
    statements.add(iri, "jwp:containedIn", site.country)
    if site.region:
        statements.add(iri, "jwp:containedIn", site.region)
    statements.add(iri, "jwp:monitoredBy", make_entity_iri("programme", "mike"))
    statements.add(iri, "schema:longitude", make_typed_literal(f"{site.longitude.normalize():f}", "decimal"))
    statements.add(iri, "schema:latitude", make_typed_literal(f"{site.latitude.normalize():f}", "decimal"))
    if site.area is not None:
        statements.add(iri, "jwp:areaKm2", make_typed_literal(f"{site.area.normalize():f}", "decimal"))
    statements.add(iri, "geo:hasGeometry", geometry)
    statements.add(iri, "dcterms:source", source.iri)
    statements.add(iri, "jwp:evidence", make_entity_iri("evidence-level", "sourced"))
    statements.describe(geometry, "geo:Geometry", f"Point of {label}")
    point = f"POINT({site.longitude.normalize():f} {site.latitude.normalize():f})"
    statements.add(geometry, "geo:asWKT", Literal(point, datatype=_WKT))
