"""Reader for the curated table of listings that no export contains; each row names its evidence.

A date has the precision in which it is written: ``2020-05-22``, ``2020-05`` or ``2020``. The evidence level is a slug
of its scheme; sources are slugs separated by spaces. Without sources, statements have none: the table is not a source.
``formerly`` contains the names of the concept before
``name_since``. ``populations`` and ``excluded_populations`` are slugs of named populations
(``data/ttl/listing-populations.ttl``), ``meeting`` is the slug of the deciding meeting, ``differs`` describes a
deviating source.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from jwpgraph.sources.import_report import RowRejectedError
from jwpgraph.sources.species_plus.evidence import EVIDENCE
from jwpgraph.sources.species_plus.import_context import ImportContext
from jwpgraph.sources.species_plus.listings import ImportedEvent, ListingScope, parse_appendix, parse_change
from jwpgraph.sources.species_plus.provenance import ExportSource
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.sources.species_plus.taxa import StatedTaxon, TaxonWriter, parse_rank
from jwpgraph.sources.tables import SourceTable, TableFormat, TableRecord
from jwpgraph.vocabulary import make_entity_iri

FORMAT: Final = TableFormat(
    "curated-listings",
    ("taxonomy", "name", "rank", "appendix", "change", "effective", "evidence", "sources"),
    (
        "author",
        "parent",
        "number",
        "valid_from",
        "valid_until",
        "formerly",
        "name_since",
        "adopted",
        "meeting",
        "delay",
        "populations",
        "excluded_populations",
        "population_in",
        "population_out",
        "party",
        "scope_note",
        "remark",
        "differs",
    ),
)
_DATATYPES: Final = {4: "gYear", 7: "gYearMonth", 10: "date"}
_EVIDENCE: Final = ("programme-text", "sourced", "inferred", "general-knowledge")


def import_rows(job: ImportContext, table: SourceTable, _: ExportSource) -> None:
    """Import a table of curated listings; a row without an Appendix only describes its taxon."""

    def convert(row: TableRecord) -> bool:
        if row["taxonomy"] not in ("cites", "cms"):
            raise RowRejectedError("taxonomy", "is neither cites nor cms", row["taxonomy"])
        if row["evidence"] not in _EVIDENCE:
            raise RowRejectedError("evidence", f"is none of {', '.join(_EVIDENCE)}", row["evidence"])
        if not row["sources"] and row["evidence"] in ("sourced", "inferred"):
            raise RowRejectedError("sources", "is empty, but the evidence level requires sources")
        sources = [make_entity_iri("source", slug) for slug in row["sources"].split()]
        taxa = TaxonWriter(job.statements, row["taxonomy"], sources[0] if sources else "", accepted=job.accepted)
        taxon = _state_taxon(taxa, row)
        if row["appendix"] or row["change"]:
            _state_event(job, row, taxon, sources)
        elif not sources:
            job.statements.link(taxon.iri, EVIDENCE, make_entity_iri("evidence-level", row["evidence"]))
        return True

    job.rows(table, convert)


def _state_taxon(taxa: TaxonWriter, row: TableRecord) -> StatedTaxon:
    rank = parse_rank(row["rank"], "rank")
    parent = None
    if row["parent"]:
        parent_rank, _, parent_name = row["parent"].partition(" ")
        parent = taxa.concept(parent_name, parse_rank(parent_rank, "parent"))
    taxon = taxa.concept(row["name"], rank, author=row["author"], number=row["number"], parent=parent)
    for column, name in (("valid_from", "validFrom"), ("valid_until", "validUntil")):
        if row[column]:
            taxa.statements.value(
                taxon.iri, expand_term(f"jwp:{name}"), row[column], _parse_precision(row[column], column)
            )
    if row["formerly"]:
        _state_former_name(taxa, taxon, row)
    return taxon


def _state_former_name(taxa: TaxonWriter, taxon: StatedTaxon, row: TableRecord) -> None:
    since = row["name_since"]
    if _parse_precision(since, "name_since") != "date":
        raise RowRejectedError("name_since", "is not a day: a former name ends the day before", since)
    until = (date.fromisoformat(since) - timedelta(days=1)).isoformat()
    former, _, former_author = row["formerly"].partition("|")
    usages = (
        ("former-name", taxa.name(former, former_author or row["author"]), "validUntil", until),
        ("present-name", taxa.name(taxon.name, row["author"]), "validFrom", since),
    )
    for slug, name, bound, day in usages:
        usage = make_entity_iri("name-usage", taxon.taxonomy, taxon.slug, slug)
        taxa.statements.link(usage, expand_term("rdf:type"), expand_term("jwp:NameUsage"))
        taxa.statements.link(usage, expand_term("jwp:ofTaxon"), taxon.iri)
        taxa.statements.link(usage, expand_term("jwp:usedName"), name)
        taxa.statements.link(usage, expand_term("jwp:nameStatus"), make_entity_iri("name-status", "accepted"))
        taxa.statements.value(usage, expand_term(f"jwp:{bound}"), day, "date")
        if taxa.source:
            taxa.statements.link(usage, expand_term("dcterms:source"), taxa.source)
    taxa.synonym(taxon, former, former_author or row["author"])


def _state_event(job: ImportContext, row: TableRecord, taxon: StatedTaxon, sources: list[str]) -> None:
    by, effective = row["effective"].startswith("by "), row["effective"].removeprefix("by ")
    inside = tuple(job.places.codes(row["population_in"], "population_in"))
    outside = tuple(job.places.codes(row["population_out"], "population_out"))
    event = ImportedEvent(
        taxon,
        parse_appendix(row["appendix"], taxon.taxonomy, "appendix"),
        parse_change(row["change"], "change"),
        day="" if by else effective,
        known_by=effective if by else "",
        precision=_parse_precision(effective, "effective"),
        party=job.places.code(row["party"], "party") if row["party"] else "",
        scope=ListingScope(
            inside,
            outside,
            populations=_get_populations(row["populations"]),
            excluded=_get_populations(row["excluded_populations"]),
            note=row["scope_note"],
        ),
        evidence=row["evidence"],
        adopted=row["adopted"],
        meeting=row["meeting"],
        delay=row["delay"],
        remark=row["remark"],
        differs=row["differs"],
    )
    if event.adopted and _parse_precision(event.adopted, "adopted") != "date":
        raise RowRejectedError("adopted", "is not a day", event.adopted)
    job.listings(ExportSource("", "", "")).event(event, sources=sources)


def _get_populations(slugs: str) -> tuple[str, ...]:
    return tuple(make_entity_iri("population", slug) for slug in slugs.split())


def _parse_precision(text: str, column: str) -> str:
    kind = _DATATYPES.get(len(text), "")
    if not kind or not re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        raise RowRejectedError(column, "is not a date (2020-05-22, 2020-05 or 2020)", text)
    try:
        date.fromisoformat((text + "-01-01")[:10])
    except ValueError:
        raise RowRejectedError(column, "is not a calendar day", text) from None
    return kind
