"""Union, entailments and sizes of a candidate after its change has been applied.

If the exact difference to the parent is known, all three are updated from the parent; otherwise they are recomputed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store, Triple

import jwpgraph
from jwpgraph.releases.asserted import carry_asserted, make_asserted
from jwpgraph.releases.bulk_load import make_store, write_store
from jwpgraph.releases.contents import DatasetContents
from jwpgraph.releases.dataset_digests import DatasetDigests, digest_dataset
from jwpgraph.releases.dataset_text import DatasetText
from jwpgraph.releases.delta import Delta, GraphDifference, get_graph_name
from jwpgraph.releases.entailment import materialise_entailments
from jwpgraph.releases.graph_summaries import summarise_store, update_summary
from jwpgraph.releases.incremental_reasoning import update_entailments
from jwpgraph.releases.release import GraphSummary, Release, ReleaseManifest
from jwpgraph.releases.rules import RuleSet
from jwpgraph.releases.union import count_triples, list_asserted_graphs, list_restated, restate, withdraw_entailments
from jwpgraph.vocabulary import ENTAILED_GRAPH

#: The building software; entailments of a release built by another version are recomputed.
SOFTWARE = f"jwpgraph {jwpgraph.__version__}"

_DEFAULT = DefaultGraph()
_ENTAILED = NamedNode(ENTAILED_GRAPH)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A candidate with complete union and entailments.

    Attributes:
        store: the store of the candidate; in memory if its folder does not exist.
        shared: whether two asserted graphs share a triple.
        summaries: summaries of graphs known without reading them.
        difference: difference of the union to the parent's; ``None`` if unknown.
        changed: the subjects of all statements added or removed in any graph; ``None`` if unknown.
    """

    store: Store
    shared: bool
    summaries: dict[str, GraphSummary]
    difference: GraphDifference | None = None
    changed: frozenset[NamedNode | BlankNode] | None = None


def rebuild(
    path: Path,
    contents: DatasetContents,
    source: Store | None,
    parent: ReleaseManifest | None,
    rules: RuleSet,
    asserted: Path,
    progress: Callable[[str], None],
) -> Candidate:
    """Make a new store and compute its union and entailments.

    Args:
        path: where the store is created, unless it is held in memory.
        contents: the asserted graphs of the candidate.
        source: the store from which kept graphs are copied.
        parent: manifest of the release whose store is *source*, if any.
        rules: the entailment rules.
        asserted: path for the store without entailments, created if needed.
        progress: called with the name of each stage as it begins.

    Raises:
        ProblemError: as :func:`jwpgraph.releases.bulk_load.make_store`.
    """
    parent_graphs = parent.graphs if parent else {}
    store = make_store(path, contents, source)
    progress("union")
    filled = {part.graph for part in contents.parts}.union(*(part.dataset or () for part in contents.parts))
    kept = {name: parent_graphs[name] for name in contents.kept - filled if name in parent_graphs}
    sizes = (kept[name].triples if name in kept else count_triples(store, NamedNode(name)) for name in contents.names)
    shared = sum(sizes) != count_triples(store, _DEFAULT)
    if shared and path.exists():
        store.backup(str(asserted))
    elif shared:
        write_store(store, asserted)
    progress("entail")
    materialise_entailments(store, rules)
    return Candidate(store, shared, kept)


def update_incrementally(
    store: Store,
    before: Store,
    parent: Release,
    delta: Delta,
    rules: RuleSet,
    asserted: Path,
    progress: Callable[[str], None],
) -> Candidate:
    """Update union and entailments from the parent's.

    Args:
        store: the store of the candidate; the change has been applied to named graphs, not to the default graph.
        before: the parent's store.
        parent: the parent, built by the same software.
        delta: the change.
        rules: the entailment rules.
        asserted: path for the store without entailments, created if needed.
        progress: called with the name of each stage as it begins.
    """
    progress("union")
    restated = list_restated(store, before, delta.triples())
    restate(store, restated)
    progress("entail")
    moved = update_entailments(store, before, rules, restated)
    if moved is None:
        withdraw_entailments(store)
        materialise_entailments(store, rules)
    return complete_candidate(store, before, parent, delta, moved, asserted)


