"""Index of the graph's taxon concepts by the names that other databases use.

A name matches the concepts whose accepted name it is. It also matches a concept whose accepted name is a recombination
of it: the same epithet by the same author in another genus (*Uncia uncia*, *Panthera uncia*). Other synonyms do not
match, because a statement about a part of a taxon may not hold for the whole.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from jwpgraph.sources.statements import KnownDataset, normalise_text

_GENDER: Final = re.compile(r"(us|a|um|is|e|er|ra|rum)$")


@dataclass(frozen=True)
class KnownConcept:
    """A taxon concept: its IRI, its slug for use in other IRIs (``cites-ovis-ammon``) and its scientific name."""

    iri: str
    slug: str
    name: str


@dataclass
class ConceptIndex:
    """All taxon concepts of a dataset."""

    known: KnownDataset
    _by_name: dict[str, list[KnownConcept]] = field(default_factory=lambda: defaultdict(list))
    _by_former_name: dict[str, list[KnownConcept]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        concepts: dict[str, KnownConcept] = {}
        authors: dict[str, str] = {}
        for iri, name, author in self.known.rows(
            "?c a jwp:TaxonConcept ; gbif:canonicalName ?name OPTIONAL { ?c dwc:scientificNameAuthorship ?author }",
            "?c ?name ?author",
        ):
            taxonomy, _, local = iri.partition("/id/taxon/")[2].partition("/")
            concepts[iri] = KnownConcept(iri, f"{taxonomy}-{local.replace('/', '-')}", name)
            authors[iri] = author
            self._by_name[normalise_text(name)].append(concepts[iri])
        for iri, former, author in self.known.rows(
            "?c a jwp:TaxonConcept . { ?c tcs:synonym ?n } UNION { ?u jwp:ofTaxon ?c ; jwp:usedName ?n }"
            " ?n skosxl:literalForm ?name ; dwc:scientificNameAuthorship ?author",
            "?c ?name ?author",
        ):
            concept = concepts.get(iri)
            if concept and _is_recombination(concept.name, authors[iri], former, author):
                self._by_former_name[normalise_text(former)].append(concept)

    def find(self, name: str) -> list[KnownConcept]:
        """Return the concepts named *name*; for a taxonomy without one, its recombinations of *name*."""
        found = list(self._by_name.get(normalise_text(name), ()))
        taxonomies = {concept.slug.partition("-")[0] for concept in found}
        found += [
            concept
            for concept in self._by_former_name.get(normalise_text(name), ())
            if concept.slug.partition("-")[0] not in taxonomies
        ]
        return sorted(set(found), key=lambda concept: concept.iri)


def _is_recombination(name: str, author: str, former: str, former_author: str) -> bool:
    """Return whether two names are the same epithet by the same author in different genera."""
    words, former_words = normalise_text(name).split(), normalise_text(former).split()
    if len(words) != len(former_words) or len(words) < 2 or words[0] == former_words[0]:
        return False
    same_epithets = [_GENDER.sub("", word) for word in words[1:]] == [
        _GENDER.sub("", word) for word in former_words[1:]
    ]
    return same_epithets and bool(normalise_text(author)) and normalise_text(author) == normalise_text(former_author)
