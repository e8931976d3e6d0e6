"""What a page calls the places, sources and taxa that the taxonomy speaks of by IRI, and how it cites them."""

from __future__ import annotations

from collections.abc import Iterable

from jwpgraph.linked_data.addresses import path_of
from jwpgraph.linked_data.kinds import BY_SEGMENT
from jwpgraph.linked_data.nodes import local_name, preferred_language
from jwpgraph.linked_data.register import register
from jwpgraph.linked_data.site import Site
from jwpgraph.pages.entity import Provenance, Source, Value, cited, reference
from jwpgraph.sparql.queries import Row
from jwpgraph.taxonomy.concepts import TaxonConcept
from jwpgraph.taxonomy.places import Scope
from jwpgraph.taxonomy.reading import Reading

_SEGMENTS = ("country", "region", "historic-area", "source", "body")


class Names:
    """Names of what statuses and records speak of.

    Args:
        reading: gives the concepts.
        site: where everything else is named.
    """

    def __init__(self, reading: Reading, site: Site) -> None:
        self._taxa = reading.taxa.concepts
        self._site = site

    async def read(self) -> Names:
        """Itself, with the registers that it looks names up in."""
        registers = [await register(self._site, BY_SEGMENT[segment]) for segment in _SEGMENTS]
        self._registers = registers
        return self

    def value(self, iri: str) -> Value:
        """A link to *iri* under its name."""
        concept = self._taxa.get(iri)
        if concept:
            return taxon_value(concept)
        node = next((node for one in self._registers if (node := one.get(iri))), None)
        value = reference(node, iri)
        value.notation = None
        return value

    def values(self, iris: Iterable[str]) -> list[Value]:
        """Links in the order of their names."""
        return sorted((self.value(iri) for iri in iris), key=lambda value: value.text)

    def source(self, iri: str) -> Source:
        """A source as a reader cites it."""
        node = next((node for one in self._registers if (node := one.get(iri))), None)
        return cited(node) if node else Source(local_name(iri), path_of(iri, "doc"))

    def provenance(self, sources: Iterable[str], evidence: str | None = None) -> Provenance:
        """What something rests on."""
        found = Provenance(sorted((self.source(iri) for iri in sources), key=lambda source: source.name))
        if evidence:
            found.evidence = local_name(evidence).replace("-", " ")
            found.evidence_href = path_of(evidence, "doc")
        return found


def taxon_value(concept: TaxonConcept) -> Value:
    """A link to a concept under its scientific name."""
    short = concept.taxonomy.rpartition("/")[2]
    treaty = short if short in {"cms", "cites"} else None
    return Value(concept.name, href=path_of(concept.iri, "doc"), language="la", treaty=treaty)


def scope_kind(scope: Scope) -> str:
    """Which populations a scope covers: ``all``, ``all-but`` those of its places, or ``only`` those."""
    if scope.is_everything:
        return "all"
    return "all-but" if scope.all_but else "only"


def label_filter(variable: str) -> str:
    """SPARQL that lets *variable* be a label in English or in the preferred language."""
    languages = ", ".join(f'"{language}"' for language in sorted({"en", preferred_language()}))
    return f"FILTER(LANG({variable}) IN ({languages}))"


def in_preferred_language(rows: Iterable[Row], thing: str = "thing", label: str = "label") -> list[Row]:
    """Of rows that differ in the language of a label the one in the preferred language, where there is one.

    Args:
        rows: what was found with :func:`label_filter`.
        thing: the variable of what is labelled.
        label: the variable of its label.
    """
    rows, best = list(rows), {}
    for row in rows:
        if label in row and (row[thing].value not in best or row[label].language == preferred_language()):
            best[row[thing].value] = row[label]
    return [row for row in rows if label not in row or row[label] == best[row[thing].value]]
