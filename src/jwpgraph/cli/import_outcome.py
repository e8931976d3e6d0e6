"""Progress, report and publication of an import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from jwpgraph.cli.load import build_release
from jwpgraph.cli.output import console, errors
from jwpgraph.counts import format_count
from jwpgraph.operations.builder_factory import digest_shipped_sources, make_shipped_change
from jwpgraph.releases.changes import LoadGraphs, Payload
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.union import iter_graph_quads
from jwpgraph.settings import load_settings
from jwpgraph.sources.import_report import ImportReport
from jwpgraph.sources.statements import KnownDataset, ShippedDataset
from jwpgraph.vocabulary import make_graph_iri

#: Maximum number of rejections and notes to print; --json contains all.
_PRINTED: Final = 20


def read_known_beside(graphs: Iterable[str]) -> KnownDataset:
    """Return the published dataset, or the shipped data, without the graphs that an import writes."""
    release = ReleaseDirectory(load_settings().data_dir).current()
    return ShippedDataset(graphs) if release is None else KnownDataset(release.open_store(), graphs)


@contextmanager
def show_progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a progress callback (file name, bytes read, size) with a bar for each file, if standard error is a
    terminal.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with ProgressBar(*columns, console=errors, transient=True, disable=not errors.is_terminal) as bar:
        tasks: dict[str, TaskID] = {}

        def advance(name: str, done: int, size: int) -> None:
            if name not in tasks:
                tasks[name] = bar.add_task(name, total=size)
            bar.update(tasks[name], completed=done, total=size)

        yield advance


@dataclass(frozen=True)
class PublishedImport:
    """The release of an import; none if nothing was to change. For each graph, the statements added and removed."""

    release: int | None
    changes: Mapping[str, tuple[int, int]]

    def document(self) -> dict[str, Any]:
        """Return the outcome as members of a JSON document."""
        changes = {graph: {"added": added, "removed": removed} for graph, (added, removed) in self.changes.items()}
        return {"release": self.release, "changes": changes}


def publish_import(
    graphs: Mapping[str, Payload], *, message: str, author: str | None = None, as_json: bool = False
) -> PublishedImport:
    """Publish graphs in place of their present contents, unless they have these contents already.

    If nothing is published yet, they are published together with the shipped data that they link to.

    Args:
        graphs: the new contents by graph.
        message: message for the manifest.
        author: author for the manifest.
        as_json: whether the caller prints JSON.
    """
    digest = None
    together = dict(graphs)
    release = ReleaseDirectory(load_settings().data_dir).current()
    changes = {} if release is None else _count_changes(release.open_store(), graphs)
    if release is None:
        together = dict(make_shipped_change().graphs) | together
        digest = digest_shipped_sources()
    elif not any(map(any, changes.values())):
        if not as_json:
            console.print("The graph says all of it already, and no release was made.", highlight=False)
        return PublishedImport(None, changes)
    made = build_release(
        LoadGraphs(tuple(together.items())),
        author=author,
        message=message,
        as_json=as_json,
        shipped_digest=digest,
        quiet=as_json,
    )
    if not as_json:
        for graph, (added, removed) in changes.items():
            name, more = graph.removeprefix(make_graph_iri("")), format_count(added, "statement")
            console.print(f"Graph {name}: {more} added, {removed} removed.", highlight=False)
    return PublishedImport(made.number, changes)


def _count_changes(store: Store, graphs: Mapping[str, Payload]) -> dict[str, tuple[int, int]]:
    """Return the numbers of statements to be added to and removed from each graph."""
    found = {}
    for graph, payload in graphs.items():
        name = NamedNode(graph)
        format_ = RdfFormat.from_media_type(payload.media_type)
        there = sum(1 for _ in iter_graph_quads(store, name))
        given = kept = 0
        for triple in parse(path=str(payload.path), format=format_, base_iri=graph):
            given += 1
            # A look-up costs several times as much as reading a statement.
            kept += there > 0 and Quad(triple.subject, triple.predicate, triple.object, name) in store
        found[graph] = (given - kept, there - kept)
    return found


def print_report(files: Sequence[Path], report: ImportReport, where: Console = console) -> None:
    """Print the outcome of the rows, and the first reasons for rejected and skipped rows."""
    lines = [
        f"{', '.join(path.name for path in files)}: {format_count(report.read, 'row')} read, "
        f"{report.imported} imported, "
        f"{report.rejected} rejected in whole or in part, {sum(report.skipped.values())} skipped."
    ]
    lines += _print_some([rejection.sentence() for rejection in report.rejections], "rejected")
    lines += _print_some([f"{count} skipped: {reason}" for reason, count in sorted(report.skipped.items())], "reasons")
    lines += _print_some(report.notes, "notes")
    where.print("\n".join(lines), highlight=False, soft_wrap=True, markup=False)


def _print_some(sentences: Sequence[str], what: str) -> list[str]:
    more = len(sentences) - _PRINTED
    return [f"  {one}" for one in sentences[:_PRINTED]] + (
        [f"  … and {more} more {what}; --json lists all"] if more > 0 else []
    )


def summarise_import(name: str, files: Sequence[Path], report: ImportReport) -> dict[str, Any]:
    """Return the outcome of the rows as a JSON document."""
    return {
        "importer": name,
        "files": [path.name for path in files],
        "rows": {
            "read": report.read,
            "imported": report.imported,
            "rejected": report.rejected,
            "passed_over": sum(report.skipped.values()),
        },
        "passed_over": dict(sorted(report.skipped.items())),
        "rejections": [asdict(rejection) for rejection in report.rejections],
        "notes": report.notes,
        "strict": report.strict,
    }
