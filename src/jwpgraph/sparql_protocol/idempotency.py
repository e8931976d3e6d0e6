"""``Idempotency-Key``: a repeated write is not executed again (draft-ietf-httpapi-idempotency-key-header).

The keys of successful writes are stored with their releases; those of refused writes are kept in memory. Failures that
are not caused by the request, such as a full disk, are not recorded: a repeated request is executed.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import orjson
from starlette.types import Scope

from jwpgraph.http.headers import get_header
from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.requests import WriteRequest, request_of

#: A string of structured fields (RFC 9651, section 3.3.3), or the same without quotes.
_KEY: Final = re.compile(r'(?:"((?:[ !#-\[\]-~]|\\["\\])+)"|([!#-+\--:<-~]+))(?:;.*)?', re.DOTALL)
_LONGEST_KEY: Final = 255
_MOST_RELEASES: Final = 10_000
_MOST_REFUSALS: Final = 1_000
_LONGEST_REFUSAL: Final = 16_384
#: Statuses of refusals that a repeated request would get again: syntax errors and nonconforming data.
FINAL: Final = frozenset({400, 422})
_REPLAYED: Final = {"Idempotency-Replayed": "true"}


class Attempt:
    """One attempt of a write.

    Attributes:
        request: the request, stored with the release.
        release: the number of the release that an earlier attempt published, or ``None``.
        etag: that release's entity tag.
        refusal: the problem with which an earlier attempt was refused, or ``None``.
    """

    def __init__(self, key: str | None = None, fingerprint: str = "") -> None:
        self.request = WriteRequest(id=uuid.uuid4().hex, key=key, fingerprint=fingerprint)
        self.release: int | None = None
        self.etag = ""
        self.refusal: ProblemError | None = None
        #: The problem with which this attempt was refused, if a repeated request would be refused as well.
        self.refused: ProblemError | None = None

    def answered_with(self, status: int, headers: dict[str, str]) -> WriteRequest:
        """Record the response for the case of success and return the request."""
        self.request = self.request.model_copy(update={"status": status, "headers": headers})
        return self.request

    @property
    def headers(self) -> dict[str, str]:
        """The response headers for an earlier attempt that published a release."""
        own = {"X-Release": str(self.release), "ETag": self.etag, "Cache-Control": "no-store"}
        return own | self.request.headers | _REPLAYED


class Attempts:
    """Recorded attempts by idempotency key.

    Args:
        releases: the data directory, in which requests are stored with releases.
    """

    def __init__(self, releases: ReleaseDirectory) -> None:
        self._releases = releases
        self._seen = 0
        self._made: OrderedDict[str, tuple[int, str, WriteRequest]] = OrderedDict()
        self._refused: OrderedDict[str, tuple[str, ProblemError]] = OrderedDict()
        self._in_progress: set[str] = set()
        self._learning = asyncio.Lock()

    @asynccontextmanager
    async def attempt(self, scope: Scope, texts: Iterable[str], files: Iterable[Path] = ()) -> AsyncIterator[Attempt]:
        """Start an attempt of the write in *scope* and record its outcome.

        Args:
            scope: the request.
            texts: further parts of the request that determine the write.
            files: the files of its body.

        Raises:
            ProblemError: ``bad-idempotency-key`` (400), ``idempotency-key-reused`` (422), ``idempotency-key-in-use``
                (409).
        """
        header = get_header(scope, b"idempotency-key")
        if header is None:
            yield Attempt()
            return
        key = hashlib.sha256(_parse_key(header).encode()).hexdigest()
        if key in self._in_progress:
            raise ProblemError(
                "idempotency-key-in-use",
                "A request with this Idempotency-Key is in progress",
                "Wait for its response, or repeat the request later.",
                status=409,
                headers={"Retry-After": "1"},
            )
        self._in_progress.add(key)
        try:
            attempt = Attempt(key, await asyncio.to_thread(_make_fingerprint, scope, list(texts), list(files)))
            await self._recall(key, attempt)
            yield attempt
            if attempt.refused is not None:
                self._keep_refusal(key, attempt)
        except ProblemError as problem:
            if attempt.refused is problem:
                self._keep_refusal(key, attempt)
            raise
        finally:
            self._in_progress.discard(key)

    async def _recall(self, key: str, attempt: Attempt) -> None:
        async with self._learning:
            await asyncio.to_thread(self._learn)
        fingerprint = attempt.request.fingerprint
        if key in self._made:
            attempt.release, attempt.etag, earlier = self._made[key]
            attempt.request = earlier
            same = earlier.fingerprint == fingerprint
        elif key in self._refused:
            earlier_fingerprint, attempt.refusal = self._refused[key]
            same = earlier_fingerprint == fingerprint
        else:
            return
        if not same:
            raise ProblemError(
                "idempotency-key-reused",
                "The Idempotency-Key was used for another request",
                "Use a new key for every request.",
                status=422,
            )

    def _learn(self) -> None:
        """Read the requests of releases published since the last call."""
        published = self._releases.current_number() or 0
        for number in range(max(self._seen, published - _MOST_RELEASES) + 1, published + 1):
            release = self._releases.get_sealed(number)
            request = request_of(release.path)
            if request is not None and request.key is not None:
                self._made[request.key] = number, release.etag, request
        self._seen = published
        while len(self._made) > _MOST_RELEASES:
            self._made.popitem(last=False)

    def _keep_refusal(self, key: str, attempt: Attempt) -> None:
        problem = attempt.refused
        if problem is None or len(orjson.dumps(problem.document(), default=str)) > _LONGEST_REFUSAL:
            return
        self._refused[key] = attempt.request.fingerprint, problem
        while len(self._refused) > _MOST_REFUSALS:
            self._refused.popitem(last=False)


def _parse_key(header: str) -> str:
    match = _KEY.fullmatch(header.strip())
    key = (match[1] or match[2] or "") if match else ""
    if not key or len(key) > _LONGEST_KEY:
        raise ProblemError(
            "bad-idempotency-key",
            "The Idempotency-Key cannot be read",
            f"Send one string of at most {_LONGEST_KEY} characters in quotes, such as a UUID.",
        )
    return key


def _make_fingerprint(scope: Scope, texts: list[str], files: list[Path]) -> str:
    sha = hashlib.sha256()
    parts = [scope["method"], scope["path"], scope["query_string"].decode("latin-1"), *texts]
    for text in parts:
        content = text.encode("utf-8", "surrogatepass")
        sha.update(b"%d:%s" % (len(content), content))
    for path in files:
        with path.open("rb") as file:
            sha.update(hashlib.file_digest(file, "sha256").digest())
    return sha.hexdigest()
