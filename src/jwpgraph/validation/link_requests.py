"""HTTP requests of the link check: rate-limited, time-limited, and never to the operator's internal network.

For each request the host name is resolved once, the permitted IP addresses are selected, and the request is sent to one
of them by number. Another DNS answer between check and request (DNS rebinding) therefore has no effect. Redirects are
followed in the same way.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urljoin

import httpx

from jwpgraph import __version__
from jwpgraph.validation.link_rules import LinkRules

_AGENT = f"jwpgraph/{__version__} (link check; https://w3id.org/jwpgraph/)"
#: Permanent redirects (RFC 9110, section 15.4).
_PERMANENT = {301, 308}
_REDIRECTS = _PERMANENT | {302, 303, 307}
_GONE = {404, 410}
_NO_SUCH_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
#: IPv6 addresses that embed an IPv4 address for translation (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_ADDRESSES_TRIED = 2
_PORTS = {"http": 80, "https": 443}


class LinkState(Enum):
    """Outcome of checking an address."""

    THERE = "there"
    DEAD = "dead"
    UNCLEAR = "unclear"
    NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """Result of checking an address.

    Args:
        kind: the outcome.
        reason: why the address is dead, unclear or not checked.
        heard: whether any server responded.
        moved: the target of the leading permanent redirects.
    """

    kind: LinkState
    reason: str = ""
    heard: bool = False
    moved: str | None = None


class _NoResponseError(Exception):
    """No response; states the outcome and the reason."""

    def __init__(self, kind: LinkState, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason


@dataclass(slots=True)
class _HostQueue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0


class LinkChecker:
    """Checks addresses, one request at a time for each host.

    Args:
        rules: the limits and the permitted hosts.
    """

    def __init__(self, rules: LinkRules) -> None:
        self._rules = rules
        self._hosts: dict[str, _HostQueue] = {}
        self._busy = asyncio.Semaphore(rules.at_once)
        # Proxies from the environment are ignored: they would bypass the check of IP addresses. Connections are not
        # reused: two hosts at one address have different certificates.
        self._transport = httpx.AsyncHTTPTransport(
            verify=httpx.create_ssl_context(), trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def ask(self, address: str) -> LinkStatus:
        """Check *address*, following redirects."""
        heard, moved, permanent = False, None, True
        here = address
        try:
            for _ in range(self._rules.redirects + 1):
                status, place = await self._status(here)
                heard = True
                if status not in _REDIRECTS or place is None:
                    return _judge_status(status, moved)
                here = _join_url(here, place)
                permanent = permanent and status in _PERMANENT
                moved = here if permanent else moved
        except _NoResponseError as error:
            where = "" if not heard else f" (redirected to {here})"
            return LinkStatus(error.kind, error.reason + where, heard)
        return LinkStatus(LinkState.UNCLEAR, f"more than {self._rules.redirects} redirects", heard)

    async def _status(self, address: str) -> tuple[int, str | None]:
        """Return the status and the redirect target of a HEAD request; or of GET if HEAD fails."""
        status, place = await self._request("HEAD", address)
        if status >= 400 and status != 429:
            status, place = await self._request("GET", address)
        return status, place

    async def _request(self, method: str, address: str) -> tuple[int, str | None]:
        try:
            url = httpx.URL(address)
            name = url.raw_host.decode("ascii").lower()
        except (httpx.InvalidURL, ValueError) as error:
            raise _NoResponseError(LinkState.UNCLEAR, f"{address} is not a URL: {error}") from None
        if url.scheme not in _PORTS or not name:
            raise _NoResponseError(LinkState.UNCLEAR, f"{address} is not an http or https URL")
        if not self._rules.allows(name):
            raise _NoResponseError(LinkState.NOT_ASKED, f"{name} is not an allowed host")
        host = self._hosts.setdefault(name, _HostQueue())
        async with host.lock:
            await asyncio.sleep(max(0.0, host.free_at - time.monotonic()))
            try:
                async with self._busy, asyncio.timeout(self._rules.timeout):
                    return await self._send(method, url, name)
            except TimeoutError:
                raise _NoResponseError(LinkState.UNCLEAR, f"no response within {self._rules.timeout:g} s") from None
            finally:
                host.free_at = time.monotonic() + self._rules.pause

    async def _send(self, method: str, url: httpx.URL, name: str) -> tuple[int, str | None]:
        failure = "it cannot be reached"
        numbers = await self._resolve(name, url.port or _PORTS[url.scheme])
        for number in numbers[:_ADDRESSES_TRIED]:
            request = httpx.Request(
                method,
                url.copy_with(host=number, username=None, password=None),
                headers={"Host": url.netloc.decode("ascii"), "User-Agent": _AGENT, "Accept": "*/*"},
                extensions={"sni_hostname": name, "timeout": httpx.Timeout(self._rules.timeout).as_dict()},
            )
            try:
                answer = await self._transport.handle_async_request(request)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = f"it cannot be reached: {_describe_error(error)}"
                continue
            except (httpx.HTTPError, ssl.SSLError) as error:
                raise _NoResponseError(
                    LinkState.UNCLEAR, f"its response cannot be read: {_describe_error(error)}"
                ) from None
            # The body is not read.
            await answer.aclose()
            return answer.status_code, answer.headers.get("location")
        raise _NoResponseError(LinkState.UNCLEAR, failure)

    async def _resolve(self, name: str, port: int) -> list[str]:
        """Return the permitted IP addresses of a host, IPv4 first."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            if error.errno in _NO_SUCH_HOST:
                raise _NoResponseError(LinkState.DEAD, f"there is no host {name}") from None
            raise _NoResponseError(LinkState.UNCLEAR, f"{name} cannot be looked up: {error.strerror}") from None
        except (UnicodeError, OSError) as error:
            raise _NoResponseError(LinkState.UNCLEAR, f"{name} cannot be looked up: {error}") from None
        found.sort(key=lambda one: one[0] != socket.AF_INET)
        numbers = list(dict.fromkeys(str(one[4][0]) for one in found))
        allowed = [number for number in numbers if self._rules.private or is_public_address(number)]
        if not allowed:
            raise _NoResponseError(LinkState.NOT_ASKED, f"{name} is at {numbers[0]}, which is not a public address")
        return allowed


