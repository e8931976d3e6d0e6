"""``Idempotency-Key``: a write that is sent again is not done again (draft-ietf-httpapi-idempotency-key-header).

What became a release is remembered as long as the release is kept, by whatever process made it; what was refused, in
memory. Failures that say nothing of the request, such as a full disk, are not remembered: the next try is a first one.
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

#: A structured field's string (RFC 9651, section 3.3.3), or the same without its quotes.
_KEY: Final = re.compile(r'(?:"((?:[ !#-\[\]-~]|\\["\\])+)"|([!#-+\--:<-~]+))(?:;.*)?', re.DOTALL)
_LONGEST_KEY: Final = 255
_MOST_RELEASES: Final = 10_000
_MOST_REFUSALS: Final = 1_000
_LONGEST_REFUSAL: Final = 16_384
_REPLAYED: Final = {"Idempotency-Replayed": "true"}


class Attempt:
    """One write, the first of its key or another.

    Attributes:
        request: what is to be written down with the release.
        release: the number of the release that an earlier attempt became.
        etag: that release's entity tag.
        refusal: why an earlier attempt was refused.
    """

    def __init__(self, key: str | None = None, fingerprint: str = "") -> None:
        self.request = WriteRequest(id=uuid.uuid4().hex, key=key, fingerprint=fingerprint)
        self.release: int | None = None
        self.etag = ""
        self.refusal: ProblemError | None = None
        #: How this attempt ended, if the same request would end so again.
        self.refused: ProblemError | None = None

    def answered_with(self, status: int, headers: dict[str, str]) -> WriteRequest:
        """The request with what it will be answered with, if it becomes a release."""
        self.request = self.request.model_copy(update={"status": status, "headers": headers})
        return self.request

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the answer to an earlier attempt that became a release."""
        own = {"X-Release": str(self.release), "ETag": self.etag, "Cache-Control": "no-store"}
        return own | self.request.headers | _REPLAYED


class Attempts:
    """What keys stand for.

    Args:
        releases: where it is written down what requests became.
    """

    def __init__(self, releases: ReleaseDirectory) -> None:
        self._releases = releases
        self._seen = 0
        self._made: OrderedDict[str, tuple[int, str, WriteRequest]] = OrderedDict()
        self._refused: OrderedDict[str, tuple[str, ProblemError]] = OrderedDict()
        self._under_way: set[str] = set()
        self._learning = asyncio.Lock()

    @asynccontextmanager
    async def attempt(self, scope: Scope, texts: Iterable[str], files: Iterable[Path] = ()) -> AsyncIterator[Attempt]:
        """Makes an attempt at the write that a request asks for.

        Args:
            scope: the request.
            texts: what else than its address and media type decides what is written.
            files: where its body is.

        Raises:
            ProblemError: ``bad-idempotency-key`` (400), ``idempotency-key-reused`` (422), ``idempotency-key-in-use``
                (409).
        """
        given = get_header(scope, b"idempotency-key")
        if given is None:
            yield Attempt()
            return
        key = hashlib.sha256(_key(given).encode()).hexdigest()
        if key in self._under_way:
            raise ProblemError(
                "idempotency-key-in-use",
                "A request with this Idempotency-Key is under way",
                "Wait for its answer, or send the same again a little later.",
                status=409,
                headers={"Retry-After": "1"},
            )
        self._under_way.add(key)
        try:
            attempt = Attempt(key, await asyncio.to_thread(_fingerprint, scope, list(texts), list(files)))
            await self._recall(key, attempt)
            yield attempt
            if attempt.refused is not None:
                self._keep_refusal(key, attempt)
        except ProblemError as problem:
            if attempt.refused is problem:
                self._keep_refusal(key, attempt)
            raise
        finally:
            self._under_way.discard(key)

    async def _recall(self, key: str, attempt: Attempt) -> None:
        async with self._learning:
            await asyncio.to_thread(self._learn)
        fingerprint = attempt.request.fingerprint
        if key in self._made:
            attempt.release, attempt.etag, earlier = self._made[key]
            attempt.request = earlier
            same = earlier.fingerprint == fingerprint
        elif key in self._refused:
            known, attempt.refusal = self._refused[key]
            same = known == fingerprint
        else:
            return
        if not same:
            raise ProblemError(
                "idempotency-key-reused",
                "The Idempotency-Key was used for another request",
                "A key stands for one request; send this one with a key of its own.",
                status=422,
            )

    def _learn(self) -> None:
        """Reads what releases say that were published since."""
        published = self._releases.current_number() or 0
        for number in range(max(self._seen, published - _MOST_RELEASES) + 1, published + 1):
            release = self._releases.sealed(number)
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


def _key(given: str) -> str:
    match = _KEY.fullmatch(given.strip())
    key = (match[1] or match[2] or "") if match else ""
    if not key or len(key) > _LONGEST_KEY:
        raise ProblemError(
            "bad-idempotency-key",
            "The Idempotency-Key cannot be read",
            f"Send one string of at most {_LONGEST_KEY} characters in quotes, such as a UUID.",
        )
    return key


def _fingerprint(scope: Scope, texts: list[str], files: list[Path]) -> str:
    sha = hashlib.sha256()
    asked = [scope["method"], scope["path"], scope["query_string"].decode("latin-1"), *texts]
    for text in asked:
        content = text.encode("utf-8", "surrogatepass")
        sha.update(b"%d:%s" % (len(content), content))
    for path in files:
        with path.open("rb") as file:
            sha.update(hashlib.file_digest(file, "sha256").digest())
    return sha.hexdigest()
