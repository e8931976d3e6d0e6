"""The check of links: whether what the data link to outside of themselves is still there.

Made when asked alone, by a job or at the command line: never in a request, never in the gate. What it finds is a report
like that of the shapes, so that the same memory tells since when a link is dead (docs/quality.md).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import httpx
from pyoxigraph import Literal, NamedNode, Store

from jwpgraph.problems import Problem
from jwpgraph.validation.link_requests import Answer, Kind, ask_all, without_fragment
from jwpgraph.validation.link_rules import IDENTIFYING, LinkRules
from jwpgraph.validation.report import SEVERITIES, SH, Report, Result, Severity
from jwpgraph.vocabulary import BASE, PREFIXES, QUALITY

#: The shapes of its results; described in ``quality/links.ttl``.
DEAD, MOVED = f"<{QUALITY}DeadLink>", f"<{QUALITY}MovedLink>"
#: What stands for the constraint component in its results.
LINK_CHECK = f"<{BASE}validation#LinkCheck>"
#: What stands for the engine.
ENGINE = "link check"
_ANY_URI = NamedNode(PREFIXES["xsd"] + "anyURI")
_EMPTY_REPORT = f"[] a <{SH}ValidationReport> ; <{SH}conforms> true ."


def check_links(store: Store, rules: LinkRules, seconds: float) -> Report:
    """Ask what the union of *store* links to outside of itself.

    Args:
        store: the data.
        rules: which links, and how.
        seconds: that all of it may take.

    Raises:
        Problem: ``links-unfinished`` when the time was too short, ``links-unreachable`` when nobody answered at all,
            ``links-not-allowed`` when there are links and the rules allow none of their hosts.
    """
    started = time.perf_counter()
    links = sorted(links_of(store, rules), key=lambda link: tuple(map(str, link)))
    addresses = dict.fromkeys(_address(value) for _, _, value in links)
    wanted = [address for address in addresses if _allowed(address, rules)]
    if addresses and not wanted:
        detail = f"{len(addresses)} links, of none of which hosts ({', '.join(rules.hosts)}) has the host"
        raise Problem("links-not-allowed", "No link may be asked", detail)
    answers = _answers(wanted, rules, seconds)
    asked = [answer for answer in answers.values() if answer.kind is not Kind.NOT_ASKED]
    if asked and not any(answer.heard for answer in asked):
        detail = f"none of {len(asked)} links was answered ({asked[0].reason}); is the service cut off from the net?"
        raise Problem("links-unreachable", "No link can be reached", detail, status=502)
    found = [
        result
        for subject, predicate, value in links
        if (answer := answers.get(_address(value))) is not None
        for result in _results(subject, predicate, value, answer)
    ]
    found.sort(key=lambda result: (SEVERITIES.index(result.severity), result.shape, result.focus))
    return Report(tuple(found), _EMPTY_REPORT, ENGINE, httpx.__version__, time.perf_counter() - started)


def links_of(store: Store, rules: LinkRules) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
    """The triples that lead out of the data to the web: by an IRI, or by a literal that is one (xsd:anyURI)."""
    for name in rules.predicates:
        for quad in store.quads_for_pattern(None, NamedNode(name), None, None):
            subject, value = quad.subject, quad.object
            if not isinstance(subject, NamedNode) or not isinstance(value, NamedNode | Literal):
                continue
            if isinstance(value, Literal) and value.datatype != _ANY_URI:
                continue
            if value.value.lower().startswith(("http://", "https://")) and not value.value.startswith(BASE):
                yield subject, quad.predicate, value


def _answers(wanted: list[str], rules: LinkRules, seconds: float) -> dict[str, Answer]:
    async def within() -> dict[str, Answer]:
        async with asyncio.timeout(seconds):
            return await ask_all(wanted, rules)

    try:
        return asyncio.run(within())
    except TimeoutError:
        # To tell of some and not of others would make it seem that the others were mended.
        detail = (
            f"{len(wanted)} links take longer than {seconds:g} s: raise deadline, or name fewer predicates or hosts"
        )
        raise Problem("links-unfinished", "Not all links were asked in time", detail) from None


def _allowed(address: str, rules: LinkRules) -> bool:
    try:
        return rules.allows(httpx.URL(address).raw_host.decode("ascii"))
    except httpx.InvalidURL:
        # The check LinkSyntax tells of it.
        return False


def _address(value: NamedNode | Literal) -> str:
    return without_fragment(value.value)


def _results(subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal, answer: Answer) -> Iterator[Result]:
    def result(shape: str, severity: Severity, text: str) -> Result:
        return Result(str(subject), shape, LINK_CHECK, severity, str(predicate), str(value), {"en": text})

    if answer.kind is Kind.DEAD:
        text = f"Nothing is at {value.value} any more: {answer.reason}. Find where it went, or take the link out."
        yield result(DEAD, "warning", text)
    elif answer.kind is Kind.NOT_ASKED:
        yield result(DEAD, "info", f"{value.value} was not asked: {answer.reason}.")
    elif answer.kind is Kind.UNCLEAR:
        # Of the same shape: a link that is dead and, for once, does not answer, has not been mended.
        yield result(DEAD, "info", f"Nobody can tell whether anything is at {value.value}: {answer.reason}.")
    elif answer.moved is not None and predicate.value not in IDENTIFYING:
        yield result(MOVED, "info", f"{value.value} has moved for good: link to {answer.moved} instead.")
