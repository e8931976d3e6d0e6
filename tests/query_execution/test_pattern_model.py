"""Random graph patterns: the engine with adapted texts against a model of SPARQL 1.1 Query, section 18."""

from __future__ import annotations

from collections import Counter

import pyoxigraph as ox

from jwpgraph.sparql_syntax.engine_text import adapt_query

from . import pattern_model as model

PATTERNS = 400


def _store(data: model.Dataset) -> ox.Store:
    graphs = [("", data.default), *((f"GRAPH {name}", triples) for name, triples in data.named.items())]
    store = ox.Store()
    for graph, triples in graphs:
        statements = " ".join(" ".join(triple) + " ." for triple in sorted(triples))
        store.update(f"INSERT DATA {{ {graph} {{ {statements} }} }}" if graph else f"INSERT DATA {{ {statements} }}")
    return store


def _bag(solutions: ox.QuerySolutions) -> Counter[frozenset[tuple[str, str]]]:
    names = [str(variable) for variable in solutions.variables]
    rows = [dict(zip(names, row, strict=True)) for row in solutions]
    return Counter(
        frozenset(
            (name, term.value if isinstance(term, ox.Literal) else str(term)) for name, term in row.items() if term
        )
        for row in rows
    )


def test_random_patterns_give_the_solutions_of_the_model() -> None:
    adapted = solutions = 0
    for seed in range(PATTERNS):
        generator = model.PatternGenerator(seed)
        data, group = generator.dataset(), generator.group(3)
        query = f"SELECT * WHERE {model.write_group(group)}"
        text = adapt_query(query, lambda names=tuple(data.named): [name[1:-1] for name in names])
        adapted += text != query
        found = _bag(_store(data).query(text))
        expected = Counter(frozenset(each.items()) for each in model.evaluate(group, data, data.default))
        assert found == expected, f"seed {seed}: {query}\n{data}"
        solutions += len(expected)
    # The patterns are neither trivial nor empty.
    assert adapted > PATTERNS / 3
    assert solutions > PATTERNS
