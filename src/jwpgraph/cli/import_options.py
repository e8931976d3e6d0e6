"""Common options of the import commands, declared once and passed to a command as one object."""

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
    """Options common to all imports of exports."""

    files: Annotated[
        list[Path], typer.Argument(help="Files in known formats, plain or gzip-compressed.", show_default=False)
    ]
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Write Turtle to this file (- for standard output) instead of publishing a release."
        ),
    ] = None
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first rejected row with exit code 1.")] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report only; write nothing.")] = False
    message: Message = ""
    author: Author = None
    as_json: Json = False

    @property
    def to_stdout(self) -> bool:
        """Return whether the Turtle is printed."""
        return self.out == Path("-")

    @property
    def release_message(self) -> str:
        """Return the message for the manifest of the release."""
        return self.message or f"Import {', '.join(path.name for path in self.files)}"

    def check(self) -> None:
        """Check that the options can be combined.

        Raises:
            ProblemError: ``bad-option``.
        """
        if self.to_stdout and self.as_json:
            raise ProblemError(
                "bad-option", "The options cannot be combined", "--json and --out - both print; name a file."
            )


@dataclass
class RegisterOptions(ImportOptions):
    """Options common to the imports of registers."""

    citation: Annotated[
        str, typer.Option("--citation", help="Citation for files that are not registered as sources.")
    ] = ""


@dataclass
class RecordOptions(ImportOptions):
    """Options of the imports of records."""

    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace records even if they were edited after they were imported."),
    ] = False


def with_options(options: type[_O]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that turns a function with *options* as its first parameter into a command.

    The command has the options of the class and the function's other parameters.

    Args:
        options: the class of the options; its fields are typer declarations.
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

    def decorate(run: Callable[..., None]) -> Callable[..., None]:
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

        described: Any = command
        described.__signature__ = inspect.Signature([*shared, *parameters])
        described.__annotations__ = {one.name: one.annotation for one in [*shared, *parameters]}
        del described.__wrapped__
        return command

    return decorate
