"""Small graphs and their closure under the shipped rules."""

from __future__ import annotations

from collections.abc import Callable

import pyoxigraph as ox
import pytest

from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.rules import RuleSet
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.vocabulary import ENTAILED_GRAPH, PREFIXES

_PREFIXES = (
    "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()) + "@prefix : <https://example.org/> .\n"
)


@pytest.fixture(scope="session")
def rules() -> RuleSet:
    return RuleSet.read(get_shipped_path("queries/rules"))


@pytest.fixture(scope="session")
def read() -> Callable[[str], set[ox.Triple]]:
    """Return the triples of Turtle text with the usual prefixes."""

    def triples(turtle: str) -> set[ox.Triple]:
        return {quad.triple for quad in ox.parse(_PREFIXES + turtle, format=ox.RdfFormat.TURTLE)}

    return triples


@pytest.fixture(scope="session")
def entailed(rules: RuleSet, read: Callable[[str], set[ox.Triple]]) -> Callable[..., set[ox.Triple]]:
    """Return the entailments of Turtle text, by all rules or by the named ones."""

    def closure(turtle: str, *names: str) -> set[ox.Triple]:
        store = ox.Store()
        store.extend(ox.Quad(*triple) for triple in read(turtle))
        chosen = tuple(rule for rule in rules.rules if not names or rule.name in names)
        assert len(chosen) == len(names) or not names
        materialise_entailments(store, RuleSet(chosen))
        graph = ox.NamedNode(ENTAILED_GRAPH)
        return {quad.triple for quad in store.quads_for_pattern(None, None, None, graph)}

    return closure
