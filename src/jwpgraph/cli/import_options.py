"""The options that imports have in common, declared once: a command takes them as one value."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from jwpgraph.cli.load import Author, Message
from jwpgraph.cli.output import Json
from jwpgraph.problems import ProblemError

_O = TypeVar("_O", bound="ImportOptions")


@dataclass
class ImportOptions:
    """What all imports of exports have in common."""

    files: Annotated[list[Path], typer.Argument(help="Files in known formats, plain or .gz.", show_default=False)]
    out: Annotated[
        Path | None, typer.Option("--out", help="Write Turtle to FILE instead of a release; - prints it.")
    ] = None
    strict: Annotated[bool, typer.Option("--strict", help="The first rejected row stops the import; exit code 1.")] = (
        False
    )
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report only.")] = False
    message: Message = ""
    author: Author = None
    as_json: Json = False

    @property
    def to_stdout(self) -> bool:
        """Whether the Turtle is printed."""
        return self.out == Path("-")

    def check(self) -> None:
        """Refuse options that contradict each other.

        Raises:
            ProblemError: ``bad-option``.
        """
        if self.to_stdout and self.as_json:
            raise ProblemError(
                "bad-option", "The options do not go together", "--json and --out - both print; name a file."
            )


@dataclass
class RegisterOptions(ImportOptions):
    """What the imports of registers have in common."""

    citation: Annotated[str, typer.Option("--citation", help="How to cite files that are no registered source.")] = ""


def with_options(options: type[_O]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make a function, whose first parameter is such options, a command that has each of them and its own parameters.

    Args:
        options: the class of the options; its fields say what typer shall show.
    """
    hints = get_type_hints(options, include_extras=True)
    shared = [
        inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if one.default is MISSING else one.default,
            annotation=hints[one.name],
        )
        for one in fields(options)
    ]

    def made(run: Callable[..., None]) -> Callable[..., None]:
        own = get_type_hints(run, include_extras=True)
        parameters = [
            one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=own[one.name])
            for one in list(inspect.signature(run).parameters.values())[1:]
        ]

        @wraps(run)
        def command(**given: Any) -> None:
            chosen = options(**{one.name: given.pop(one.name) for one in shared})
            chosen.check()
            run(chosen, **given)

        told: Any = command
        told.__signature__ = inspect.Signature([*shared, *parameters])
        told.__annotations__ = {one.name: one.annotation for one in [*shared, *parameters]}
        del told.__wrapped__
        return command

    return made
