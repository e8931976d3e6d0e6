"""Rewriting of property paths that the engine evaluates differently from the specification.

The engine drops duplicate solutions of alternatives (``?s :p|:q ?o``), which SPARQL 1.1 Query (section 18.2.2.4)
defines as a union, and has no solution for paths of length zero from terms that do not occur in the graph (section
18.4). Both are written here as UNION.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from jwpgraph.problems import ProblemError
from jwpgraph.sparql_syntax.group_patterns import PatternParts, read_patterns, skip_simple_node
from jwpgraph.sparql_syntax.path_branches import (
    Branches,
    Step,
    UnreadablePatternError,
    read_path,
)
from jwpgraph.sparql_syntax.tokenizer import Token, TokenKind, locate_offset

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
#: Prefix of the variables that stand for blank nodes; not allowed at the beginning of variables by the project.
_FRESH: Final = "jwpgraph_blank_"

#: A variable or blank node in a triple term, perhaps also in a string.
_VARYING: Final = re.compile(r"[?$\[]|_:")

Edit = tuple[int, int, str]


def make_unsupported_problem(text: str, offset: int, construct: str) -> ProblemError:
    """Return the problem ``query-unsupported`` (400) for a *construct* at *offset*."""
    line, column = locate_offset(text, offset)
    return ProblemError(
        "query-unsupported",
        "The engine cannot evaluate this part of SPARQL",
        f"line {line}, column {column}: {construct}",
        status=400,
        line=line,
        column=column,
    )


def has_rewritable_paths(tokens: Sequence[Token]) -> bool:
    """Return whether a text may contain a property path that must be rewritten."""
    return any(token.kind is TokenKind.SIGN and token.text in {"|", "*", "?"} for token in tokens)


def rewrite_paths(text: str, tokens: Sequence[Token], variables: Callable[[str], Sequence[str] | None]) -> str:
    """Return *text* with the paths rewritten, or *text* itself if there is nothing to do.

    Args:
        text: a query, or a group graph pattern.
        tokens: its tokens.
        variables: returns the variables of a text that begins with ``SELECT *``, or ``None`` if it has errors.

    Raises:
        UnreadablePatternError: the text cannot be read.
        ProblemError: ``query-unsupported`` (400) if a path cannot be rewritten.
    """
    parts = read_patterns(tokens)
    edits: list[Edit] = []
    fresh = _Fresh(text)
    tests = _list_existence_tests(tokens)
    for start, end in _list_basic_patterns(tokens, parts):
        if not has_rewritable_paths(tokens[start:end]):
            continue
        trial = _BasicPattern(text, tokens, start, end, _Fresh(text))
        # That a solution exists does not depend on duplicates, and the engine evaluates a path faster than a union.
        is_tested = any(first < start and end <= last for first, last in tests)
        if trial.has_zero_length if is_tested else trial.changed:
            written = _BasicPattern(text, tokens, start, end, fresh).write()
            edits.append((tokens[start].start, tokens[end - 1].end, written))
    if not edits:
        return text
    if fresh.used:
        edits += _rename_labels(tokens, parts, edits, fresh)
        edits += _list_variables(text, tokens, parts, edits, variables)
    return apply_edits(text, edits)


def _list_existence_tests(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Return the groups of EXISTS without a subquery, which could count solutions, by their first and last brace."""
    found: list[tuple[int, int]] = []
    opened: list[tuple[int, bool]] = []
    for at, token in enumerate(tokens):
        if token.text == "{":
            opened.append((at, tokens[at - 1].text.lower() == "exists"))
        elif token.text == "}" and opened:
            first, is_test = opened.pop()
            if is_test and not any(one.text.lower() == "select" for one in tokens[first:at]):
                found.append((first, at))
    return found


def _list_basic_patterns(tokens: Sequence[Token], parts: PatternParts) -> list[tuple[int, int]]:
    """Return start and end of the runs of triples that only full stops separate."""
    runs: list[tuple[int, int]] = []
    for start, end in sorted(parts.blocks):
        if runs and runs[-1][1] + 1 == start and tokens[start - 1].text == ".":
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """Return *text* with pieces replaced; an edit is start, end (exclusive) and replacement."""
    pieces: list[str] = []
    at = 0
    for start, end, replacement in sorted(edits):
        pieces += [text[at:start], replacement]
        at = end
    return "".join([*pieces, text[at:]])


def _rename_labels(
    tokens: Sequence[Token], parts: PatternParts, edits: Sequence[Edit], fresh: _Fresh
) -> Sequence[Edit]:
    """Replace the labels outside the rewritten blocks that stand for the same nodes as labels within them."""
    return [
        (token.start, token.end, fresh.label(token.text))
        for start, end in parts.groups
        for token in tokens[start:end]
        if token.kind is TokenKind.BLANK and fresh.knows(token.text)
        if not any(first <= token.start < last for first, last, _ in edits)
    ]


