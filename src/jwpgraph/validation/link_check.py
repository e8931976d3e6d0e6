"""Link check: tests whether the external resources that the data link to still exist.

It runs only when requested by a job or on the command line, never in a request or in the gate. Its findings are a
validation report, so that the validation history shows since when a link is dead (docs/quality.md).
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

#: Shapes of the results; described in ``quality/links.ttl``.
DEAD, MOVED = f"<{QUALITY}DeadLink>", f"<{QUALITY}MovedLink>"
#: Value of the constraint component in the results.
LINK_CHECK = f"<{BASE}validation#LinkCheck>"
#: Value of the engine in the report.
ENGINE = "link check"
_ANY_URI = NamedNode(PREFIXES["xsd"] + "anyURI")
_EMPTY_REPORT = f"[] a <{SH}ValidationReport> ; <{SH}conforms> true ."


def check_links(store: Store, rules: LinkRules, seconds: float) -> ValidationReport:
    """Check the external links of the union of *store*.

    Args:
        store: the data.
        rules: the links to check and the limits.
        seconds: time limit for the whole check, in seconds.

    Raises:
        ProblemError: ``links-unfinished`` if the time was too short, ``links-unreachable`` if no server responded
            at all, ``links-not-allowed`` if there are links but the rules allow none of their hosts.
    """
    started = time.perf_counter()
    links = sorted(list_links(store, rules), key=lambda link: tuple(map(str, link)))
    addresses = dict.fromkeys(_get_literal_address(value) for _, _, value in links)
    wanted = [address for address in addresses if _is_allowed(address, rules)]
    if addresses and not wanted:
        detail = f"{len(addresses)} links, none of them on an allowed host ({', '.join(rules.hosts)})"
        raise ProblemError("links-not-allowed", "No link may be checked", detail)
    answers = _check_addresses(wanted, rules, seconds)
    asked = [answer for answer in answers.values() if answer.kind is not LinkState.NOT_ASKED]
    if asked and not any(answer.heard for answer in asked):
        detail = (
            f"no response for any of {len(asked)} links ({asked[0].reason}); does the service have Internet access?"
        )
        raise ProblemError("links-unreachable", "No link can be reached", detail, status=502)
    found = [
        result
        for subject, predicate, value in links
        if (answer := answers.get(_get_literal_address(value))) is not None
        for result in _make_results(subject, predicate, value, answer)
    ]
    found.sort(key=lambda result: (SEVERITIES.index(result.severity), result.shape, result.focus))
    return ValidationReport(tuple(found), _EMPTY_REPORT, ENGINE, httpx.__version__, time.perf_counter() - started)


def list_links(store: Store, rules: LinkRules) -> Iterator[tuple[NamedNode, NamedNode, NamedNode | Literal]]:
    """Yield the triples that link to the web outside the data, by an IRI or an xsd:anyURI literal."""
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
        # A partial report would make the unchecked links appear fixed.
        detail = (
            f"{len(wanted)} links take longer than {seconds:g} s: raise deadline, or name fewer predicates or hosts"
        )
        raise ProblemError("links-unfinished", "The link check did not finish in time", detail) from None


def _is_allowed(address: str, rules: LinkRules) -> bool:
    try:
        return rules.allows(httpx.URL(address).raw_host.decode("ascii"))
    except httpx.InvalidURL:
        # The shape LinkSyntax reports invalid addresses.
        return False


def _get_literal_address(value: NamedNode | Literal) -> str:
    return strip_fragment(value.value)


def _make_results(
    subject: NamedNode, predicate: NamedNode, value: NamedNode | Literal, answer: LinkStatus
) -> Iterator[ValidationResult]:
    def result(shape: str, severity: Severity, text: str) -> ValidationResult:
        return ValidationResult(str(subject), shape, LINK_CHECK, severity, str(predicate), str(value), {"en": text})

    if answer.kind is LinkState.DEAD:
        text = f"{value.value} no longer exists: {answer.reason}. Find the new address, or remove the link."
        yield result(DEAD, "warning", text)
    elif answer.kind is LinkState.NOT_ASKED:
        yield result(DEAD, "info", f"{value.value} was not checked: {answer.reason}.")
    elif answer.kind is LinkState.UNCLEAR:
        # Same shape as for dead links: a dead link that temporarily gives no response is not fixed.
        yield result(DEAD, "info", f"It is not known whether {value.value} exists: {answer.reason}.")
    elif answer.moved is not None and predicate.value not in IDENTIFYING:
        yield result(MOVED, "info", f"{value.value} has moved permanently: link to {answer.moved} instead.")
