"""Command group that imports the module of a command only when the command is looked up.

Importing all commands takes over a second of processor time, which every call of one command would pay.
"""

from __future__ import annotations

import importlib
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_group

#: Command or subgroup → its module in ``jwpgraph.cli``, in the order of the help.
_MODULES: Final = {
    "serve": "serve",
    "load": "load",
    "validate": "validate",
    "schedule": "schedule",
    "query": "query",
    "export": "query",
    "align": "align",
    "coverage": "coverage",
    "backup": "backup",
    "restore": "backup",
    "publish": "publish",
    "what-if": "what_if",
    "mcp": "mcp",
    "template": "import_records",
    "check": "checking",
    "import": "import_group",
    "release": "release",
    "token": "token",
}


class LazyGroup(TyperGroup):
    """Group of the commands in ``jwpgraph.cli``; each of its modules registers its commands in ``register``."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Return the names of all commands, whether imported or not."""
        del ctx
        return list(_MODULES)

    def get_command(self, ctx: typer.Context, cmd_name: str) -> Any:  # type: ignore[override]
        """Return a command; ``None`` if there is none of this name."""
        # For an unknown name all are imported, because a similar name is suggested from the imported ones.
        for name in [cmd_name] if cmd_name in _MODULES else _MODULES:
            if name not in self.commands:
                self.commands.update(_import_commands(_MODULES[name]))
        return super().get_command(ctx, cmd_name)


def _import_commands(module: str) -> dict[str, Any]:
    app = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False, add_completion=False)
    importlib.import_module(f"jwpgraph.cli.{module}").register(app)
    return dict(get_group(app).commands)
