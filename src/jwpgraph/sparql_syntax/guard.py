"""The guard: checks of a query or update before the engine parses it.

The engine sends ``SERVICE`` and ``LOAD`` requests to any host and crashes on deep nesting; the guard refuses both. It
works on tokens, not on a parse tree: the engine's parser needs no space after a keyword (``SERVICESILENTex:a{`` is a
federated call), and a parser that read keywords differently could be bypassed (``docs/decisions/0004-guard.md``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, cast
from urllib.parse import urljoin

from jwpgraph.problems import ProblemError
from jwpgraph.settings import Settings
from jwpgraph.sparql_syntax.tokenizer import (
    Token,
    Tokenizer,
    TokenKind,
    decode_all_escapes,
    decode_escapes_outside_literals,
    has_escapes,
    locate_offset,
    make_syntax_problem,
    with_gil_yields,
)

QueryForm = Literal["select", "ask", "construct", "describe", "update", "unknown"]

#: Maximum number of operators or patterns chained in one bracket: the engine parses a chain into a tree of that depth.
_CHAIN: Final = 2000

_QUERY_FORMS: Final[tuple[QueryForm, ...]] = ("select", "ask", "construct", "describe")
_OPERATIONS: Final = ("insert", "delete", "with", "load", "clear", "drop", "create", "add", "move", "copy")
_SERVICE: Final = re.compile(r"(?:true|false)?service", re.IGNORECASE)
_LOAD: Final = re.compile(r"load", re.IGNORECASE)
_SILENT: Final = re.compile(r"silent", re.IGNORECASE)
#: Functions whose result can differ between two evaluations of one text; such results are not cached.
_NONDETERMINISTIC: Final = ("now", "rand", "uuid", "bnode")
#: A prefixed name after one of these words is its argument, even if it begins with ``service``.
_TAKES_NAME: Final = ("graph", "from", "named", "describe", "service", "silent", "with", "using", "into", "to")
_EXPRESSION_SIGNS: Final = frozenset({"+", "-", "*", "/", "&&", "||", "!", "|", "^"})
_PATH_SIGNS: Final = frozenset({"/", "|", "^"})
_CHAINING_WORDS: Final = ("union", "optional", "minus", "filter", "bind", "lateral")
_LETTERS: Final = (TokenKind.WORD, TokenKind.NAME)
_ABSOLUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")

#: A shorter text (in characters) cannot contain a chain that is too long.
_PLAIN_CHARACTERS: Final = _CHAIN
#: A text with fewer opening brackets cannot nest too deeply.
_PLAIN_BRACKETS: Final = 100
#: A text that contains one of these (or, with parentheses, the name of a nondeterministic function) must be tokenised.
_SIGNIFICANT: Final = ("service", "load", "\\")
#: The beginning of an IRI without a scheme, which may be a relative IRI.
_RELATIVE: Final = re.compile(r"<(?!=?[ \t\r\n\"]|[A-Za-z][A-Za-z0-9+.-]*:)")
#: The functions that make IRIs, of relative ones as well.
_IRI_FUNCTION: Final = re.compile(r"\b[iu]ri\b", re.IGNORECASE | re.ASCII)
_PLAIN_FORM: Final = re.compile(
    r"""
    (?: [ \t\r\n]++ | \#[^\r\n]*+
      | prefix [ \t\r\n]++ (?:[a-z][a-z0-9_-]*+)?: [ \t\r\n]*+ <[^<>"{}|^`\\\x00-\x20]*+> )*+
    (select|ask|construct|describe)
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A request to another host that the text would cause.

    Attributes:
        keyword: ``SERVICE`` or ``LOAD``.
        endpoint: the absolute IRI, or ``None`` if it is a variable or cannot be determined.
        offset: position of the keyword in the text, in characters.
    """

    keyword: Literal["SERVICE", "LOAD"]
    endpoint: str | None
    offset: int


@dataclass(frozen=True, slots=True)
class Inspection:
    """The result of the guard for an accepted text.

    Attributes:
        text: the text for the engine; codepoint escapes that the engine does not support are decoded.
        form: the query form, ``update``, or ``unknown`` if the engine has to report the syntax error.
        cacheable: whether the text always has the same result over the same release.
        relative: whether it contains a relative IRI, whose meaning depends on the URL of the request, or may make one.
        calls: the federated calls in the text, all of them allowed.
    """

    text: str
    form: QueryForm
    cacheable: bool
    relative: bool
    calls: tuple[ServiceCall, ...] = ()


def inspect_text(text: str, settings: Settings) -> Inspection:
    """Check a query or an update before it is parsed or evaluated.

    Args:
        text: the query or update.
        settings: the limits (``query_max_bytes``) and the allowed endpoints (``service_allowlist``).

    Raises:
        ProblemError: ``query-too-long`` (413), ``query-syntax``, ``query-too-deep`` (400), ``service-refused``,
            ``load-refused`` (403).
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > settings.query_max_bytes:
        raise ProblemError(
            "query-too-long",
            "The query is too long",
            f"It has {size} bytes; at most {settings.query_max_bytes} are allowed.",
            status=413,
            limit=settings.query_max_bytes,
        )
    simple = _inspect_simple_text(text)
    if simple is not None:
        return simple
    decoded = decode_escapes_outside_literals(text) if "\\" in text else text
    inspection = _inspect_tokens(decoded, settings.service_allowlist)
    if has_escapes(decoded):
        _check_decoded_text(decode_all_escapes(decoded), settings.service_allowlist)
        inspection = replace(inspection, relative=True)
    return inspection


def _inspect_simple_text(text: str) -> Inspection | None:
    """Return the inspection of a short text without tokenising it, or ``None`` if that is not possible.

    The result equals that of :func:`_inspect_tokens` (a property test compares them) unless the text cannot be
    tokenised; the engine then reports the syntax error.
    """
    if len(text) > _PLAIN_CHARACTERS or sum(map(text.count, ("{", "(", "[", "<<"))) > _PLAIN_BRACKETS:
        return None
    lowered = text.lower()
    for significant in (*_SIGNIFICANT, *_NONDETERMINISTIC) if "(" in text else _SIGNIFICANT:
        if significant in lowered:
            return None
    form = _PLAIN_FORM.match(text)
    if form is None or _RELATIVE.search(text) or _IRI_FUNCTION.search(text):
        return None
    return Inspection(text, cast("QueryForm", form[1].lower()), cacheable=True, relative=False)


def tokenize(text: str) -> list[Token]:
    """Return the tokens of *text*; raises the problems of :meth:`.Tokenizer.tokens`."""
    return Tokenizer(text).tokens()


def is_allowed_endpoint(endpoint: str, allowlist: Sequence[str]) -> bool:
    """Return whether an entry of *allowlist* is a prefix of *endpoint*, compared by host and by whole path segments.

    ``https://a.example`` allows ``https://a.example/sparql``, but neither ``https://a.example.evil/`` nor
    ``https://a.example@evil/``.
    """
    if any(character in endpoint for character in "\\@") or "/../" in endpoint + "/":
        return False
    for entry in allowlist:
        if endpoint == entry or (entry.endswith(("/", "?", "#")) and endpoint.startswith(entry)):
            return _ABSOLUTE.match(entry) is not None
        if endpoint.startswith((entry + "/", entry + "?", entry + "#")):
            return _ABSOLUTE.match(entry) is not None
    return False


def _inspect_tokens(text: str, allowlist: Sequence[str]) -> Inspection:
    tokens = tokenize(text)
    _check_chains(text, tokens)
    calls = tuple(_find_calls(tokens))
    for call in calls:
        _check_call(text, call, allowlist)
    return Inspection(
        text=text,
        form=_read_form(tokens),
        cacheable=not calls and not any(_is_nondeterministic(tokens, index) for index, _ in with_gil_yields(tokens)),
        relative=any(_may_be_relative(token) for _, token in with_gil_yields(tokens)),
        calls=calls,
    )


def _may_be_relative(token: Token) -> bool:
    """Return whether a token is a relative IRI, or the function IRI or URI (SPARQL 1.1 Query, section 17.4.2.8)."""
    if token.kind is TokenKind.WORD:
        return token.text.lower() in {"iri", "uri"}
    return token.kind is TokenKind.IRI and not _ABSOLUTE.match(token.text, 1)


def _check_decoded_text(text: str, allowlist: Sequence[str]) -> None:
    """Raise for calls that appear after all escapes are decoded; ignore other errors, which the engine reports."""
    try:
        _inspect_tokens(text, allowlist)
    except ProblemError as problem:
        if problem.slug in {"service-refused", "load-refused"}:
            raise


def _check_chains(text: str, tokens: Sequence[Token]) -> None:
    chains = [0]
    brackets = ["{"]
    for _, token in with_gil_yields(tokens):
        if token.kind is TokenKind.SIGN:
            if token.text in "{([":
                chains.append(0)
                brackets.append(token.text)
                continue
            if token.text in "})]" and len(chains) > 1:
                chains.pop()
                brackets.pop()
                continue
            if token.text not in (_EXPRESSION_SIGNS if brackets[-1] == "(" else _PATH_SIGNS):
                continue
        elif token.kind is not TokenKind.WORD or not token.text.lower().startswith(_CHAINING_WORDS):
            continue
        chains[-1] += 1
        if chains[-1] > _CHAIN:
            line, column = locate_offset(text, token.start)
            raise ProblemError(
                "query-too-deep",
                "The query nests too deeply",
                f"line {line}, column {column}: at most {_CHAIN} operators or patterns may be chained in one bracket",
                line=line,
                column=column,
                limit=_CHAIN,
            )


def _find_calls(tokens: Sequence[Token]) -> Iterator[ServiceCall]:
    names = PrefixScope()
    braces = 0
    for index, token in with_gil_yields(tokens):
        kind = token.kind
        if kind is TokenKind.SIGN:
            braces += (token.text in ("{", "{|")) - (token.text in ("}", "|}"))
        elif kind is TokenKind.IRI:
            names.declare(tokens, index)
        elif kind is TokenKind.WORD and "service" in token.text.lower():
            yield ServiceCall("SERVICE", _resolve_endpoint(tokens, index, names, "service"), token.start)
        elif kind is TokenKind.NAME and _is_glued_service(tokens, index):
            yield ServiceCall("SERVICE", None, token.start)
        elif kind in _LETTERS and not braces and _LOAD.match(token.text) and begins_operation(tokens, index):
            yield ServiceCall("LOAD", _resolve_endpoint(tokens, index, names, "load"), token.start)


def _check_call(text: str, call: ServiceCall, allowlist: Sequence[str]) -> None:
    if call.keyword == "SERVICE" and call.endpoint is not None and is_allowed_endpoint(call.endpoint, allowlist):
        return
    line, column = locate_offset(text, call.offset)
    where = f"line {line}, column {column}: "
    if call.keyword == "LOAD":
        raise ProblemError(
            "load-refused",
            "LOAD is refused",
            where + "this service fetches no documents; send the document to /graph-store, or use `jwpgraph load`",
            status=403,
            line=line,
            column=column,
        )
    if call.endpoint is None:
        detail = where + "the IRI after SERVICE must be written in full or as a prefixed name without escapes"
    else:
        detail = where + f"<{call.endpoint}> is not an allowed endpoint"
    raise ProblemError(
        "service-refused",
        "SERVICE is refused",
        detail,
        status=403,
        line=line,
        column=column,
        allowed=list(allowlist),
    )


def _resolve_endpoint(tokens: Sequence[Token], index: int, names: PrefixScope, keyword: str) -> str | None:
    """Return the endpoint of the call at *index*, or ``None`` if it is a variable or cannot be determined."""
    word = tokens[index].text.lower()
    if word not in (keyword, keyword + "silent"):
        return None
    index += 1
    if word == keyword and index < len(tokens) and tokens[index].text.lower() == "silent":
        index += 1
    if index == len(tokens):
        return None
    token = tokens[index]
    if token.kind is TokenKind.NAME and _SILENT.match(token.text):
        return None
    return names.resolve(token)


def _is_glued_service(tokens: Sequence[Token], index: int) -> bool:
    """Return whether the engine would read a prefixed name as ``SERVICE`` and an IRI, as in ``SERVICEex:a {``."""
    if not _SERVICE.match(tokens[index].text):
        return False
    if index + 1 >= len(tokens) or tokens[index + 1].text != "{":
        return False
    before = tokens[index - 1]
    return not (index > 0 and before.kind is TokenKind.WORD and before.text.lower().endswith(_TAKES_NAME))


def begins_operation(tokens: Sequence[Token], index: int) -> bool:
    """Return whether an update operation may begin at *index*: at the start, after ``;`` or after a declaration."""
    if index == 0 or tokens[index - 1].text == ";":
        return True
    before = tokens[index - 1]
    if before.kind is TokenKind.STRING:
        return tokens[index - 2].text.lower().endswith("version")
    if before.kind is not TokenKind.IRI:
        return False
    declared = tokens[index - 2] if index > 1 else before
    if declared.kind is TokenKind.WORD:
        return declared.text.lower().endswith("base")
    if declared.kind is not TokenKind.NAME or not declared.text.endswith(":"):
        return False
    return index < 3 or tokens[index - 3].text.lower().endswith("prefix") or declared.text.lower().startswith("prefix")


def _is_nondeterministic(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    if token.kind is not TokenKind.WORD or not token.text.lower().endswith(_NONDETERMINISTIC):
        return False
    return index + 1 < len(tokens) and tokens[index + 1].text == "("


def _read_form(tokens: Sequence[Token]) -> QueryForm:
    """Return the query form from the first token after the prologue."""
    for index, token in enumerate(tokens):
        if token.kind not in _LETTERS:
            continue
        word = token.text.lower()
        if not begins_operation(tokens, index):
            continue
        if word.startswith(("prefix", "base", "version")):
            continue
        for form in _QUERY_FORMS:
            if word.startswith(form):
                return form
        return "update" if word.startswith(_OPERATIONS) else "unknown"
    return "unknown"


class PrefixScope:
    """The prefixes and the base IRI declared so far.

    After a declaration in an ambiguous notation no name is resolved any more.
    """

    def __init__(self) -> None:
        self._prefixes: dict[str, str] = {}
        self._base: str | None = None
        self._ambiguous = False

    def declare(self, tokens: Sequence[Token], index: int) -> None:
        """Record the declaration that the IRI at *index* ends, if it ends one."""
        before = tokens[max(0, index - 2) : index]
        words = [token.text.lower() for token in before]
        if words[-1:] == ["base"]:
            self._base = self._iri(tokens[index])
        elif words[:-1] == ["prefix"] and words[-1].endswith(":"):
            self._prefixes[before[-1].text] = self._iri(tokens[index]) or ""
        elif words and words[-1].startswith(("prefix", "base")) and begins_operation(tokens, index - 1):
            self._ambiguous = True

    def resolve(self, token: Token) -> str | None:
        """Return the absolute IRI of *token*, or ``None`` if it cannot be determined."""
        if self._ambiguous:
            return None
        if token.kind is TokenKind.IRI:
            return self._iri(token)
        if token.kind is not TokenKind.NAME or "\\" in token.text:
            return None
        prefix, _, local = token.text.partition(":")
        namespace = self._prefixes.get(prefix + ":")
        return namespace + local if namespace else None

    def _iri(self, token: Token) -> str | None:
        iri = token.text[1:-1]
        if "\\" in iri:
            return None
        if _ABSOLUTE.match(iri):
            return iri
        return urljoin(self._base, iri) if self._base else None


def require_query(inspection: Inspection) -> None:
    """Raise if an update was sent as a query.

    Raises:
        ProblemError: ``query-syntax`` (400).
    """
    if inspection.form == "update":
        raise make_syntax_problem(inspection.text, 0, "this is an update; send it with POST as 'update'")
