"""Terms of the ontology and entities in a query that nothing in the release has, for a response header.

SPARQL has no error for a misspelt property: it matches nothing. The response says so, whatever the result is, because
in OPTIONAL or NOT EXISTS such a property changes a result without making it empty.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Final, cast

from jwpgraph.http.remembering import remember
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.query_results import QueryResult, QueryResults
from jwpgraph.query_execution.query_task import QueryRequest
from jwpgraph.sparql_syntax.tokenizer import Tokenizer, TokenKind
from jwpgraph.vocabulary import BASE, ID, JWP

#: The header of the response.
UNUSED_TERMS: Final = b"x-unused-terms"

#: What precedes the query itself: the same for many queries.
_PROLOGUE: Final = re.compile(
    r"(?:\s*+(?:prefix\s++[^\s<>#]*+\s*+<[^<>\s]*+>|base\s*+<[^<>\s]*+>|\#[^\n]*+\n))*+", re.IGNORECASE
)
_PREFIX: Final = re.compile(rf"\bprefix\s+([\w.-]*):\s*<({re.escape(BASE)}[^<>\s]*)>", re.IGNORECASE)
#: Prefixed names without escapes.
_NAME: Final = re.compile(r"(?<![\w.:<-])([\w.-]*+):([\w-]++(?:\.[\w-]++)*+)(?![\\%:/])")
_IRI: Final = re.compile(rf"<({re.escape(BASE)}[^<>\s]+)>")
#: Maximum number of IRIs of a query that are looked up, and of answers that are kept.
_MOST: Final = 100
_KEPT: Final = 10_000
#: Length in characters of the longest queries and IRIs that are checked; it bounds what is kept to 5 MB.
_LONGEST: Final = 10_000
_LONGEST_IRI: Final = 256
#: Seconds that a response waits at most for what is only a note.
_PATIENCE: Final = 0.5
#: Maximum number of IRIs in the header.
_NAMED: Final = 20
#: Endings of results without solutions, by media type.
_EMPTY: Final = {
    "application/sparql-results+json": b'"bindings":[]}}',
    "application/json": b'"bindings":[]}}',
    "application/sparql-results+xml": b"<results></results></sparql>",
    "application/xml": b"<results></results></sparql>",
    "text/xml": b"<results></results></sparql>",
}


class UnusedTerms:
    """Looks up, once for each release, whether the terms of queries occur in it."""

    def __init__(self) -> None:
        self._used: dict[tuple[int, str], bool] = {}

    async def find(self, answers: QueryResults, result: QueryResult, text: str, client: str) -> tuple[str, ...]:
        """Return the IRIs in a query that the release of its result does not have.

        A term of the ontology must be the predicate of a triple or the class of a node; an entity must occur in a
        triple, which is only looked up if the result is empty.

        Args:
            answers: evaluates queries on the release.
            result: the result of the query.
            text: the query.
            client: the client, as for :meth:`.QueryResults.answer`.
        """
        if BASE not in text or len(text) > _LONGEST:
            return ()
        named = list_iris(text, BASE if _is_empty(result) else JWP)
        wanted = [iri for iri in named if iri.startswith((JWP, ID)) and len(iri) <= _LONGEST_IRI]
        if not wanted:
            return ()
        release = result.release_number
        unknown = tuple(iri for iri in wanted[:_MOST] if (release, iri) not in self._used)
        # A result that is still being sent occupies a worker: to wait for another one could take all of them.
        if unknown and _is_complete(result):
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE):
                    await self._look_up(answers, unknown, client)
        unused = [iri for iri in wanted if not self._used.get((release, iri), True)]
        # Only what is no part of a string or a comment.
        return tuple(sorted(set(unused).intersection(_list_token_iris(text)))) if unused else ()

    async def _look_up(self, answers: QueryResults, iris: tuple[str, ...], client: str) -> None:
        query = f"""SELECT ?iri {{ VALUES ?iri {{ {" ".join(f"<{iri}>" for iri in iris)} }}
          FILTER (EXISTS {{ ?s ?iri ?o }} || EXISTS {{ ?s a ?iri }}
            || STRSTARTS(STR(?iri), "{ID}") && (EXISTS {{ ?iri ?p ?o }} || EXISTS {{ ?s ?p ?iri }})) }}"""
        try:
            found = await answers.answer(QueryRequest(query, solution_types=("text/csv",)), client=client)
        except ProblemError:
            return
        try:
            used = set(b"".join([chunk async for chunk in found]).decode().split())
        finally:
            await found.aclose()
        if len(self._used) > _KEPT:
            self._used.clear()
        self._used |= {(found.release_number, iri): iri in used for iri in iris}


def make_unused_header(iris: tuple[str, ...]) -> list[tuple[bytes, bytes]]:
    """Return the header that names *iris*; nothing if there are none."""
    return [(UNUSED_TERMS, ", ".join(f"<{iri}>" for iri in iris[:_NAMED]).encode())] if iris else []


def list_iris(text: str, base: str = BASE) -> tuple[str, ...]:
    """Return the IRIs of the project that a query may contain, in ASCII; some may be in strings and comments.

    Args:
        text: the query.
        base: the beginning of the IRIs: that of the ontology, or of all.
    """
    prologue = cast("re.Match[str]", _PROLOGUE.match(text))[0]
    namespaces = _read_namespaces(prologue)
    body = text[len(prologue) :]
    found = dict.fromkeys(_IRI.findall(body)) if base in body else {}
    wanted = {prefix: one for prefix, one in namespaces.items() if one.startswith(base) and f"{prefix}:" in body}
    if wanted:
        found |= {wanted[prefix] + local: None for prefix, local in _NAME.findall(body) if prefix in wanted}
    return tuple(iri for iri in found if iri.startswith(base) and iri.isascii())


@remember(entries=512, longest=4096)
def _read_namespaces(prologue: str) -> dict[str, str]:
    """Return the namespaces of the project that the prologue of a query declares, by prefix."""
    return dict(_PREFIX.findall(prologue))


def _list_token_iris(text: str) -> set[str]:
    namespaces: dict[str, str] = {}
    found = set()
    try:
        tokens = Tokenizer(text).tokens()
    except ProblemError:
        return set()
    for index, token in enumerate(tokens):
        if token.kind is TokenKind.IRI and index > 1 and tokens[index - 2].text.lower() == "prefix":
            namespaces[tokens[index - 1].text.removesuffix(":")] = token.text[1:-1]
        elif token.kind is TokenKind.IRI:
            found.add(token.text[1:-1])
        elif token.kind is TokenKind.NAME:
            prefix, _, local = token.text.partition(":")
            found.add(namespaces.get(prefix, "") + local)
    return found


def _is_complete(result: QueryResult) -> bool:
    return result.entry is not None or (result.query_task is not None and result.query_task.body is not None)


def _is_empty(result: QueryResult) -> bool:
    """Return whether a complete result has no solutions, no triples, or is false; ``False`` if that is not known."""
    if result.entry is None:
        return False
    body = result.entry.body
    if result.kind == "boolean":
        return b"true" not in body
    if result.kind == "graph":
        return body in (b"", b"[]") or (
            body.startswith(b"<?xml") and b" rdf:about=" not in body and b" rdf:nodeID=" not in body
        )
    ending = _EMPTY.get(result.media_type)
    return body.endswith(ending) if ending else body.count(b"\n") == 1
