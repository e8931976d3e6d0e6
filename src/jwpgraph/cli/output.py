"""Output of the commands: tables, JSON, and progress on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

console = Console()
errors = Console(stderr=True)


def print_json(document: Any) -> None:
    """Print a document as indented JSON."""
    sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


_STAGES = {
    "clone": "Cloning the current release",
    "apply": "Applying the change",
    "union": "Merging the graphs",
    "entail": "Deriving entailments",
    "index": "Indexing labels",
    "gate": "Validating",
    "seal": "Writing to disk",
    "publish": "Publishing",
}


@contextmanager
def show_stages() -> Iterator[Callable[[str], None]]:
    """Yield a progress callback for builders: a spinner with the stage, if standard error is a terminal."""
    with errors.status("Waiting for other writers") as status:
        yield lambda stage: status.update(_STAGES.get(stage, stage))
