"""A candidate after its change was applied: its union, what it entails, and how large it is.

Where it is known to the quad what has changed, all three are carried on from the parent; otherwise they are made anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store, Triple

import jwpgraph
from jwpgraph.releases.asserted import carry_asserted, make_asserted
from jwpgraph.releases.bulk_load import fill_store
from jwpgraph.releases.contents import DatasetContents
from jwpgraph.releases.delta import Delta, GraphDifference, quad_graph
from jwpgraph.releases.entailment import RuleSet, materialise_entailments
from jwpgraph.releases.graph_summaries import summarise_graph, summarise_store, update_summary
from jwpgraph.releases.incremental_reasoning import update_entailments
from jwpgraph.releases.release import GraphSummary, Release, ReleaseManifest
from jwpgraph.releases.union import count_triples, list_asserted_graphs, restate, restated_since, withdraw_entailments
from jwpgraph.vocabulary import ENTAILED_GRAPH

#: What builds releases; a release of another version is not continued from.
SOFTWARE = f"jwpgraph {jwpgraph.__version__}"

_DEFAULT = DefaultGraph()
_ENTAILED = NamedNode(ENTAILED_GRAPH)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate whose union and entailments are complete.

    Attributes:
        store: its store.
        shared: whether two asserted graphs share a triple.
        summaries: of graphs that are known without reading them.
        difference: of the union to the parent's, where that is known.
        changed: the subjects of all statements that came or went in any graph, where they are known.
    """

    store: Store
    shared: bool
    summaries: dict[str, GraphSummary]
    difference: GraphDifference | None = None
    changed: frozenset[NamedNode | BlankNode] | None = None


def rebuild(
    store: Store,
    contents: DatasetContents,
    source: Store | None,
    parent: ReleaseManifest | None,
    rules: RuleSet,
    asserted: Path,
    progress: Callable[[str], None],
) -> Candidate:
    """Fill a new store, and make its union and entailments.

    Args:
        store: the candidate's; empty.
        contents: what it is to state.
        source: where the graphs that are kept are taken from.
        parent: of the release that the source is the store of, if it is one.
        rules: what is entailed.
        asserted: where the store without entailments goes, if there is to be one.
        progress: hears of the stages.

    Raises:
        ProblemError: as :func:`jwpgraph.releases.bulk_load.fill_store`.
    """
    known = parent.graphs if parent else {}
    fill_store(store, contents, source)
    progress("union")
    filled = {part.graph for part in contents.parts}.union(*(part.dataset or () for part in contents.parts))
    kept = {name: known[name] for name in contents.kept - filled if name in known}
    summaries = {name: kept[name] if name in kept else summarise_graph(store, name) for name in sorted(contents.names)}
    shared = sum(summary.triples for summary in summaries.values()) != count_triples(store, _DEFAULT)
    if shared:
        store.backup(str(asserted))
    progress("entail")
    materialise_entailments(store, rules)
    return Candidate(store, shared, summaries)


def update_incrementally(
    store: Store,
    before: Store,
    parent: Release,
    delta: Delta,
    rules: RuleSet,
    asserted: Path,
    progress: Callable[[str], None],
) -> Candidate:
    """Carry union and entailments on from the parent.

    Args:
        store: the candidate's, whose named graphs have the change and whose default graph has not.
        before: the parent's store.
        parent: the parent, built by the same software.
        delta: the change.
        rules: what is entailed.
        asserted: where the store without entailments goes, if there is to be one.
        progress: hears of the stages.
    """
    progress("union")
    restated = restated_since(store, before, delta.triples())
    restate(store, restated)
    progress("entail")
    moved = update_entailments(store, before, rules, restated)
    if moved is None:
        withdraw_entailments(store)
        materialise_entailments(store, rules)
    return concluded(store, before, parent, delta, moved, asserted)


def concluded(
    store: Store, before: Store, parent: Release, delta: Delta, moved: set[Triple] | None, asserted: Path
) -> Candidate:
    """Return the candidate whose store has a change, with its union and entailments.

    Args:
        store: the candidate's.
        before: the parent's store.
        parent: the parent, built by the same software.
        delta: the change.
        moved: the triples of the default graph that may have come or gone; ``None`` where that is not known.
        asserted: where the store without entailments goes, if there is to be one.
    """
    manifest = parent.manifest
    restated = restated_since(store, before, delta.triples())
    summaries = _carry_summaries(store, manifest.graphs, delta)
    stated = manifest.triples - manifest.graphs[ENTAILED_GRAPH].triples + len(restated.added) - len(restated.removed)
    shared = sum(summary.triples for summary in summaries.values()) != stated
    if shared and parent.asserted_path.is_dir():
        carry_asserted(parent.asserted_path, asserted, summaries, delta, restated)
    elif shared:
        make_asserted(store, asserted)
    if moved is None:
        return Candidate(store, shared, summaries)
    entailed = _graph_difference(store, before, moved, _ENTAILED)
    summaries[ENTAILED_GRAPH] = update_summary(manifest.graphs[ENTAILED_GRAPH], entailed.added, entailed.removed)
    changed = _list_subjects(delta.triples() | entailed.triples)
    return Candidate(store, shared, summaries, _graph_difference(store, before, moved, _DEFAULT), changed)


def _carry_summaries(store: Store, graphs: dict[str, GraphSummary], delta: Delta) -> dict[str, GraphSummary]:
    """The summaries of the asserted graphs that *store* has now."""
    added, removed = _group_by_graph(delta.added), _group_by_graph(delta.removed)
    names = [graph.value for graph in list_asserted_graphs(store)]
    return {name: update_summary(graphs.get(name), added.get(name, ()), removed.get(name, ())) for name in names}


def _list_subjects(triples: Iterable[Triple]) -> frozenset[NamedNode | BlankNode]:
    return frozenset(triple.subject for triple in triples if not isinstance(triple.subject, Triple))


def _group_by_graph(quads: Iterable[Quad]) -> dict[str, list[Triple]]:
    groups: dict[str, list[Triple]] = {}
    for quad in quads:
        groups.setdefault(quad_graph(quad), []).append(quad.triple)
    return groups


def _graph_difference(
    store: Store, before: Store, triples: Iterable[Triple], graph: NamedNode | DefaultGraph
) -> GraphDifference:
    """How two stores differ in one graph, as to *triples*."""
    added, removed = set(), set()
    for triple in triples:
        quad = Quad(triple.subject, triple.predicate, triple.object, graph)
        then, now = quad in before, quad in store
        if now and not then:
            added.add(triple)
        elif then and not now:
            removed.add(triple)
    return GraphDifference(frozenset(added), frozenset(removed))


def summarise_candidate(candidate: Candidate, parent: Release | None) -> tuple[dict[str, GraphSummary], int]:
    """The summaries of the candidate's graphs, and the size of its union."""
    graphs = summarise_store(candidate.store, candidate.summaries)
    difference = candidate.difference
    if parent is None or difference is None:
        return graphs, count_triples(candidate.store, _DEFAULT)
    return graphs, parent.manifest.triples + len(difference.added) - len(difference.removed)
