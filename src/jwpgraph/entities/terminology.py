"""Classes and properties of the served release: labels, superclasses and inverses.

They are read once per release, so that descriptions need no query for the labels of their properties.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.entity_types import BY_SEGMENT
from jwpgraph.entities.iri_mapping import get_type_segment
from jwpgraph.entities.nodes import EntityNode, collect_nodes
from jwpgraph.query_execution.queries import QueryTerm
from jwpgraph.vocabulary import JWP, PREFIXES

_OWL = PREFIXES["owl"]
_RDFS = PREFIXES["rdfs"]

_QUERY = f"""
SELECT DISTINCT ?s ?p ?o WHERE {{
  VALUES ?kind {{
    <{_OWL}Class> <{_RDFS}Class> <{_OWL}ObjectProperty> <{_OWL}DatatypeProperty> <{_OWL}AnnotationProperty>
  }}
  ?s a ?kind . FILTER(isIRI(?s))
  ?s ?p ?o . FILTER(?p IN (<{_RDFS}label>, <{PREFIXES["skos"]}prefLabel>, <{_RDFS}subClassOf>, <{_OWL}inverseOf>))
}}"""


@dataclass
class Terminology:
    """Terms of the ontology in a release."""

    terms: dict[str, EntityNode] = field(default_factory=dict)

    def label(self, iri: str) -> str | None:
        """Return the English label of a class or property."""
        label = self.translated_label(iri, "en")
        return label.value if label else None

    def translated_label(self, iri: str, language: str) -> QueryTerm | None:
        """Return the label of a class or property in a language, or else in English."""
        node = self.terms.get(iri)
        label = node.label(language) if node else None
        return label[0] if label else None

    def superclasses(self, iri: str) -> set[str]:
        """Return all superclasses of *iri*, excluding itself."""
        found: set[str] = set()
        waiting = [iri]
        while waiting:
            node = self.terms.get(waiting.pop())
            for parent in node.properties.get(_RDFS + "subClassOf", ()) if node else ():
                if parent.kind == "uri" and parent.value not in found and parent.value != iri:
                    found.add(parent.value)
                    waiting.append(parent.value)
        return found

    def primary_type(self, iri: str, types: Iterable[str]) -> str | None:
        """Return the most specific class of an entity, preferring classes of our ontology.

        Args:
            iri: the entity; its type segment decides between equally specific classes.
            types: the IRIs of its classes, including entailed ones.
        """
        candidates = set(types)
        ours = {name for name in candidates if name.startswith(JWP)}
        candidates = ours or candidates
        for name in tuple(candidates):
            candidates -= self.superclasses(name)
        kind = BY_SEGMENT.get(get_type_segment(iri) or "")
        if kind and kind.class_iri in candidates:
            return kind.class_iri
        return min(candidates, default=None)


async def get_terminology(site: AppContext) -> Terminology:
    """Return the terminology of the served release."""

    async def read() -> Terminology:
        return Terminology(collect_nodes(await site.queries.select(_QUERY)))

    return await site.once_per_release("terminology", read)
