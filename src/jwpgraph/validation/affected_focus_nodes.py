"""Focus nodes that a change can affect, and the part of the data that their validation needs."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Store, Triple

from jwpgraph.releases.delta import GraphDifference
from jwpgraph.validation.path_automaton import StepTerm, TripleBudget
from jwpgraph.validation.shape_dependencies import SUBCLASS, TYPE, TargetedShape, UnsupportedShapeError

_DEFAULT = DefaultGraph()


class AffectedFocusNodes:
    """Targets and dependencies of the shapes, applied to one candidate release.

    Args:
        store: the candidate, whose default graph is validated.
        shapes: the shapes with targets.
        triples: maximum number of triples to read before
            :class:`jwpgraph.validation.path_automaton.BudgetExceededError` is raised.
    """

    def __init__(self, store: Store, shapes: Iterable[TargetedShape], triples: int) -> None:
        self._store = store
        self._shapes = tuple(shapes)
        self._budget = TripleBudget(triples)
        self._subclasses: dict[NamedNode, frozenset[StepTerm]] = {}

    def find_affected(self, difference: GraphDifference) -> set[StepTerm]:
        """Return the nodes whose validation results may differ from those before the change.

        A result can change only if a path from the focus node crosses an added or removed triple. All triples before
        the first such triple exist both before and after the change, so following the paths backwards through the
        candidate finds every affected focus node. Nodes that became focus nodes, or are no longer focus nodes, are
        included.

        Raises:
            UnsupportedShapeError: if the class hierarchy changed, which may affect any node.
            BudgetExceededError: if too many triples would have to be read.
        """
        changed = difference.triples
        if any(triple.predicate.value == SUBCLASS for triple in changed):
            raise UnsupportedShapeError("a hierarchy of classes")
        found: set[StepTerm] = set()
        for shape in self._shapes:
            found |= shape.targeting.starts(self._store, changed, self._budget)
            candidates = shape.judging.starts(self._store, changed, self._budget) - found
            found |= {node for node in candidates if self._targets(shape, node)}
        return found

    def neighbourhood(self, nodes: Iterable[StepTerm]) -> set[Triple]:
        """Return all triples that the validation results of *nodes* depend on.

        Raises:
            BudgetExceededError: if too many triples would have to be read.
        """
        found: set[Triple] = set()
        for node in nodes:
            for shape in self._shapes:
                found |= shape.targeting.traverse(self._store, node, self._budget)
                if self._targets(shape, node):
                    found |= shape.judging.traverse(self._store, node, self._budget)
        return found

    def _targets(self, shape: TargetedShape, node: StepTerm) -> bool:
        if str(node) in shape.nodes or any(self._has(None, name, node) for name in shape.objects_of):
            return True
        if isinstance(node, (Literal, Triple)):
            return False
        return any(self._has(node, name, None) for name in shape.subjects_of) or any(
            quad.object in self._subclasses_of(above)
            for above in shape.classes
            for quad in self._store.quads_for_pattern(node, NamedNode(TYPE), None, _DEFAULT)
        )

    def _has(self, subject: NamedNode | BlankNode | None, name: NamedNode, value: StepTerm | None) -> bool:
        return next(self._store.quads_for_pattern(subject, name, value, _DEFAULT), None) is not None

    def _subclasses_of(self, above: NamedNode) -> frozenset[StepTerm]:
        known = self._subclasses.get(above)
        if known is None:
            found: set[StepTerm] = {above}
            waiting: list[StepTerm] = [above]
            while waiting:
                for quad in self._store.quads_for_pattern(None, NamedNode(SUBCLASS), waiting.pop(), _DEFAULT):
                    self._budget.spend()
                    if quad.subject not in found:
                        found.add(quad.subject)
                        waiting.append(quad.subject)
            known = self._subclasses[above] = frozenset(found)
        return known
