"""Who may write: the bearer token (RFC 6750).

HTTP Basic is not taken: a browser would send it along with a form that another site posts.
"""

from __future__ import annotations

import hmac

from pydantic import SecretStr
from starlette.types import Scope

from jwpgraph.http.headers import get_header
from jwpgraph.problems import ProblemError


def require_token(scope: Scope, token: SecretStr | None) -> None:
    """Let the request of *scope* pass when it carries *token*.

    Raises:
        ProblemError: ``read-only`` (403) when there is no token to carry, ``token-missing`` (401), ``token-wrong``
            (401).
    """
    if token is None:
        raise ProblemError(
            "read-only",
            "This service is read-only",
            "Writing is switched on with JWPGRAPH_ADMIN_TOKEN.",
            status=403,
        )
    scheme, _, credentials = (get_header(scope, b"authorization") or "").partition(" ")
    if scheme.lower() != "bearer":
        raise ProblemError(
            "token-missing",
            "This needs the bearer token",
            "Send it as 'Authorization: Bearer <token>'.",
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="jwpgraph"'},
        )
    if not hmac.compare_digest(credentials.strip().encode("latin-1"), token.get_secret_value().encode()):
        raise ProblemError(
            "token-wrong",
            "The bearer token is not the right one",
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="jwpgraph", error="invalid_token"'},
        )
