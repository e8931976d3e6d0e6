"""JSON-LD context, published at ``/context.jsonld``: short names for the classes and properties in responses.

Names are those of the ontology in snake case (``jwp:statedSignatoryCount`` is ``stated_signatory_count``), unless
``property_terms.txt`` has a simpler one (``jwp:involvesBody`` is ``bodies``). New terms of the ontology get a name
automatically.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pyoxigraph as ox

from jwpgraph.entities.entity_types import KINDS
from jwpgraph.http.remembering import remember
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import JWP, PREFIXES, expand_name

#: ``link``: another resource. ``text``: language-tagged. ``name``: a property or class, written as its term.
TermFlavour = Literal["link", "text", "name", "literal"]


@dataclass(frozen=True, slots=True)
class PropertyTerm:
    """JSON representation of a property.

    Attributes:
        name: the key.
        iri: the property.
        flavour: the kind of its values.
        many: whether the value is always a list.
        datatype: the prefixed name of the datatype of its literals; "" for strings, integers and booleans.
        reverse: whether the key contains the subjects of the property instead of its objects.
    """

    name: str
    iri: str
    flavour: TermFlavour
    many: bool = False
    datatype: str = ""
    reverse: bool = False

    def definition(self) -> dict[str, Any]:
        """Return the term definition (JSON-LD 1.1, section 9.15.1)."""
        container: list[str] = []
        found: dict[str, Any] = {"@reverse" if self.reverse else "@id": compact_iri(self.iri)}
        if self.flavour == "link":
            found["@type"] = "@id"
        elif self.flavour == "name":
            found["@type"] = "@vocab"
        elif self.flavour == "text":
            container.append("@language")
        elif self.datatype:
            found["@type"] = self.datatype
        if self.many:
            container.append("@set")
        if container:
            found["@container"] = container[0] if len(container) == 1 else container
        return found


#: Keys that describe the response itself, mapped to null so that JSON-LD processors ignore them.
UNMAPPED = ("limit", "offset", "incoming", "links", "release", "release_created")
#: Definition of the key of English names.
LABEL_DEFINITION = {"@id": "skos:prefLabel", "@language": "en"}
_HYDRA = "http://www.w3.org/ns/hydra/core#"
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OWL = PREFIXES["owl"]


def compact_iri(iri: str) -> str:
    """Return *iri* as a prefixed name if one of our prefixes matches, otherwise unchanged."""
    best = max((base for base in PREFIXES.values() if iri.startswith(base)), key=len, default=None)
    if best is None or "/" in iri[len(best) :] or len(iri) == len(best):
        return iri
    return f"{next(prefix for prefix, base in PREFIXES.items() if base == best)}:{iri[len(best) :]}"


def _get_curated_terms() -> list[PropertyTerm]:
    found = []
    for line in Path(__file__).with_name("property_terms.txt").read_text("utf-8").splitlines()[1:]:
        name, property_name, flavour = line.split()
        many = flavour.endswith("*")
        flavour = flavour.rstrip("*")
        iri = expand_name(property_name)
        if ":" in flavour:
            found.append(PropertyTerm(name, iri, "literal", many, flavour))
        else:
            found.append(PropertyTerm(name, iri, flavour, many))  # type: ignore[arg-type]  # the table's own words
    return found


@cache
def _read_ontology() -> dict[str, tuple[set[str], set[str]]]:
    """Return the types and ranges of each term that the shipped ontology defines in our namespace."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for path in sorted(get_shipped_path("ontology").glob("*.ttl")):
        for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE):
            if not isinstance(quad.subject, ox.NamedNode) or not quad.subject.value.startswith(JWP):
                continue
            if not isinstance(quad.object, ox.NamedNode):
                continue
            types, ranges = found.setdefault(quad.subject.value, (set(), set()))
            if quad.predicate.value == PREFIXES["rdf"] + "type":
                types.add(quad.object.value)
            elif quad.predicate.value == PREFIXES["rdfs"] + "range":
                ranges.add(quad.object.value)
    return found


def _derive_term(iri: str, types: set[str], ranges: set[str]) -> PropertyTerm | None:
    name = _CAMEL.sub("_", iri[len(JWP) :]).lower()
    if _OWL + "ObjectProperty" in types:
        return PropertyTerm(name, iri, "link", many=True)
    if not types & {_OWL + "DatatypeProperty", _OWL + "AnnotationProperty"}:
        return None
    if PREFIXES["rdf"] + "langString" in ranges:
        return PropertyTerm(name, iri, "text", many=True)
    plain = {PREFIXES["xsd"] + datatype for datatype in ("string", "integer", "boolean")}
    typed = sorted(one for one in ranges - plain if one.startswith(PREFIXES["xsd"]))
    datatype = compact_iri(typed[0]) if typed else ""
    return PropertyTerm(name, iri, "literal", many=not ranges, datatype=datatype)


@cache
def get_property_terms() -> dict[str, PropertyTerm]:
    """Return all properties that have a key, by IRI."""
    found = {term.iri: term for term in _get_curated_terms()}
    taken = {term.name for term in found.values()}
    for iri, (types, ranges) in sorted(_read_ontology().items()):
        if iri in found:
            continue
        term = _derive_term(iri, types, ranges)
        if term:
            found[iri] = (
                term
                if term.name not in taken
                else PropertyTerm(f"jwp_{term.name}", iri, term.flavour, term.many, term.datatype)
            )
    return found


@cache
def get_class_terms() -> dict[str, str]:
    """Return the name of each class of the ontology, and of ``Concept`` and ``ConceptScheme``, by IRI."""
    classes = {kind.class_iri: kind.class_name for kind in KINDS}
    classes |= {iri: iri[len(JWP) :] for iri, (types, _) in _read_ontology().items() if _OWL + "Class" in types}
    return classes | {expand_name("skos:Concept"): "Concept", expand_name("skos:ConceptScheme"): "ConceptScheme"}


@remember(entries=512, longest=512)
def find_property_iri(name: str) -> str | None:
    """Return the IRI of the property written as *name*: a key, a prefixed name or an IRI."""
    for iri, term in get_property_terms().items():
        if term.name == name:
            return iri
    prefix, colon, _ = name.partition(":")
    if colon and prefix in PREFIXES:
        return expand_name(name)
    return name if "://" in name else None


@cache
def make_context() -> dict[str, Any]:
    """Return the whole context document."""
    terms: dict[str, Any] = {"@version": 1.1}
    terms |= PREFIXES
    terms |= {
        "hydra": _HYDRA,
        "id": "@id",
        "type": "@type",
        "value": "@value",
        "language": "@language",
        "label": LABEL_DEFINITION,
        "Collection": "hydra:Collection",
        "total": "hydra:totalItems",
        "items": {"@id": "hydra:member", "@container": "@set"},
        "next": {"@id": "hydra:next", "@type": "@id"},
        "previous": {"@id": "hydra:previous", "@type": "@id"},
        "updated": {"@id": "dcterms:modified", "@type": "xsd:dateTime"},
        "statements": {"@reverse": "rdf:subject", "@container": "@set"},
    }
    terms |= {name: compact_iri(iri) for iri, name in sorted(get_class_terms().items(), key=lambda item: item[1])}
    terms |= {
        term.name: term.definition() for term in sorted(get_property_terms().values(), key=lambda term: term.name)
    }
    terms |= dict.fromkeys(UNMAPPED)
    return {"@context": terms}