def complete_candidate(
    store: Store, before: Store, parent: Release, delta: Delta, moved: set[Triple] | None, asserted: Path
) -> Candidate:
    """Return the candidate for a store to which change, union and entailments have been applied.

    Args:
        store: the store of the candidate.
        before: the parent's store.
        parent: the parent, built by the same software.
        delta: the change.
        moved: triples that may have been added to or removed from the default graph; ``None`` if unknown.
        asserted: path for the store without entailments, created if needed.
    """
    manifest = parent.manifest
    restated = list_restated(store, before, delta.triples())
    summaries = _carry_summaries(store, manifest.graphs, delta)
    stated = manifest.triples - manifest.graphs[ENTAILED_GRAPH].triples + len(restated.added) - len(restated.removed)
    shared = sum(summary.triples for summary in summaries.values()) != stated
    if shared and parent.asserted_path.is_dir():
        carry_asserted(parent.asserted_path, asserted, summaries, delta, restated)
    elif shared:
        make_asserted(store, asserted)
    if moved is None:
        return Candidate(store, shared, summaries)
    entailed = _get_graph_difference(store, before, moved, _ENTAILED)
    summaries[ENTAILED_GRAPH] = update_summary(manifest.graphs[ENTAILED_GRAPH], entailed.added, entailed.removed)
    changed = _list_subjects(delta.triples() | entailed.triples)
    return Candidate(store, shared, summaries, _get_graph_difference(store, before, moved, _DEFAULT), changed)


def _carry_summaries(store: Store, graphs: dict[str, GraphSummary], delta: Delta) -> dict[str, GraphSummary]:
    """Return the updated summaries of the asserted graphs of *store*."""
    added, removed = _group_by_graph(delta.added), _group_by_graph(delta.removed)
    names = [graph.value for graph in list_asserted_graphs(store)]
    return {name: update_summary(graphs.get(name), added.get(name, ()), removed.get(name, ())) for name in names}


def _list_subjects(triples: Iterable[Triple]) -> frozenset[NamedNode | BlankNode]:
    return frozenset(triple.subject for triple in triples if not isinstance(triple.subject, Triple))


def _group_by_graph(quads: Iterable[Quad]) -> dict[str, list[Triple]]:
    groups: dict[str, list[Triple]] = {}
    for quad in quads:
        groups.setdefault(get_graph_name(quad), []).append(quad.triple)
    return groups


def _get_graph_difference(
    store: Store, before: Store, triples: Iterable[Triple], graph: NamedNode | DefaultGraph
) -> GraphDifference:
    """Return the difference of two stores in one graph, limited to *triples*."""
    added, removed = set(), set()
    for triple in triples:
        quad = Quad(triple.subject, triple.predicate, triple.object, graph)
        then, now = quad in before, quad in store
        if now and not then:
            added.add(triple)
        elif then and not now:
            removed.add(triple)
    return GraphDifference(frozenset(added), frozenset(removed))


def digest_candidate(candidate: Candidate, text: DatasetText | None) -> DatasetDigests:
    """Return the digests of the candidate; those of entities only if its *text* is given."""
    if text is not None:
        return digest_dataset(candidate.store, text, candidate.summaries)
    return DatasetDigests(summarise_store(candidate.store, candidate.summaries), None)


def count_union(candidate: Candidate, parent: Release | None) -> int:
    """Return the number of triples in the candidate's union."""
    difference = candidate.difference
    if parent is None or difference is None:
        return count_triples(candidate.store, _DEFAULT)
    return parent.manifest.triples + len(difference.added) - len(difference.removed)


def write_candidate(candidate: Candidate, path: Path) -> None:
    """Complete the store at *path*; a candidate that is refused is deleted with it."""
    store = candidate.store
    store.flush()
    if not path.exists():
        write_store(store, path)
    elif candidate.difference is None:
        # Compaction makes reads of a newly filled store a third faster. After a small change it would only prevent
        # sharing files with the parent.
        store.optimize()
