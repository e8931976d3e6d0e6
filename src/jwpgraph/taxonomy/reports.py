"""The discrepancy report, the mappings and the worklist as JSON, CSV, HTML and RDF."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from jwpgraph.http.csv_tables import to_csv
from jwpgraph.taxonomy.assessment import AlignmentAssessment
from jwpgraph.taxonomy.consistency import ConsistencyFinding
from jwpgraph.taxonomy.discrepancies import Discrepancy, DiscrepancyCause
from jwpgraph.taxonomy.mappings import ConceptMapping
from jwpgraph.taxonomy.worklist import CuratorTask
from jwpgraph.vocabulary import ID, JWP, PREFIXES

_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_LABEL = NamedNode(PREFIXES["skos"] + "prefLabel")
_DESCRIPTION = NamedNode(PREFIXES["dcterms"] + "description")
_DECIMAL = NamedNode(PREFIXES["xsd"] + "decimal")
_DATE = NamedNode(PREFIXES["xsd"] + "date")
_CREATED = NamedNode(PREFIXES["dcterms"] + "created")
_TITLES = {
    DiscrepancyCause.CIRCUMSCRIPTION: "Circumscription",
    DiscrepancyCause.RANK: "Rank",
    DiscrepancyCause.NAME_ONLY: "Name only",
    DiscrepancyCause.SPELLING: "Spelling",
    DiscrepancyCause.AUTHORSHIP: "Authorship",
    DiscrepancyCause.DOMESTIC_FORM: "Domestic form",
    DiscrepancyCause.LISTED_IN_ONE_ONLY: "Listed in one only",
    DiscrepancyCause.APPENDIX_DIFFERS: "Appendix differs",
    DiscrepancyCause.POPULATION_SCOPE: "Population scope",
}


def assessment_to_json(found: AlignmentAssessment) -> dict[str, Any]:
    """Return the assessment as a JSON document."""
    return {
        "on": found.on.isoformat(),
        "counts": {
            "mappings": len(found.mappings),
            "curated": sum(one.curated is not None for one in found.mappings),
            "findings": dict(sorted(Counter(one.kind for one in found.findings).items())),
            "discrepancies": count_by_cause(found.discrepancies),
        },
        "mappings": [mapping_to_json(found, one) for one in found.mappings],
        "findings": [finding_to_json(one) for one in found.findings],
        "discrepancies": [discrepancy_to_json(found, one) for one in found.discrepancies],
        "unreadable": [{"id": iri, "reason": reason} for iri, reason in found.reading.unreadable],
    }


def count_by_cause(found: Iterable[Discrepancy]) -> dict[str, int]:
    """Count discrepancies by cause."""
    return dict(sorted(Counter(one.cause.value for one in found).items()))


def mapping_to_json(found: AlignmentAssessment, one: ConceptMapping) -> dict[str, Any]:
    """Return a mapping with its evidence."""
    document: dict[str, Any] = {
        "subject": {"id": one.subject, "label": found.name(one.subject)},
        "relation": {"id": one.relation.iri, "label": one.relation.phrase, "notation": one.relation.symbol},
        "object": {"id": one.object, "label": found.name(one.object)},
        "confidence": one.confidence,
        "basis": "curator" if one.curated else "candidate",
    }
    if one.curated:
        curated = one.curated
        document["alignment"] = {
            "id": curated.iri,
            "authors": list(curated.authors),
            "created": curated.created,
            "sources": list(curated.sources),
            "evidence": curated.evidence,
            "valid_from": str(curated.valid.start) if curated.valid.start else None,
            "valid_until": str(curated.valid.end) if curated.valid.end else None,
        }
    document["reasons"] = list(one.evidence)
    return document


def finding_to_json(one: ConsistencyFinding) -> dict[str, Any]:
    """Return a finding of the consistency checks."""
    return {
        "kind": one.kind,
        "detail": one.detail,
        "concepts": list(one.concepts),
        "alignments": list(one.alignments),
    }


def discrepancy_to_json(found: AlignmentAssessment, one: Discrepancy) -> dict[str, Any]:
    """Return a discrepancy."""
    other = {"id": one.object, "label": found.name(one.object)} if one.object else None
    return {
        "id": make_discrepancy_iri(one),
        "cause": {"id": one.cause.iri, "label": _TITLES[one.cause]},
        "cms": {"id": one.subject, "label": found.name(one.subject)},
        "cites": other,
        "detail": one.detail,
        "confidence": one.confidence,
        "basis": "curator" if one.curated else "candidate",
    }


def task_to_json(one: CuratorTask) -> dict[str, Any]:
    """Return a task of the worklist."""
    return {
        "score": one.score,
        "kind": one.kind,
        "detail": one.detail,
        "reasons": list(one.reasons),
        "concepts": list(one.concepts),
    }


def discrepancies_to_csv(found: AlignmentAssessment) -> str:
    """Return the discrepancies as CSV, with formulas escaped."""
    rows = (
        (
            one.cause.value,
            found.name(one.subject),
            one.subject,
            found.name(one.object) if one.object else "",
            one.object or "",
            one.detail,
            f"{one.confidence:g}",
            "curator" if one.curated else "candidate",
        )
        for one in found.discrepancies
    )
    return to_csv(("cause", "cms_name", "cms_id", "cites_name", "cites_id", "detail", "confidence", "basis"), rows)


def tasks_to_csv(tasks: Iterable[CuratorTask]) -> str:
    """Return the worklist as CSV."""
    rows = ((str(one.score), one.kind, one.detail, "; ".join(one.reasons), " ".join(one.concepts)) for one in tasks)
    return to_csv(("score", "kind", "detail", "reasons", "concepts"), rows)


def assessment_to_html(found: AlignmentAssessment) -> str:
    """Return the discrepancy report as a self-contained HTML page."""
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("CMS", "CITES", "Difference", "Basis"))
    sections = []
    for cause in DiscrepancyCause:
        rows = [one for one in found.discrepancies if one.cause is cause]
        if rows:
            body = "\n".join(_make_html_row(found, one) for one in rows)
            sections.append(
                f'<section id="{cause.value}"><h2>{_TITLES[cause]} ({len(rows)})</h2>\n<table>'
                f"<thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table></section>"
            )
    findings = "\n".join(
        f"<li><strong>{escape(one.kind)}</strong>: {escape(one.detail)}</li>" for one in found.findings
    )
    checks = f"<ul>\n{findings}\n</ul>" if findings else "<p>The alignments agree with each other.</p>"
    return _PAGE.format(
        on=found.on.isoformat(),
        total=len(found.discrepancies),
        curated=sum(one.curated is not None for one in found.mappings),
        mappings=len(found.mappings),
        sections="\n".join(sections),
        checks=checks,
    )


def _make_html_row(found: AlignmentAssessment, one: Discrepancy) -> str:
    def linked(iri: str | None) -> str:
        return f'<a href="{escape(iri)}"><i>{escape(found.name(iri))}</i></a>' if iri else "—"

    basis = "curator" if one.curated else f"candidate, {one.confidence:.2f}"
    cells = (linked(one.subject), linked(one.object), escape(one.detail), basis)
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Discrepancies between CMS and CITES, {on}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; }}
th, td {{ border-bottom: 1px solid #bbb; padding: .3rem .6rem; text-align: left; vertical-align: top; }}
</style></head>
<body><h1>Discrepancies between CMS and CITES, as at {on}</h1>
<p>{total} discrepancies, found in {mappings} mappings of which a curator made {curated}.</p>
{sections}
<section id="checks"><h2>Checks of the alignments</h2>
{checks}</section>
</body></html>
"""