def _list_variables(
    text: str,
    tokens: Sequence[Token],
    parts: PatternParts,
    edits: Sequence[Edit],
    variables: Callable[[str], Sequence[str] | None],
) -> Sequence[Edit]:
    """List the variables of ``SELECT *`` if it would otherwise include some that stand for blank nodes."""
    listed: list[Edit] = []
    outer = dict(parts.stars)
    for index, token in enumerate(tokens):
        if token.text != "*" or token.kind is not TokenKind.SIGN:
            continue
        names: Sequence[str] | None = None
        if outer.get(index):
            names = variables(text)
            if names == variables(apply_edits(text, edits)):
                continue
        if names:
            listed.append((token.start, token.end, " ".join(f"?{name}" for name in names)))
        elif outer.get(index) or tokens[index - 1].text.lower() in {"distinct", "reduced"}:
            reason = (
                "name the variables instead of *; otherwise path alternatives (|) at blank nodes of the pattern cannot "
                "be evaluated correctly"
            )
            raise make_unsupported_problem(text, token.start, reason)
    return listed


class _Fresh:
    """Variables that stand for blank nodes."""

    def __init__(self, text: str) -> None:
        self._prefix = _FRESH
        while self._prefix in text:
            self._prefix += "_"
        self._labels: dict[str, str] = {}
        self._count = 0

    @property
    def used(self) -> bool:
        """Return whether there are any."""
        return self._count > 0

    def variable(self) -> str:
        """Return a new variable."""
        self._count += 1
        return f"?{self._prefix}{self._count}"

    def label(self, label: str) -> str:
        """Return the variable of a blank node label."""
        if label not in self._labels:
            self._labels[label] = self.variable()
        return self._labels[label]

    def knows(self, label: str) -> bool:
        """Return whether the label has a variable."""
        return label in self._labels


