"""Access tokens: several at a time, each with a name, scopes and an expiry, of which only digests are stored.

``tokens.json`` in the data directory is read for each request with a token, so that a change needs no restart.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError

from jwpgraph.durable_storage import report_storage_problems, write_durably
from jwpgraph.problems import ProblemError
from jwpgraph.settings import Settings
from jwpgraph.state_files import open_state_file, read_state_file

#: ``update`` writes graphs and records, ``validate`` controls validation, ``admin`` includes both and all else.
TokenScope = Literal["update", "validate", "admin"]
SCOPES: Final[tuple[TokenScope, ...]] = get_args(TokenScope)
FILE: Final = "tokens.json"
#: Name of the token in ``JWPGRAPH_ADMIN_TOKEN``.
ADMIN: Final = "admin"


class AccessToken(BaseModel):
    """A token as it is stored.

    A token has 256 random bits, so that one round of SHA-256 protects it at rest.
    """

    model_config = ConfigDict(frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    scopes: Annotated[tuple[TokenScope, ...], Field(min_length=1)]
    created: AwareDatetime
    expires: AwareDatetime | None = None

    def allows(self, wanted: TokenScope) -> bool:
        """Return whether the token has a scope, or the scope ``admin``, which includes all."""
        return wanted in self.scopes or "admin" in self.scopes

    def has_expired(self) -> bool:
        """Return whether the token is no longer valid."""
        return self.expires is not None and self.expires <= datetime.now(UTC)


_LIST: Final = TypeAdapter(list[AccessToken])


@dataclass(frozen=True, slots=True)
class Access:
    """The tokens of a service.

    Args:
        admin: the token of ``JWPGRAPH_ADMIN_TOKEN``, with all scopes.
        file: the file of further tokens.
    """

    admin: SecretStr | None = None
    file: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> Access:
        """Return the tokens that *settings* name."""
        return cls(settings.admin_token, settings.tokens_file or settings.data_dir / FILE)

    def is_configured(self) -> bool:
        """Return whether there is any token; if not, the service is read-only."""
        return self.admin is not None or bool(self.read_stored())

    def read_stored(self) -> list[AccessToken]:
        """Return the tokens in the file.

        Raises:
            ProblemError: ``tokens-unreadable`` (500).
        """
        try:
            return _LIST.validate_json(read_state_file(self.file)) if self.file else []
        except FileNotFoundError:
            return []
        except (OSError, ValidationError) as error:
            reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
            detail = f"{FILE}: {reason}; restore it, or delete it and create new tokens"
            raise ProblemError("tokens-unreadable", "The file of tokens cannot be read", detail, status=500) from None

    def find(self, credentials: str) -> AccessToken | None:
        """Return the token with these credentials, in constant time, or ``None``.

        Raises:
            ProblemError: ``tokens-unreadable`` (500).
        """
        given = hashlib.sha256(credentials.encode("latin-1", "replace")).hexdigest()
        admin = self._admin()
        if admin is not None and hmac.compare_digest(given, admin.sha256):
            # This token works even if the file is damaged.
            return admin
        found = None
        for token in self.read_stored():
            if hmac.compare_digest(given, token.sha256):
                found = token
        return found

    def list_valid(self) -> list[AccessToken]:
        """Return the tokens that have not expired; of a damaged file none."""
        admin = self._admin()
        try:
            read_stored = self.read_stored()
        except ProblemError:
            read_stored = []
        return [token for token in ([admin] if admin else []) + read_stored if not token.has_expired()]

    def _admin(self) -> AccessToken | None:
        if self.admin is None:
            return None
        digest = hashlib.sha256(self.admin.get_secret_value().encode()).hexdigest()
        return AccessToken(name=ADMIN, sha256=digest, scopes=("admin",), created=datetime.fromtimestamp(0, UTC))

    def create(self, name: str, scopes: tuple[TokenScope, ...], expires: datetime | None) -> str:
        """Store a new token and return it; it cannot be shown again.

        Raises:
            ProblemError: ``bad-parameter`` if the name is taken or malformed; ``no-space``, ``data-dir-not-writable``.
        """
        value = secrets.token_urlsafe(32)
        digest = hashlib.sha256(value.encode()).hexdigest()
        try:
            token = AccessToken(name=name, sha256=digest, scopes=scopes, created=datetime.now(UTC), expires=expires)
        except ValidationError:
            detail = f"{name!r}: use up to 64 letters, digits, hyphens, dots and underscores"
            raise ProblemError("bad-parameter", "The name of the token is malformed", detail) from None
        with self._open_for_change() as tokens:
            if name == ADMIN or any(other.name == name for other in tokens):
                raise ProblemError("bad-parameter", "The name of the token is taken", name)
            tokens.append(token)
        return value

    def revoke(self, name: str) -> None:
        """Delete a token.

        Raises:
            ProblemError: ``no-such-token`` (404), ``no-space``, ``data-dir-not-writable``.
        """
        with self._open_for_change() as tokens:
            kept = [token for token in tokens if token.name != name]
            if len(kept) == len(tokens):
                raise ProblemError("no-such-token", "There is no such token", name, status=404)
            tokens[:] = kept

    @contextmanager
    def _open_for_change(self) -> Iterator[list[AccessToken]]:
        """Yield the stored tokens and replace the file with them."""
        assert self.file is not None  # noqa: S101 - commands have a data directory
        with report_storage_problems(self.file.parent):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            lock_path = self.file.with_name(f"{self.file.name}.lock")
            with os.fdopen(open_state_file(lock_path, os.O_WRONLY | os.O_CREAT), "wb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                tokens = self.read_stored()
                yield tokens
                write_durably(self.file, _LIST.dump_json(tokens, indent=1), mode=0o600)
