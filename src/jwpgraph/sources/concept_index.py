"""The taxon concepts of the graph, found by the names that other databases use.

A name finds the concepts that bear it. It also finds a concept that now bears a recombination of it: the same epithet
by the same author in another genus (*Uncia uncia*, *Panthera uncia*). It does not find a concept of which it is any
other synonym, since what another database says of a part need not hold for the whole.
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
    """A taxon concept: its IRI, what tells it apart in an IRI (``cites-ovis-ammon``) and its scientific name."""

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
            "?c a jwp:TaxonConcept ; dwc:scientificName ?name OPTIONAL { ?c dwc:scientificNameAuthorship ?author }",
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

    def named(self, name: str) -> list[KnownConcept]:
        """The concepts that bear *name*, or a recombination of it where none of their taxonomy bears it itself."""
        found = list(self._by_name.get(normalise_text(name), ()))
        taxonomies = {concept.slug.partition("-")[0] for concept in found}
        found += [
            concept
            for concept in self._by_former_name.get(normalise_text(name), ())
            if concept.slug.partition("-")[0] not in taxonomies
        ]
        return sorted(set(found), key=lambda concept: concept.iri)


def _is_recombination(name: str, author: str, former: str, former_author: str) -> bool:
    """Whether two names are one epithet by one author in different genera."""
    words, former_words = normalise_text(name).split(), normalise_text(former).split()
    if len(words) != len(former_words) or len(words) < 2 or words[0] == former_words[0]:
        return False
    same_epithets = [_GENDER.sub("", word) for word in words[1:]] == [
        _GENDER.sub("", word) for word in former_words[1:]
    ]
    return same_epithets and bool(normalise_text(author)) and normalise_text(author) == normalise_text(former_author)
