"""Authorization of writes by bearer token (RFC 6750).

HTTP Basic authentication is not supported: browsers send Basic credentials with forms that other sites submit (CSRF).
"""

from __future__ import annotations

import hmac

from pydantic import SecretStr
from starlette.types import Scope

from jwpgraph.http.headers import get_header
from jwpgraph.problems import ProblemError


def require_token(scope: Scope, token: SecretStr | None) -> None:
    """Raise a problem unless the request carries the administration token.

    Args:
        scope: the ASGI scope of the request.
        token: the expected token; ``None`` if the service is read-only.

    Raises:
        ProblemError: ``read-only`` (403) if no token is configured, ``token-missing`` (401), ``token-wrong``
            (401).
    """
    if token is None:
        raise ProblemError(
            "read-only",
            "This service is read-only",
            "Writing is disabled here.",
            status=403,
        )
    scheme, _, credentials = (get_header(scope, b"authorization") or "").partition(" ")
    if scheme.lower() != "bearer":
        raise ProblemError(
            "token-missing",
            "A bearer token is required",
            "Send it as 'Authorization: Bearer <token>'.",
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="jwpgraph"'},
        )
    if not hmac.compare_digest(credentials.strip().encode("latin-1"), token.get_secret_value().encode()):
        raise ProblemError(
            "token-wrong",
            "The bearer token is wrong",
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="jwpgraph", error="invalid_token"'},
        )
