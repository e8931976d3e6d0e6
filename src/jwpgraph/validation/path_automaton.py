"""Finite automata over triples for property paths: which triples a shape can read when it validates a focus node.

The letters of an automaton are triples, traversed forwards or backwards. The triples that it traverses from a focus
node are all that the validation results of that node depend on. Run backwards from a triple, it finds every focus node
whose results the triple can change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store, Triple

from jwpgraph.sparql_syntax.property_paths import (
    AlternativePath,
    InversePath,
    PredicatePath,
    PropertyPath,
    RepeatedPath,
    SequencePath,
)

StepTerm = NamedNode | BlankNode | Literal | Triple
START = 0
_DEFAULT = DefaultGraph()


class BudgetExceededError(Exception):
    """Incremental validation would have to read too many triples."""


class TripleBudget:
    """Number of triples that may be read before :class:`BudgetExceededError` is raised."""

    def __init__(self, triples: int) -> None:
        self._left = triples

    def spend(self) -> None:
        """Count one triple."""
        self._left -= 1
        if self._left < 0:
            raise BudgetExceededError


@dataclass(frozen=True, slots=True)
class PathStep:
    """Traversal of one triple, from its subject if *forward*; ``end`` is the required end node in N-Triples, if any."""

    predicate: str | None
    forward: bool
    end: str | None
    to: int

    def passes(self, triple: Triple) -> bool:
        """Return whether the step can traverse *triple*."""
        if self.predicate not in {None, triple.predicate.value}:
            return False
        return self.end is None or str(triple.object if self.forward else triple.subject) == self.end


class PathAutomaton:
    """Automaton under construction; state ``START`` is the focus node."""

    def __init__(self) -> None:
        self._steps: list[list[PathStep]] = [[]]
        self._free: list[set[int]] = [set()]

    def state(self) -> int:
        """Return a new state."""
        self._steps.append([])
        self._free.append(set())
        return len(self._steps) - 1

    def along(self, path: PropertyPath, start: int, to: int | None = None, *, end: str | None = None) -> int:
        """Let *path* lead from one state to another.

        Args:
            path: the path.
            start: the state that it leads from.
            to: the state that it leads to; default: a new one.
            end: the required end node of a single-predicate path, in N-Triples.

        Returns:
            The state that the path leads to.
        """
        target = self.state() if to is None else to
        self._add(path, start, target, end if isinstance(path, PredicatePath) else None, forward=True)
        return target

    def _add(self, path: PropertyPath, start: int, to: int, end: str | None, *, forward: bool) -> None:
        match path:
            case PredicatePath(predicate):
                self._steps[start].append(PathStep(predicate, forward, end, to))
            case InversePath(inner):
                self._add(inner, start, to, end, forward=not forward)
            case AlternativePath(paths):
                for inner in paths:
                    self._add(inner, start, to, None, forward=forward)
            case SequencePath(paths):
                for inner in paths if forward else reversed(paths):
                    following = self.state()
                    self._add(inner, start, following, None, forward=forward)
                    start = following
                self._free[start].add(to)
            case RepeatedPath(inner, times):
                middle = self.state()
                if times == "+":
                    self._add(inner, start, middle, None, forward=forward)
                else:
                    self._free[start].add(middle)
                if times == "?":
                    self._add(inner, middle, to, None, forward=forward)
                else:
                    self._add(inner, middle, middle, None, forward=forward)
                self._free[middle].add(to)

    def compile(self) -> CompiledPathAutomaton:
        """Return the automaton without empty transitions."""
        return CompiledPathAutomaton(
            [[step for each in self._epsilon_closure(state) for step in self._steps[each]] for state in self._states()]
        )

    def _states(self) -> range:
        return range(len(self._steps))

    def _epsilon_closure(self, state: int) -> set[int]:
        found, open_states = {state}, [state]
        while open_states:
            for following in self._free[open_states.pop()] - found:
                found.add(following)
                open_states.append(following)
        return found


class CompiledPathAutomaton:
    """Automaton that can be run in both directions.

    Args:
        steps: the steps that leave each state.
    """

    def __init__(self, steps: list[list[PathStep]]) -> None:
        self._steps = steps
        self._by_predicate: dict[str | None, list[tuple[int, PathStep]]] = {}
        self._before: dict[int, list[tuple[int, PathStep]]] = {}
        for state, several in enumerate(steps):
            for step in set(several):
                self._by_predicate.setdefault(step.predicate, []).append((state, step))
                self._before.setdefault(step.to, []).append((state, step))

    def starts(self, store: Store, triples: Iterable[Triple], budget: TripleBudget) -> set[StepTerm]:
        """Return the nodes whose paths in the default graph of *store* traverse one of *triples*."""
        reached: set[tuple[StepTerm, int]] = set()
        waiting: list[tuple[StepTerm, int]] = []
        for triple in triples:
            for state, step in (*self._by_predicate.get(triple.predicate.value, ()), *self._by_predicate.get(None, ())):
                if step.passes(triple):
                    waiting.append((triple.subject if step.forward else triple.object, state))
        while waiting:
            place = waiting.pop()
            if place in reached:
                continue
            reached.add(place)
            node, state = place
            for earlier, step in self._before.get(state, ()):
                if step.end is None or step.end == str(node):
                    waiting += [(source, earlier) for source in _step_sources(store, node, step, budget)]
        return {node for node, state in reached if state == START}

    def traverse(self, store: Store, start: StepTerm, budget: TripleBudget) -> set[Triple]:
        """Return the triples of the default graph of *store* that are traversed from *start*."""
        found: set[Triple] = set()
        reached: set[tuple[StepTerm, int]] = set()
        waiting: list[tuple[StepTerm, int]] = [(start, START)]
        while waiting:
            place = waiting.pop()
            if place in reached:
                continue
            reached.add(place)
            node, state = place
            for step in self._steps[state]:
                for quad in _step_quads(store, node, step):
                    budget.spend()
                    if step.end is None or step.passes(quad.triple):
                        found.add(quad.triple)
                        waiting.append((quad.object if step.forward else quad.subject, step.to))
        return found


def _step_quads(store: Store, node: StepTerm, step: PathStep) -> Iterator[Quad]:
    predicate = None if step.predicate is None else NamedNode(step.predicate)
    if not step.forward:
        return store.quads_for_pattern(None, predicate, node, _DEFAULT)
    if isinstance(node, (Literal, Triple)):
        return iter(())
    return store.quads_for_pattern(node, predicate, None, _DEFAULT)


def _step_sources(store: Store, node: StepTerm, step: PathStep, budget: TripleBudget) -> Iterator[StepTerm]:
    """Yield the nodes from which *step* leads to *node*."""
    for quad in _step_quads(store, node, PathStep(step.predicate, not step.forward, None, step.to)):
        budget.spend()
        yield quad.subject if step.forward else quad.object
