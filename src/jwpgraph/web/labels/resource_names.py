"""Names of the places, sources and taxa to which the taxonomy refers by IRI, and citations."""

from __future__ import annotations

from collections.abc import Iterable

from jwpgraph.answers.words import fold
from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_index import get_entity_index
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import iri_to_path
from jwpgraph.entities.nodes import choose_literal, get_local_name, list_preferred_languages
from jwpgraph.query_execution.queries import QueryTerm, SolutionRow
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.population_scope import PopulationScope
from jwpgraph.taxonomy.snapshot import TaxonomySnapshot
from jwpgraph.web.entity_view import ProvenanceView, SourceView, ValueView, cite_source, make_reference
from jwpgraph.web.labels.evidence import get_evidence_label

_SEGMENTS = ("country", "region", "historic-area", "population", "source", "body")


class ResourceNames:
    """Names of the resources in statuses and records.

    Args:
        reading: gives the concepts.
        site: where everything else is named.
    """

    def __init__(self, reading: TaxonomySnapshot, site: AppContext) -> None:
        self._taxa = reading.taxa.concepts
        self._site = site

    async def read(self) -> ResourceNames:
        """Load the indexes of names; return this object."""
        registers = [await get_entity_index(self._site, BY_SEGMENT[segment]) for segment in _SEGMENTS]
        self._registers = registers
        return self

    def value(self, iri: str) -> ValueView:
        """Return a link to *iri* with its name."""
        concept = self._taxa.get(iri)
        if concept:
            return make_taxon_value(concept)
        node = next((node for one in self._registers if (node := one.get(iri))), None)
        value = make_reference(node, iri)
        value.notation = None
        return value

    def values(self, iris: Iterable[str]) -> list[ValueView]:
        """Return links in the order of their names."""
        return sorted((self.value(iri) for iri in iris), key=lambda value: (fold(value.text), value.href or ""))

    def source(self, iri: str) -> SourceView:
        """Return a source as cited on a page."""
        node = next((node for one in self._registers if (node := one.get(iri))), None)
        return cite_source(node) if node else SourceView(get_local_name(iri), iri_to_path(iri, "doc"))

    def provenance(self, sources: Iterable[str], evidence: str | None = None) -> ProvenanceView:
        """Return the sources and evidence of a record."""
        found = ProvenanceView(sorted((self.source(iri) for iri in sources), key=lambda source: source.name))
        if evidence:
            found.evidence = get_evidence_label(evidence)
            found.evidence_href = iri_to_path(evidence, "doc")
        return found


def make_taxon_value(concept: TaxonConcept) -> ValueView:
    """Return a link to a concept with its scientific name."""
    short = concept.taxonomy.rpartition("/")[2]
    treaty = short if short in {"cms", "cites"} else None
    return ValueView(concept.name, href=iri_to_path(concept.iri, "doc"), language="la", treaty=treaty)


def classify_scope(scope: PopulationScope) -> str:
    """Return the kind of a population scope: ``all``, ``all-but`` its places, or ``only`` its places."""
    if scope.is_everything:
        return "all"
    return "all-but" if scope.all_but else "only"


def make_label_filter(variable: str) -> str:
    """Return a SPARQL filter for labels in the preferred languages, which include English."""
    languages = ", ".join(f'"{language}"' for language in sorted(list_preferred_languages()))
    return f"FILTER(LANG({variable}) IN ({languages}))"


def choose_preferred_rows(rows: Iterable[SolutionRow], thing: str = "thing", label: str = "label") -> list[SolutionRow]:
    """Return one of the rows that differ only in the language of a label: the best of the preferred languages.

    Args:
        rows: what was found with :func:`make_label_filter`.
        thing: the variable of what is labelled.
        label: the variable of its label.
    """
    rows, labels = list(rows), dict[str, list[QueryTerm]]()
    for row in rows:
        if label in row:
            labels.setdefault(row[thing].value, []).append(row[label])
    best = {iri: choose_literal(terms) for iri, terms in labels.items()}
    return [row for row in rows if label not in row or row[label] == best[row[thing].value]]
