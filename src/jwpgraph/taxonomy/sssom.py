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
        "comment": _join_lines("; ".join(mapping.evidence)),
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


def _join_lines(text: str) -> str:
    return " ".join(text.split())