def make_discrepancy_iri(one: Discrepancy) -> str:
    """Return the IRI of a discrepancy, which depends on the pair and the cause only."""
    return f"{ID}discrepancy/{one.key}"


def make_discrepancy_triples(found: AlignmentAssessment) -> Iterator[Triple]:
    """Yield the discrepancies as triples."""
    for one in found.discrepancies:
        this = NamedNode(make_discrepancy_iri(one))
        yield Triple(this, _TYPE, NamedNode(JWP + "Discrepancy"))
        title = f"{_TITLES[one.cause]}: {found.name(one.subject)}"
        yield Triple(this, _LABEL, Literal(title, language="en"))
        yield Triple(this, _DESCRIPTION, Literal(one.detail, language="en"))
        yield Triple(this, NamedNode(JWP + "subjectConcept"), NamedNode(one.subject))
        if one.object:
            yield Triple(this, NamedNode(JWP + "objectConcept"), NamedNode(one.object))
        yield Triple(this, NamedNode(JWP + "discrepancyCause"), NamedNode(one.cause.iri))
        yield Triple(this, NamedNode(JWP + "confidence"), Literal(f"{one.confidence:.2f}", datatype=_DECIMAL))
        yield Triple(this, _CREATED, Literal(found.on.isoformat(), datatype=_DATE))
