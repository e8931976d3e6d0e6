"""Random sequences of updates leave what a plain model of SPARQL Update leaves.

``UPDATE_SEQUENCES=10000`` tries so many; they come from the seeds 0, 1, 2 and so on, and a failure names its own.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from pyoxigraph import (
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
)

from jwpgraph.problems import ProblemError
from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.maintenance import verify_release
from jwpgraph.releases.rules import Rule, RuleSet
from jwpgraph.releases.sparql_update import read_update, run_operations
from jwpgraph.releases.workspace import Workspace
from jwpgraph.validation.severity_gate import SeverityGate

from . import update_model as model
from .update_requests import SPELLINGS, Requests
from .update_syntax import Operation

SEQUENCES = int(os.environ.get("UPDATE_SEQUENCES", "400"))
RULES = RuleSet(tuple(Rule(name, text) for name, text in model.RULES.items()))
#: Names under which the default graph and the entailments are compared.
_UNION, _NEW = "<urn:union>", "<urn:new>"
_INTEGER = '"^^<http://www.w3.org/2001/XMLSchema#integer>'


def _text(request: list[Operation], random: Random) -> str:
    """The request as SPARQL; sometimes with prefixed names, declared where they are needed first."""
    text = " ;\n".join(map(str, request))
    if random.random() < 0.3:
        text = " ".join(random.choice(SPELLINGS[piece]) if piece in SPELLINGS else piece for piece in text.split(" "))
    if random.random() < 0.3:
        return "PREFIX u: <urn:>\n" + re.sub(r"<urn:(a|p|g1)>", r"u:\1", text)
    return text


def _comparable(graphs: model.Graphs) -> model.Graphs:
    """The graphs with the same labels for their blank nodes wherever they are isomorphic."""
    if not any(term[0] == "_" for triples in graphs.values() for s, _, o in triples for term in (s, o)):
        return graphs
    lines = (f"{s} {p} {_typed(o)} {name} .\n" for name, triples in graphs.items() for s, p, o in triples)
    dataset = Dataset(parse("".join(lines), format=RdfFormat.N_QUADS))
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    canonical: model.Graphs = {name: set() for name in graphs}
    for quad in dataset:
        canonical[str(quad.graph_name)].add((str(quad.subject), str(quad.predicate), _term(quad.object)))
    return canonical


def _typed(term: str) -> str:
    return f'"{term}{_INTEGER}' if term.isdecimal() else term.replace(" 1 ", f' "1{_INTEGER} ')


def _graphs(store: Store) -> model.Graphs:
    named = {str(graph): _triples(store, graph) for graph in store.named_graphs()}
    named.pop(model.ENTAILED, None)
    return named


def _state(store: Store) -> model.Graphs:
    """The graphs, the default graph and the entailments of a store."""
    entailed = _triples(store, NamedNode(model.ENTAILED[1:-1]))
    return _comparable({**_graphs(store), _UNION: _triples(store, DefaultGraph()), _NEW: entailed})


def _expected_state(graphs: model.Graphs) -> model.Graphs:
    entailed = model.entailed(graphs)
    return _comparable({**graphs, _UNION: model.union(graphs) | entailed, _NEW: entailed})


def _triples(store: Store, graph: NamedNode | DefaultGraph) -> set[model.Triple]:
    return {
        (str(quad.subject), str(quad.predicate), _term(quad.object))
        for quad in store.quads_for_pattern(None, None, None, graph)
    }


def _term(term: Any) -> str:
    """A term as the model has it: integers are numbers."""
    if isinstance(term, Triple):
        return f"<<( {' '.join(map(_term, term))} )>>"
    written = str(term)
    return written.removesuffix(_INTEGER).lstrip('"') if written.endswith(_INTEGER) else written


def _copy(store: Store) -> Store:
    copy = Store()
    copy.extend(store)
    for graph in store.named_graphs():
        copy.add_graph(graph)
    return copy


def _quads(quads: Iterable[Quad]) -> set[str]:
    return {str(quad) for quad in quads if quad.graph_name not in {DefaultGraph(), NamedNode(model.ENTAILED[1:-1])}}


def _outcome(workspace: Workspace, text: str) -> int:
    """Carry out a request; the status of its refusal, or 200."""
    try:
        run_operations(workspace, read_update(text, None), None)
    except ProblemError as problem:
        return problem.status
    workspace.settle()
    return 200


@pytest.mark.parametrize("part", range(4))
def test_updates_do_what_the_model_does(part: int) -> None:
    for seed in range(part, SEQUENCES, 4):
        random = Random(seed)
        requests = Requests(random)
        store, expected = Store(), {}
        for number in range(random.randint(1, 4)):
            request = requests.request()
            text = _text(request, random)
            told = f"seed {seed}, request {number}:\n{text}"
            try:
                after, status = model.carry_out(expected, request), 200
            except model.Refused as refused:
                after, status = expected, refused.status
            before = _copy(store)
            # Both ways of keeping up with a change: as far as it reaches, and everything anew.
            workspace = Workspace(store, RULES, derived=random.random() < 0.8)
            outcome = _outcome(workspace, text)
            assert outcome == status, told
            if outcome != 200:
                store = before
            elif workspace.delta is not None:
                assert _quads(workspace.delta.added) == _quads(store) - _quads(before), told
                assert _quads(workspace.delta.removed) == _quads(before) - _quads(store), told
            assert _state(store) == _expected_state(after), told
            expected = after


@pytest.mark.parametrize("seed", range(max(4, SEQUENCES // 100)))
def test_releases_hold_what_the_model_holds(seed: int, tmp_path: Path) -> None:
    random = Random(f"release {seed}")
    requests = Requests(random)
    builder = Builder(ReleaseDirectory(tmp_path / "data"), SeverityGate(), ShapesGraph("", ""), RULES, wait=0)
    expected: model.Graphs = {}
    for _ in range(3):
        request = requests.request()
        text = _text(request, random)
        try:
            expected, status = model.carry_out(expected, request), 200
        except model.Refused as refused:
            status = refused.status
        if status != 200:
            number = builder.releases.current_number()
            with pytest.raises(ProblemError) as caught:
                builder.build(SparqlUpdate(text))
            assert (caught.value.status, builder.releases.current_number()) == (status, number), text
            continue
        release = builder.build(SparqlUpdate(text))
        assert verify_release(release) == []
        assert _state(release.open_store()) == _expected_state(expected), text
        if release.manifest.shared_triples:
            second = Store.read_only(str(release.asserted_path))
            assert _state(second) == _comparable({**expected, _UNION: model.union(expected), _NEW: set()}), text