def _join_url(here: str, place: str) -> str:
    try:
        return strip_fragment(urljoin(here, place))
    except ValueError as error:
        raise _NoResponseError(LinkState.UNCLEAR, f"{here} is redirected to {place!r}: {error}") from None


def strip_fragment(address: str) -> str:
    """Return the part of a URL before ``#``, which is what is requested."""
    return address.partition("#")[0]


def is_public_address(number: str) -> bool:
    """Return whether an IP address is globally reachable and embeds no address that is not."""
    try:
        address = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if hidden is None and address in _TRANSLATED:
            hidden = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if hidden is not None and not is_public_address(str(hidden)):
            return False
    return address.is_global and not address.is_multicast


def _judge_status(status: int, moved: str | None) -> LinkStatus:
    if status in _GONE:
        return LinkStatus(LinkState.DEAD, f"the server answers {status}", heard=True)
    if status >= 500:
        return LinkStatus(LinkState.UNCLEAR, f"the server answers {status}", heard=True)
    # A resource that requires authentication (401, 403) or limits requests (429) exists.
    return LinkStatus(LinkState.THERE, heard=True, moved=moved)


def _describe_error(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


async def check_addresses(addresses: Iterable[str], rules: LinkRules) -> dict[str, LinkStatus]:
    """Check each of *addresses*."""
    wanted = list(dict.fromkeys(addresses))
    checker = LinkChecker(rules)
    try:
        answers = await asyncio.gather(*(checker.ask(address) for address in wanted))
    finally:
        await checker.close()
    return dict(zip(wanted, answers, strict=True))
