"""The shipped Turtle files as sets of triples without entailments, for tests of the asserted data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import pyoxigraph as ox
import pytest

from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import ID, PREFIXES

Triple = tuple[ox.NamedNode, ox.NamedNode, ox.NamedNode | ox.Literal]


class Written:
    """Triples with short names: ``values("activity/jwp-2015-2020/B6", "jwp:region")`` is ``{"region/africa"}``."""

    def __init__(self, triples: list[Triple]) -> None:
        self.triples = triples
        self._by_subject: dict[str, dict[str, list[ox.NamedNode | ox.Literal]]] = defaultdict(lambda: defaultdict(list))
        for subject, predicate, value in triples:
            self._by_subject[short(subject)][short(predicate)].append(value)

    def values(self, subject: str, predicate: str) -> set[str]:
        return {short(value) for value in self.terms(subject, predicate)}

    def english(self, subject: str, predicate: str) -> set[str]:
        return {term.value for term in self.terms(subject, predicate) if term.language == "en"}

    def terms(self, subject: str, predicate: str) -> list[ox.NamedNode | ox.Literal]:
        return self._by_subject[subject][predicate] if subject in self._by_subject else []

    def predicates(self, subject: str) -> set[str]:
        return {predicate for predicate, terms in self._by_subject[subject].items() if terms}

    def of_class(self, name: str) -> set[str]:
        return {subject for subject, said in self._by_subject.items() if name in map(short, said["rdf:type"])}

    def linking_to(self, value: str) -> set[str]:
        return {
            subject
            for subject, said in self._by_subject.items()
            if any(short(term) == value for terms in said.values() for term in terms)
        }

    def subjects(self) -> list[str]:
        return list(self._by_subject)


def short(term: ox.NamedNode | ox.Literal) -> str:
    """Return the distinguishing part of an IRI, or a literal's text."""
    if isinstance(term, ox.Literal):
        return term.value
    if term.value.startswith(ID):
        return term.value.removeprefix(ID)
    for prefix, namespace in PREFIXES.items():
        if term.value.startswith(namespace):
            return f"{prefix}:{term.value.removeprefix(namespace)}"
    return term.value


def read(folder: str, pattern: str = "*.ttl") -> dict[str, list[Triple]]:
    """Return the triples of each file below *folder*, in written order."""
    found = {}
    for path in sorted(get_shipped_path(folder).rglob(pattern)):
        quads = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
        found[path.stem] = [(quad.subject, quad.predicate, quad.object) for quad in quads]
    return found


@pytest.fixture(scope="session")
def files() -> dict[str, list[Triple]]:
    """Return the triples of each data file by file name."""
    return read("data/ttl")


@pytest.fixture(scope="session")
def written(files: dict[str, list[Triple]]) -> Written:
    """Return all triples of the data files."""
    return Written([triple for triples in files.values() for triple in triples])


@pytest.fixture(scope="session")
def described(written: Written) -> Written:
    """Return the data together with the ontology's schemes."""
    schemes = [triple for triples in read("ontology/schemes").values() for triple in triples]
    return Written(written.triples + schemes)


@pytest.fixture
def activity(written: Written) -> Callable[[str, str], set[str]]:
    """Return the values of a property of an activity, given by its code."""
    return lambda code, predicate: written.values(f"activity/jwp-2015-2020/{code}", predicate)


@pytest.fixture(scope="session")
def mapped() -> Written:
    """Return all triples of the mappings to other databases."""
    return Written([triple for triples in read("mappings").values() for triple in triples])
