"""Tests of the predicates on which a rule depends: another evaluation is left out only if none of them is new."""

from __future__ import annotations

from itertools import pairwise

import pytest
from pyoxigraph import NamedNode, Quad, Store

from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.rule_premises import list_premise_predicates, yields_only_new
from jwpgraph.releases.rules import Rule, RuleSet

HEAD = "CONSTRUCT { ?a <urn:head> ?b } WHERE"


@pytest.mark.parametrize(
    ("body", "predicates"),
    [
        ("{ ?a <urn:p> ?b }", {"p"}),
        ("{ ?a <urn:p> ?b FILTER NOT EXISTS { ?a <urn:head> ?b } }", {"p"}),
        ("{ ?a <urn:p> ?b FILTER NOT EXISTS { ?b <urn:head> ?a } }", {"p", "head"}),
        ("{ ?a <urn:p> ?b FILTER NOT EXISTS { ?b <urn:q> ?c FILTER NOT EXISTS { ?c <urn:r> ?a } } }", {"p", "q", "r"}),
        ("{ ?a <urn:p> ?b FILTER (isIRI(?a) || EXISTS { ?a <urn:q> ?b }) }", {"p", "q"}),
        ("{ ?a <urn:p> ?b OPTIONAL { ?a <urn:q> ?b } }", {"p", "q"}),
        ("{ { SELECT ?a ?b { ?a <urn:p> ?b } } UNION { ?a <urn:q>/^<urn:r> ?b } }", {"p", "q", "r"}),
        ("{ ?a (<urn:p>|<urn:q>)+ ?b }", {"p", "q"}),
        # These match what any triple brings in.
        ("{ ?a <urn:p>* ?b }", None),
        ("{ ?a <urn:q>/(<urn:p>?) ?b }", None),
        ("{ ?a !<urn:p> ?b }", None),
        ("{ ?a <urn:p> ?c . ?a ?c ?b }", None),
        ("{ ?a <urn:p> ?c BIND (RAND() AS ?b) }", None),
        # The parser leaves these to the engine.
        ("{ GRAPH ?g { ?a <urn:p> ?b } }", None),
        ("{ ?a <urn:p> ?b MINUS { ?a <urn:q> ?b } }", None),
    ],
)
def test_premise_predicates(body: str, predicates: set[str] | None) -> None:
    found = list_premise_predicates(Rule("rule", f"{HEAD} {body}"))
    assert found == (None if predicates is None else {f"urn:{name}" for name in predicates})


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (f"{HEAD} {{ ?a <urn:p> ?b FILTER NOT EXISTS {{ ?a <urn:head> ?b }} }}", True),
        (f"{HEAD} {{ ?a <urn:p> ?b }}", False),
        (f"{HEAD} {{ ?a <urn:p> ?b FILTER NOT EXISTS {{ ?b <urn:head> ?a }} }}", False),
        (f"{HEAD} {{ ?a <urn:p> ?b FILTER NOT EXISTS {{ ?a <urn:head> ?b . ?b <urn:q> ?a }} }}", False),
        (f"{HEAD} {{ {{ ?a <urn:p> ?b FILTER NOT EXISTS {{ ?a <urn:head> ?b }} }} UNION {{ ?a <urn:q> ?b }} }}", False),
        (
            "CONSTRUCT { ?a <urn:h> ?b . ?b <urn:i> ?a } WHERE { ?a <urn:p> ?b FILTER NOT EXISTS { ?a <urn:h> ?b } }",
            False,
        ),
        (f"{HEAD} {{ GRAPH ?g {{ ?a <urn:p> ?b }} FILTER NOT EXISTS {{ ?a <urn:head> ?b }} }}", False),
    ],
)
def test_rules_that_yield_only_new_triples(rule: str, expected: bool) -> None:
    assert yields_only_new(Rule("rule", rule)) is expected


def test_a_rule_runs_again_after_later_rules() -> None:
    """Each rule needs what the one after it derives, and the last one needs itself."""
    rules = RuleSet(
        (
            Rule("1", "CONSTRUCT { ?a <urn:one> ?b } WHERE { ?a <urn:two> ?b }"),
            Rule("2", "CONSTRUCT { ?a <urn:two> ?b } WHERE { ?a <urn:three> ?b }"),
            Rule("3", "CONSTRUCT { ?a <urn:three> ?c } WHERE { ?a <urn:three> ?b . ?b <urn:three> ?c }"),
        )
    )
    store = Store()
    length = 9
    nodes = [NamedNode(f"urn:{number}") for number in range(length)]
    store.extend(Quad(one, NamedNode("urn:three"), other) for one, other in pairwise(nodes))
    materialise_entailments(store, rules)
    for name in ("one", "two", "three"):
        found = {
            (quad.subject, quad.object) for quad in store.quads_for_pattern(None, NamedNode(f"urn:{name}"), None, None)
        }
        assert found == {(one, other) for place, one in enumerate(nodes) for other in nodes[place + 1 :]}
