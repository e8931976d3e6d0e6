"""English names from checklists other than Species+: the Mammal Diversity Database and AviList.

A checklist's name is assigned to the concepts with its scientific name, and to those that have it as a synonym with
the same epithet: the same species in another genus. A checklist may define a species more narrowly than a treaty does,
so a name does not imply the same circumscription.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.triples import VERNACULAR, StatedTriple
from jwpgraph.sources.species_plus.identifiers import make_common_name_iri
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID, make_entity_iri

_SCIENTIFIC: Final = expand_term("gbif:canonicalName")
_ALT_LABEL: Final = expand_term("skos:altLabel")
_ENDING: Final = 3
#: Maximum number of further names of a species that are used from a checklist.
_OTHERS: Final = 12

#: The columns of a checklist with the scientific name and with English names, by its source.
_CHECKLISTS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "mdd-2024": ("sciName", ("mainCommonName", "otherCommonNames")),
    "avilist-2025": ("scientific_name", ("avilist_common_name",)),
}


def read_further_names(folder: Path, triples: Iterable[StatedTriple]) -> dict[str, list[StatedTriple]]:
    """Return the statements of names that checklists below *folder* add, by file name.

    Args:
        folder: the folder of the checklists, at any depth; a missing one adds nothing.
        triples: the statements of the shipped taxa.
    """
    taxa = _Taxa(triples)
    files = {}
    for source, (column, columns) in _CHECKLISTS.items():
        made: list[StatedTriple] = []
        rows = list(_read(folder, column, columns))
        main = {_make_key(called[0]): name for name, called in rows if called}
        for name, called in rows:
            for concept in taxa.find(name):
                for one in called:
                    # The main name of another species would be misleading.
                    if main.get(_make_key(one), name) == name and taxa.take(concept, one):
                        made += _state(concept, one, source)
        if made:
            files[f"common-names-{source}"] = sorted(made, key=str)
    return files


class _Taxa:
    """The concepts by scientific name, and their English names."""

    def __init__(self, triples: Iterable[StatedTriple]) -> None:
        self._accepted: dict[str, list[str]] = defaultdict(list)
        self._synonyms: dict[str, list[str]] = defaultdict(list)
        self._called: dict[str, set[str]] = defaultdict(set)
        names: dict[str, str] = {}
        synonyms: list[tuple[str, str]] = []
        for one in triples:
            if "/taxon/" not in one.subject or not isinstance(one.object, Literal):
                continue
            text, language = one.object.value, one.object.language
            if one.predicate == _SCIENTIFIC:
                names[one.subject] = text
                self._accepted[text].append(one.subject)
            elif one.predicate == _ALT_LABEL and language == "la":
                synonyms.append((text, one.subject))
            elif one.predicate == VERNACULAR and language == "en":
                self._called[one.subject].add(_make_key(text))
        self._names = names
        self._bearers: dict[str, set[str]] = defaultdict(set)
        for concept, called in self._called.items():
            for key in called:
                self._bearers[key].add(names.get(concept, ""))
        for text, concept in synonyms:
            if _is_same_species(text, names.get(concept, "")):
                self._synonyms[text].append(concept)

    def find(self, name: str) -> Sequence[str]:
        """Return the concepts with a scientific name; in each taxonomy those that accept it take precedence."""
        found = list(self._accepted.get(name, ()))
        taxonomies = {_get_taxonomy(one) for one in found}
        return sorted({*found, *(one for one in self._synonyms.get(name, ()) if _get_taxonomy(one) not in taxonomies)})

    def take(self, concept: str, name: str) -> bool:
        """Add a name to a concept; return whether it is new and not the name of another animal."""
        key = _make_key(name)
        if key in self._called[concept] or not self._bearers[key] <= {self._names[concept]}:
            return False
        self._called[concept].add(key)
        return True


def _is_same_species(one: str, other: str) -> bool:
    """Return whether two names of species differ only in the genus and the gender of the epithet."""
    first, second = one.split(), other.split()
    if len(first) != 2 or len(second) != 2:
        return False
    shared = max(min(len(first[1]), len(second[1])) - _ENDING, _ENDING)
    return first[1][:shared] == second[1][:shared]


def _read(folder: Path, column: str, columns: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            rows = csv.DictReader(file)
            if not {column, *columns} <= set(rows.fieldnames or ()):
                continue
            for row in rows:
                written = [name.strip() for one in columns for name in row[one].split("|")]
                # Text that could not be decoded is not a name.
                called = [name for name in written if _is_name(name)]
                yield row[column].replace("_", " "), called[:_OTHERS]


def _is_name(text: str) -> bool:
    """Return whether a cell contains a name that could be decoded."""
    return text not in ("", "NA") and "\N{REPLACEMENT CHARACTER}" not in text


def _state(concept: str, name: str, source: str) -> Iterator[StatedTriple]:
    taxonomy, slug = concept.removeprefix(f"{ID}taxon/").split("/", 1)
    iri = make_common_name_iri(taxonomy, slug, "en", name)
    text = Literal(name, language="en")
    yield StatedTriple(concept, VERNACULAR, text)
    yield StatedTriple(concept, expand_term("tcs:vernacularName"), NamedNode(iri))
    yield StatedTriple(iri, expand_term("rdf:type"), NamedNode(expand_term("jwp:CommonName")))
    yield StatedTriple(iri, expand_term("skosxl:literalForm"), text)
    yield StatedTriple(iri, expand_term("jwp:evidence"), NamedNode(make_entity_iri("evidence-level", "sourced")))
    yield StatedTriple(iri, expand_term("dcterms:source"), NamedNode(make_entity_iri("source", source)))


def _get_taxonomy(concept: str) -> str:
    return concept.removeprefix(f"{ID}taxon/").partition("/")[0]


def _make_key(name: str) -> str:
    """Return the form in which names are compared: without hyphens, apostrophes and capitals."""
    return "".join(char for char in name.casefold() if char.isalnum())
