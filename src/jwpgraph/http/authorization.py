"""Authorization of writes by bearer token (RFC 6750).

HTTP Basic authentication is not supported: browsers send Basic credentials with forms that other sites submit (CSRF).
"""

from __future__ import annotations

from typing import Final

from starlette.types import Scope

from jwpgraph.http.access_tokens import Access, AccessToken, TokenScope
from jwpgraph.http.headers import get_header
from jwpgraph.problems import ProblemError

#: Key of a request's scope under which a list receives the names of the tokens that it used, for the audit trail.
USED_NAMES: Final = "jwpgraph.used_names"


def require_token(scope: Scope, access: Access, wanted: TokenScope) -> None:
    """Raise a problem unless the request carries a token with a scope.

    Args:
        scope: the ASGI scope of the request.
        access: the tokens.
        wanted: the scope that the request needs.

    Raises:
        ProblemError: ``read-only`` (403) if there are no tokens, ``token-missing`` (401), ``token-wrong`` (401),
            ``token-scope`` (403), ``tokens-unreadable`` (500).
    """
    if not access.is_configured():
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
    token = access.find(credentials.strip())
    if token is None or token.has_expired():
        raise ProblemError(
            "token-wrong",
            "The bearer token is wrong",
            f"It expired on {token.expires:%Y-%m-%d}." if token else "",
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="jwpgraph", error="invalid_token"'},
        )
    scope.get(USED_NAMES, []).append(token.name)
    if not token.allows(wanted):
        raise make_scope_problem(token, wanted)


def has_token(scope: Scope, access: Access) -> bool:
    """Return whether the request carries any valid token."""
    scheme, _, credentials = (get_header(scope, b"authorization") or "").partition(" ")
    if scheme.lower() != "bearer":
        return False
    try:
        token = access.find(credentials.strip())
    except ProblemError:
        return False
    return token is not None and not token.has_expired()


def make_scope_problem(token: AccessToken, wanted: TokenScope) -> ProblemError:
    """Return the problem for a token without the scope that a request needs."""
    return ProblemError(
        "token-scope",
        "The bearer token does not allow this",
        f"It allows {', '.join(token.scopes)}; this needs {wanted}.",
        status=403,
        headers={"WWW-Authenticate": f'Bearer realm="jwpgraph", error="insufficient_scope", scope="{wanted}"'},
        scope=wanted,
    )