class _BasicPattern:
    """The triples of one or more subjects.

    Attributes:
        changed: whether the engine evaluates one of the paths differently from the specification.
        has_zero_length: whether it does so because of a path of length zero.
    """

    def __init__(self, text: str, tokens: Sequence[Token], start: int, end: int, fresh: _Fresh) -> None:
        self._text = text
        self._tokens = tokens
        self._at = start
        self._end = end
        self._fresh = fresh
        self._triples: list[str] = []
        self._unions: list[str] = []
        self.changed = False
        self.has_zero_length = False
        self._read()

    def write(self) -> str:
        """Return the triples with the paths rewritten."""
        return " . ".join(self._triples) + (" . " if self._triples and self._unions else "") + " ".join(self._unions)

    def _read(self) -> None:
        while self._at < self._end:
            subject = self._node()
            if self._at < self._end and self._tokens[self._at].text != ".":
                self._properties(subject)
            if self._at < self._end and not self._accept("."):
                raise self._unreadable()

    def _properties(self, subject: str) -> None:
        while True:
            verb = self._verb()
            while True:
                self._write_triple(subject, verb, self._node())
                if not self._accept(","):
                    break
            if not self._accept(";"):
                return
            while self._accept(";"):
                pass
            if self._at >= self._end or self._tokens[self._at].text in {"]", "."}:
                return

    def _verb(self) -> str | Branches:
        token = self._tokens[min(self._at, self._end - 1)]
        if token.kind is TokenKind.VARIABLE:
            self._at += 1
            return token.text
        path = read_path(self._tokens, self._at)
        self._at = path.end
        return path.branches

    def _write_triple(self, subject: str, verb: str | Branches, value: str) -> None:
        if isinstance(verb, str):
            self._triples.append(f"{subject} {verb} {value}")
            return
        triples, unions = self._write_path(subject, verb, value)
        self._triples += triples
        self._unions += unions
        self.changed |= bool(unions)

    def _write_path(self, subject: str, path: Branches, value: str) -> tuple[list[str], list[str]]:
        """Return triples and unions."""
        if len(path.sequences) == 1:
            return self._write_sequence(subject, path.sequences[0], value)
        branches = []
        for sequence in path.sequences:
            triples, unions = self._write_sequence(subject, sequence, value)
            branches.append(f"{{ {' . '.join(triples)}{' . ' if triples and unions else ''}{' '.join(unions)} }}")
        return [], [" UNION ".join(branches)]

    def _write_sequence(
        self, subject: str, sequence: Sequence[Step | Branches], value: str
    ) -> tuple[list[str], list[str]]:
        if len(sequence) == 1 and isinstance(sequence[0], Step):
            triple = _write_step(subject, sequence[0], value)
            self.has_zero_length |= triple.startswith("{")
            return ([], [triple]) if triple.startswith("{") else ([triple], [])
        triples: list[str] = []
        unions: list[str] = []
        parts = list(_group_steps(sequence))
        for number, part in enumerate(parts):
            end = value if number == len(parts) - 1 else self._fresh.variable()
            if isinstance(part, Branches):
                more = self._write_path(subject, part, end)
            else:
                more = [f"{subject} {'/'.join(map(str, part))} {end}"], []
            triples += more[0]
            unions += more[1]
            subject = end
        return triples, unions

    def _node(self) -> str:
        if self._at >= self._end:
            raise self._unreadable()
        token = self._tokens[self._at]
        if token.kind is TokenKind.BLANK:
            self._at += 1
            return self._fresh.label(token.text)
        if token.text == "[":
            self._at += 1
            node = self._fresh.variable()
            if not self._accept("]"):
                self._properties(node)
                self._expect("]")
            return node
        if token.text == "(":
            self._at += 1
            return self._collection()
        if token.text == "<<":
            return self._triple_term() if self._tokens[self._at + 1].text == "(" else self._reified_triple()
        if token.text in {"+", "-"}:
            self._at += 1
        self._at = skip_simple_node(self._tokens, self._at)
        return self._text[token.start : self._tokens[self._at - 1].end]

    def _triple_term(self) -> str:
        """Return a triple term as written, with variables instead of blank node labels."""
        depth, start, labels = 0, self._at, []
        while True:
            if self._at >= self._end:
                raise self._unreadable()
            token = self._tokens[self._at]
            self._at += 1
            depth += (token.text == "<<") - (token.text == ">>")
            if token.kind is TokenKind.BLANK:
                labels.append(token)
            if not depth:
                break
        first = self._tokens[start].start
        edits = [(each.start - first, each.end - first, self._fresh.label(each.text)) for each in labels]
        return apply_edits(self._text[first : token.end], edits)

    def _reified_triple(self) -> str:
        """Return the node that reifies a triple: each repetition of the written form would stand for another node."""
        self._at += 1
        subject = self._node()
        verb = f"<{_RDF}type>" if self._accept("a") else self._node()
        value = self._node()
        named = self._accept("~") and self._tokens[self._at].text != ">>"
        node = self._node() if named else self._fresh.variable()
        self._expect(">>")
        self._triples.append(f"{node} <{_RDF}reifies> <<( {subject} {verb} {value} )>>")
        return node

    def _collection(self) -> str:
        items: list[str] = []
        while not self._accept(")"):
            items.append(self._node())
        rest = f"<{_RDF}nil>"
        for item in reversed(items):
            cell = self._fresh.variable()
            self._triples += [f"{cell} <{_RDF}first> {item}", f"{cell} <{_RDF}rest> {rest}"]
            rest = cell
        return rest

    def _accept(self, text: str) -> bool:
        if self._at < self._end and self._tokens[self._at].text == text:
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._unreadable()

    def _unreadable(self) -> UnreadablePatternError:
        return UnreadablePatternError(self._tokens[min(self._at, len(self._tokens) - 1)].start)


def _group_steps(sequence: Sequence[Step | Branches]) -> Iterator[list[Step] | Branches]:
    """Yield the alternatives in a sequence, and the runs of steps between them."""
    for plain, parts in itertools.groupby(sequence, lambda part: isinstance(part, Step)):
        if plain:
            yield [part for part in parts if isinstance(part, Step)]
        else:
            yield from (part for part in parts if isinstance(part, Branches))


def _write_step(subject: str, step: Step, value: str) -> str:
    """Return a triple, or a group in braces for a path of length zero from or to a term."""
    constants = [node for node in (subject, value) if _is_constant(node)]
    if step.modifier not in {"*", "?"} or not constants:
        return f"{subject} {step} {value}"
    further = step._replace(modifier="+" if step.modifier == "*" else "")
    others = [node for node in (subject, value) if node.startswith("<<")]
    if others and (len(constants) == 2 or others != constants):
        # A triple term is no other term.
        return f"{subject} {further} {value}"
    if len(constants) == 2:
        zero, names = f"FILTER(sameTerm({subject}, {value}))", "*"
    else:
        names = value if subject is constants[0] else subject
        zero = f"VALUES {names} {{ {constants[0]} }}"
    return f"{{ SELECT DISTINCT {names} {{ {{ {zero} }} UNION {{ {subject} {further} {value} }} }} }}"


def _is_constant(node: str) -> bool:
    """Return whether a node is an IRI, a literal, or a triple term without variables and blank nodes."""
    if node.startswith("<<"):
        return not _VARYING.search(node)
    return not node.startswith(("?", "$"))
