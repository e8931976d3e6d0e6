"""``jwpgraph token``: create, list and revoke access tokens; a running service notices at once."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from jwpgraph.cli.output import Json, console, print_json
from jwpgraph.http.access_tokens import SCOPES, Access, TokenScope
from jwpgraph.settings import load_settings

app = typer.Typer(no_args_is_help=True)


def register(group: typer.Typer) -> None:
    """Add the subgroup of this module to *group*."""
    group.add_typer(app, name="token", help="Create, list and revoke access tokens.")


@app.command(epilog="Example: jwpgraph token create ci --scope update --expires 90d")
def create(
    name: Annotated[str, typer.Argument(help="Name of the token in the audit trail.")],
    scope: Annotated[list[str], typer.Option(help="What it allows: update, validate or admin; can be repeated.")],
    expires: Annotated[str | None, typer.Option(help="Time until it expires: 12h, 90d, 8w.")] = None,
    as_json: Json = False,
) -> None:
    """Create an access token and print it; only its digest is stored."""
    chosen: tuple[TokenScope, ...] = tuple(one for one in SCOPES if one in scope)
    if len(chosen) != len(set(scope)):
        raise typer.BadParameter(f"a scope is one of {', '.join(SCOPES)}")
    end = None if expires is None else datetime.now(UTC).replace(microsecond=0) + _parse_period(expires)
    value = Access.of(load_settings()).create(name, chosen, end)
    if as_json:
        print_json({"name": name, "token": value, "scopes": chosen, "expires": end.isoformat() if end else None})
    else:
        typer.echo(value)


@app.command("list", epilog="Example: jwpgraph token list")
def list_tokens(as_json: Json = False) -> None:
    """List the access tokens by name, with scopes and expiry."""
    tokens = Access.of(load_settings()).read_stored()
    if as_json:
        print_json([token.model_dump(mode="json", exclude={"sha256"}) for token in tokens])
        return
    for token in tokens:
        until = f"until {token.expires:%Y-%m-%d %H:%M} UTC" if token.expires else "without expiry"
        state = " (expired)" if token.has_expired() else ""
        console.print(f"{token.name}: {', '.join(token.scopes)}, {until}{state}", highlight=False, markup=False)


@app.command(epilog="Example: jwpgraph token revoke ci")
def revoke(name: Annotated[str, typer.Argument(help="Name of the token.")]) -> None:
    """Revoke an access token."""
    Access.of(load_settings()).revoke(name)


def _parse_period(text: str) -> timedelta:
    match = re.fullmatch(r"([1-9]\d{0,4})([hdw])", text)
    if match is None:
        raise typer.BadParameter("a period is a number followed by h, d or w, such as 90d")
    return timedelta(hours=int(match[1]) * {"h": 1, "d": 24, "w": 168}[match[2]])
