"""Errors in refused texts that concern prefixes, blank node labels, language tags and the rows of VALUES."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from jwpgraph.sparql_syntax.pattern_parser import SyntaxToken
from jwpgraph.vocabulary import PREFIXES

#: Longest subtag of a language tag (RFC 5646, section 2.1).
_LONGEST_SUBTAG: Final = 8
#: Words that end a basic graph pattern; FILTER does not (SPARQL 1.1 Query, section 5.1).
_ENDING: Final = frozenset({"optional", "union", "minus", "graph", "service", "bind", "values", "lateral", "select"})


def find_undeclared_prefixes(
    tokens: Sequence[SyntaxToken], prefixes: Collection[str] = ()
) -> Iterator[tuple[str, int]]:
    """Find prefixed names whose prefix is not declared before them.

    Args:
        tokens: all tokens of a text.
        prefixes: prefixes that need no declaration.

    Yields:
        The error and its offset in the text.
    """
    known = set(prefixes)
    for index, token in enumerate(tokens):
        if token.kind != "name":
            continue
        prefix = token.text.partition(":")[0]
        before = tokens[index - 1].word if index else ""
        if before == "prefix":
            known.add(prefix)
        elif before.endswith("prefix") or prefix.lower().startswith("prefix"):
            return  # keywords without a space after them
        elif prefix not in known:
            usual = PREFIXES.get(prefix)
            hint = f"; put PREFIX {prefix}: <{usual}> before the query" if usual else ""
            yield f"the prefix {prefix}: is not declared{hint}", token.start


def find_calls(tokens: Sequence[SyntaxToken], function: str) -> Iterator[int]:
    """Yield the offset of each call of the function with the IRI *function*."""
    namespaces: dict[str, str] = {}
    for before, token, behind in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if before.word == "prefix" and behind.kind == "iri":
            namespaces[token.text.partition(":")[0]] = behind.text[1:-1]
        elif behind.word == "(" and token.kind == "iri" and token.text[1:-1] == function:
            yield token.start
        elif behind.word == "(" and token.kind == "name":
            prefix, _, local = token.text.partition(":")
            if namespaces.get(prefix, "") + local.replace("\\", "") == function:
                yield token.start


def find_repeated_labels(tokens: Sequence[SyntaxToken]) -> Iterator[tuple[str, int]]:
    """Find blank node labels that occur in two basic graph patterns (SPARQL 1.1 Query, section 5.1.1).

    Templates are not basic graph patterns and may repeat any label.

    Yields:
        The error and its offset in the text.
    """
    seen: dict[str, int] = {}
    # The pattern that each open brace is in, and whether the group is a filter, behind which the pattern continues.
    patterns, filters = [0], [False]
    count, brackets, filtering, template = 0, 0, False, 0
    for index, token in enumerate(tokens):
        before = tokens[index - 1].word if index else ""
        if template:
            template += (token.word == "{") - (token.word == "}")
        elif token.word == "{" and before in {"construct", "insert", "delete", "data"}:
            template = 1
        elif token.word == "{":
            count += 1
            patterns.append(count)
            filters.append(filtering)
            filtering = False
        elif token.word == "}":
            if len(patterns) > 1:
                patterns.pop()
                if not filters.pop():
                    count += 1
                    patterns[-1] = count
        elif token.word == "filter":
            filtering, brackets = True, 0
        elif filtering and token.word in {"(", ")"}:
            brackets += (token.word == "(") - (token.word == ")")
            filtering = brackets > 0
        elif token.word in _ENDING:
            count += 1
            patterns[-1] = count
        elif token.kind == "label" and seen.setdefault(token.text, patterns[-1]) != patterns[-1]:
            yield (
                f"the blank node label {token.text} is already used in another group of patterns; use a variable",
                token.start,
            )


def find_uneven_rows(tokens: Sequence[SyntaxToken]) -> Iterator[tuple[str, int]]:
    """Find rows of VALUES whose number of values is not that of the variables, and variables that occur twice.

    Yields:
        The error and its offset in the text.
    """
    for index, token in enumerate(tokens):
        if token.word != "values" or index + 1 >= len(tokens) or tokens[index + 1].word != "(":
            continue
        names: list[str] = []
        place = index + 2
        while place < len(tokens) and tokens[place].kind == "variable":
            name = tokens[place].text
            if name[1:] in names:
                yield f"VALUES names {name} twice", tokens[place].start
            names.append(name[1:])
            place += 1
        yield from _find_uneven_rows(tokens, place + 2, len(names))


def _find_uneven_rows(tokens: Sequence[SyntaxToken], place: int, wanted: int) -> Iterator[tuple[str, int]]:
    while place < len(tokens) and tokens[place].word == "(":
        start, found = tokens[place].start, 0
        place += 1
        while place < len(tokens) and tokens[place].word not in {")", "}"}:
            token = tokens[place]
            if token.word == "<<":
                while place < len(tokens) and tokens[place].word not in {">>", "}"}:
                    place += 1
                found += 1
            elif token.word == "^^":
                place += 1
            elif token.kind != "language" and token.word not in {"+", "-"}:
                found += 1
            place += 1
        if found != wanted:
            values = f"{found} value" + "s" * (found != 1)
            yield f"this row of VALUES has {values} for {wanted} variable" + "s" * (wanted != 1), start
        place += 1


def find_invalid_languages(tokens: Sequence[SyntaxToken]) -> Iterator[tuple[str, int]]:
    """Find language tags that the grammar of SPARQL allows, but that of language tags does not.

    Yields:
        The error and its offset in the text.
    """
    for token in tokens:
        tag = token.text[1:].partition("--")[0]
        if token.kind == "language" and any(len(subtag) > _LONGEST_SUBTAG for subtag in tag.split("-")):
            yield f"{token.text} is not a language tag: a part has more than {_LONGEST_SUBTAG} characters", token.start
