"""Mappings in SSSOM (Simple Standard for Sharing Ontological Mappings, version 1.0).

The format is TSV preceded by YAML metadata in lines that begin with ``#``.
The predicate is the SKOS mapping property implied by the RCC-5 relation; the relation itself is in ``other``.
Disjoint concepts have the predicate modifier ``Not``.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import date

from jwpgraph.problems import ProblemError
from jwpgraph.taxonomy.concepts import TaxonIndex
from jwpgraph.taxonomy.mappings import ConceptMapping
from jwpgraph.taxonomy.relations import SKOS_MATCH, Rcc5Relation
from jwpgraph.vocabulary import BASE, ID, PREFIXES

PREFIX_MAP = {
    "jwpid": ID,
    "cmstaxon": ID + "taxon/cms/",
    "citestaxon": ID + "taxon/cites/",
    "semapv": "https://w3id.org/semapv/vocab/",
    "skos": PREFIXES["skos"],
    "sssom": "https://w3id.org/sssom/",
}
#: The columns in the order of the standard.
COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_id",
    "mapping_date",
    "confidence",
    "similarity_measure",
    "comment",
    "other",
)
_REQUIRED = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_CURIE = re.compile(r"([A-Za-z][\w.-]*):(\S+)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
LICENSE = "https://creativecommons.org/licenses/by/4.0/"


def write_sssom(taxa: TaxonIndex, mappings: Iterable[ConceptMapping], on: date, version: str) -> str:
    """Return the mappings as an SSSOM TSV file.

    Args:
        taxa: the concepts, for labels.
        mappings: the mappings in the order of the rows.
        on: the day on which they are valid.
        version: version of the mapping set, such as the number of the release.
    """
    out = io.StringIO()
    out.write("#curie_map:\n")
    out.writelines(f"#  {prefix}: {namespace}\n" for prefix, namespace in sorted(PREFIX_MAP.items()))
    metadata = {
        "mapping_set_id": f"{BASE}graph/alignments",
        "mapping_set_version": f'"{version}"',
        "mapping_set_title": '"Taxon concepts of CMS and CITES"',
        "mapping_set_description": f'"How the taxon concepts of CMS relate to those of CITES, as at {on}."',
        "license": LICENSE,
        "subject_source": "jwpid:taxonomy/cms",
        "object_source": "jwpid:taxonomy/cites",
        "mapping_tool": "jwpgraph",
    }
    out.writelines(f"#{key}: {value}\n" for key, value in metadata.items())
    writer = csv.DictWriter(out, COLUMNS, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writeheader()
    writer.writerows(_make_row(taxa, mapping) for mapping in mappings)
    return out.getvalue()


def _make_row(taxa: TaxonIndex, mapping: ConceptMapping) -> dict[str, str]:
    curated = mapping.curated
    labels = [taxa.concepts[iri].name if iri in taxa.concepts else "" for iri in (mapping.subject, mapping.object)]
    row = {
        "subject_id": to_curie(mapping.subject),
        "subject_label": labels[0],
        "predicate_id": to_curie(SKOS_MATCH.get(mapping.relation, PREFIXES["skos"] + "relatedMatch")),
        "predicate_modifier": "Not" if mapping.relation is Rcc5Relation.DISJOINT else "",
        "object_id": to_curie(mapping.object),
        "object_label": labels[1],
        "mapping_justification": "semapv:ManualMappingCuration" if curated else "semapv:LexicalMatching",
        "author_id": "|".join(map(to_curie, curated.authors)) if curated else "",
        "mapping_date": curated.created if curated and curated.created and _DAY.fullmatch(curated.created) else "",
        "confidence": f"{mapping.confidence:g}",
        "similarity_measure": "" if curated else "combined evidence of names",
        "comment": _one_line("; ".join(mapping.evidence)),
        "other": f"RCC-5 {mapping.relation.symbol}" + (f", valid {curated.valid}" if curated else ""),
    }
    if curated and curated.justification:
        row["mapping_justification"] = to_curie(curated.justification)
    return row


def to_curie(iri: str) -> str:
    """Return *iri* as a CURIE with the longest matching namespace, or unchanged."""
    fitting = [(len(namespace), prefix) for prefix, namespace in PREFIX_MAP.items() if iri.startswith(namespace)]
    if not fitting:
        return iri
    length, prefix = max(fitting)
    return f"{prefix}:{iri[length:]}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def read_sssom(text: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Read and validate an SSSOM TSV file with embedded metadata.

    Returns:
        The prefix map and the rows.

    Raises:
        ProblemError: ``not-sssom`` with the line and the reason.
    """
    lines = text.splitlines()
    head = [line[1:] for line in lines if line.startswith("#")]
    prefixes: dict[str, str] = {}
    inside = False
    for line in head:
        key, separator, value = line.partition(": ")
        if line.startswith(" ") and inside and separator:
            prefixes[key.strip()] = value.strip()
        else:
            inside = line.rstrip() == "curie_map:"
    body = [line for line in lines if not line.startswith("#")]
    rows = list(csv.DictReader(body, delimiter="\t"))
    columns = body[0].split("\t") if body else []
    for column in _REQUIRED:
        if column not in columns:
            raise _not_sssom_problem(len(head) + 1, f"there is no column {column}")
    for number, row in enumerate(rows, len(head) + 2):
        _check_row(number, row, prefixes)
    return prefixes, rows


def _check_row(number: int, row: dict[str, str], prefixes: dict[str, str]) -> None:
    if None in row or None in row.values():
        raise _not_sssom_problem(number, "the row has more or fewer cells than the header")
    for column in _REQUIRED:
        match = _CURIE.fullmatch(row[column])
        if match is None or (match[1] not in prefixes and not row[column].startswith(("http:", "https:"))):
            raise _not_sssom_problem(number, f"{column} is {row[column]!r}, not a CURIE with a declared prefix")
    confidence = row.get("confidence", "")
    if confidence and not 0 <= float(confidence) <= 1:
        raise _not_sssom_problem(number, f"confidence is {confidence}, not from 0 to 1")


def _not_sssom_problem(line: int, what: str) -> ProblemError:
    return ProblemError("not-sssom", "The file is not an SSSOM table", f"Line {line}: {what}.", status=422)
