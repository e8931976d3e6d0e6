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

from jwpgraph.problems import ProblemError
from jwpgraph.validation.link_requests import LinkState, LinkStatus, check_addresses, strip_fragment
from jwpgraph.validation.link_rules import IDENTIFYING, LinkRules
from jwpgraph.validation.report import SEVERITIES, SH, Severity, ValidationReport, ValidationResult
from jwpgraph.vocabulary import BASE, PREFIXES, QUALITY

#: The shapes of its results; described in ``quality/links.ttl``.
DEAD, MOVED = f"<{QUALITY}DeadLink>", f"<{QUALITY}MovedLink>"
#: What stands for the constraint component in its results.
LINK_CHECK = f"<{BASE}validation#LinkCheck>"
#: What stands for the engine.
ENGINE = "link check"
_ANY_URI = NamedNode(PREFIXES["xsd"] + "anyURI")
_EMPTY_REPORT = f"[] a <{SH}ValidationReport> ; <{SH}conforms> true ."


def check_links(store: Store, rules: LinkRules, seconds: float) -> ValidationReport:
    """Ask what the union of *store* links to outside of itself.

    Args:
        store: the data.
        rules: which links, and how.
        seconds: that all of it may take.

    Raises:
        ProblemError: ``links-unfinished`` when the time was too short, ``links-unreachable`` when nobody answered at
            all, ``links-not-allowed`` when there are links and the rules allow none of their hosts.
    """
    started = time.perf_counter()
    links = sorted(list_links(store, rules), key=lambda link: tuple(map(str, link)))
    addresses = dict.fromkeys(_literal_address(value) for _, _, value in links)
    wanted = [address for address in addresses if _is_allowed(address, rules)]
    if addresses and not wanted:
        detail = f"{len(addresses)} links, of none of which hosts ({', '.join(rules.hosts)}) has the host"
        raise ProblemError("links-not-allowed", "No link may be asked", detail)
    answers = _check_addresses(wanted, rules, seconds)
    asked = [answer for answer in answers.values() if answer.kind is not LinkState.NOT_ASKED]
    if asked and not any(answer.heard for answer in asked):
        detail = f"none of {len(asked)} links was answered ({asked[0].reason}); is the service cut off from the net?"
        raise ProblemError("links-unreachable", "No link can be reached", detail, status=502)
    found = [
        result
        for subject, predicate, value in links
        if (answer := answers.get(_literal_address(value))) is not None
        for result in _make_results(subject, predicate, value, answer)
    ]
    found.sort(key=lambda result: (SEVERITIES.index(result.severity), result.shape, result.focus))
    return ValidationReport(tuple(found), _EMPTY_REPORT, ENGINE, httpx.__version__, time.perf_counter() - started)


def list_links(store: Store, rules: LinkRules) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
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


def _check_addresses(wanted: list[str], rules: LinkRules, seconds: float) -> dict[str, LinkStatus]:
    async def within() -> dict[str, LinkStatus]:
        async with asyncio.timeout(seconds):
            return await check_addresses(wanted, rules)

    try:
        return asyncio.run(within())
    except TimeoutError:
        # To tell of some and not of others would make it seem that the others were mended.
        detail = (
            f"{len(wanted)} links take longer than {seconds:g} s: raise deadline, or name fewer predicates or hosts"
        )
        raise ProblemError("links-unfinished", "Not all links were asked in time", detail) from None


def _is_allowed(address: str, rules: LinkRules) -> bool:
    try:
        return rules.allows(httpx.URL(address).raw_host.decode("ascii"))
    except httpx.InvalidURL:
        # The check LinkSyntax tells of it.
        return False


def _literal_address(value: NamedNode | Literal) -> str:
    return strip_fragment(value.value)


def _make_results(
    subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal, answer: LinkStatus
) -> Iterator[ValidationResult]:
    def result(shape: str, severity: Severity, text: str) -> ValidationResult:
        return ValidationResult(str(subject), shape, LINK_CHECK, severity, str(predicate), str(value), {"en": text})

    if answer.kind is LinkState.DEAD:
        text = f"Nothing is at {value.value} any more: {answer.reason}. Find where it went, or take the link out."
        yield result(DEAD, "warning", text)
    elif answer.kind is LinkState.NOT_ASKED:
        yield result(DEAD, "info", f"{value.value} was not asked: {answer.reason}.")
    elif answer.kind is LinkState.UNCLEAR:
        # Of the same shape: a link that is dead and, for once, does not answer, has not been mended.
        yield result(DEAD, "info", f"Nobody can tell whether anything is at {value.value}: {answer.reason}.")
    elif answer.moved is not None and predicate.value not in IDENTIFYING:
        yield result(MOVED, "info", f"{value.value} has moved for good: link to {answer.moved} instead.")
