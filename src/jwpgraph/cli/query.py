"""``jwpgraph query`` and ``jwpgraph export``: read a release without the service."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, BinaryIO, TypeVar

import typer
from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
)
from rich.table import Table

from jwpgraph.cli.output import console
from jwpgraph.cli.report_options import OutputFile, ReleaseNumber
from jwpgraph.problems import ProblemError
from jwpgraph.query_execution.format_limits import report_inexpressible, write_statements
from jwpgraph.query_execution.query_dataset import ReleaseDatasets
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.maintenance import require_release
from jwpgraph.releases.union import list_asserted_graphs
from jwpgraph.settings import load_settings
from jwpgraph.sparql_syntax.engine_text import adapt_query
from jwpgraph.sparql_syntax.guard import inspect_text, require_query
from jwpgraph.sparql_syntax.syntax_errors import explain_evaluation_error, explain_syntax_error, is_unknown_function
from jwpgraph.vocabulary import ENTAILED_GRAPH, PREFIXES

_SOLUTIONS = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
}
_RDF = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "rdf": RdfFormat.RDF_XML,
    "jsonld": RdfFormat.JSON_LD,
}

_QUERY_EPILOG = """The project's prefixes need not be declared.

Examples:

    jwpgraph query "SELECT (COUNT(*) AS ?n) { ?a a jwp:Activity }"

    jwpgraph query --file queries/competency/cq03-activities-with-mikes.rq --format csv
"""

F = TypeVar("F")

_EXPORT_EPILOG = """Examples:

    jwpgraph export --format trig --out dataset.trig

    jwpgraph export --graph https://w3id.org/jwpgraph/graph/activities
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module to *app*."""
    app.command(epilog=_QUERY_EPILOG)(query)
    app.command(epilog=_EXPORT_EPILOG)(export)


def query(
    text: Annotated[str | None, typer.Argument(help="Query text; - reads it from standard input.")] = None,
    file: Annotated[Path | None, typer.Option("--file", "-f", help="Read the query from a file.")] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format", help=f"table, {', '.join(_SOLUTIONS)}; for CONSTRUCT and DESCRIBE: {', '.join(_RDF)}."
        ),
    ] = "table",
    release: ReleaseNumber = None,
) -> None:
    """Run a SPARQL query on the published release."""
    settings = load_settings()
    asked = _read_query_text(text, file)
    require_query(inspect_text(asked, settings))
    chosen = require_release(ReleaseDirectory(settings.data_dir), release)
    datasets = ReleaseDatasets(chosen.open_store(), chosen.asserted_path)
    store, dataset = datasets.select(asked, None, None, entailment=True)
    try:
        text = adapt_query(asked, lambda: datasets.name_graphs(asked, dataset), prefixes=PREFIXES)
        results = store.query(text, prefixes=PREFIXES, **dataset)
    except SyntaxError as error:
        fault = explain_syntax_error(str(error), asked, prefixes=PREFIXES)
        raise ProblemError("query-syntax", "The query cannot be read", fault.detail) from None
    except RuntimeError as error:
        if not is_unknown_function(str(error)):
            raise
        fault = explain_evaluation_error(str(error), asked)
        raise ProblemError("query-failed", "The query could not be evaluated", fault.detail) from None
    match results:
        case QuerySolutions():
            _print_solutions(results, form)
        case QueryBoolean():
            _print_boolean(results, form)
        case QueryTriples():
            with report_inexpressible():
                write_statements(results, sys.stdout.buffer, _find_format(_RDF, "ttl" if form == "table" else form))


def _read_query_text(text: str | None, file: Path | None) -> str:
    if (text is None) == (file is None):
        raise typer.BadParameter("give either a query or --file")
    if text == "-":
        return sys.stdin.read()
    if text is not None:
        return text
    try:
        return Path(str(file)).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError("no-such-file", "The query cannot be read", f"{file}: {error}") from None


def _print_solutions(results: QuerySolutions, form: str) -> None:
    if form != "table":
        results.serialize(sys.stdout.buffer, format=_find_format(_SOLUTIONS, form))
        return
    names = [variable.value for variable in results.variables]
    table = Table(*names)
    for solution in results:
        table.add_row(*("" if solution[name] is None else _shorten_term(str(solution[name])) for name in names))
    console.print(table, markup=False)


def _print_boolean(results: QueryBoolean, form: str) -> None:
    if form == "table":
        typer.echo("true" if results else "false")
    else:
        results.serialize(sys.stdout.buffer, format=_find_format(_SOLUTIONS, form))


def _shorten_term(term: str) -> str:
    for prefix, namespace in PREFIXES.items():
        if term.startswith("<" + namespace):
            return f"{prefix}:{term[len(namespace) + 1 : -1]}"
    return term


def export(
    graph: Annotated[list[str] | None, typer.Option("--graph", help="Export only this graph; repeatable.")] = None,
    form: Annotated[str, typer.Option("--format", help=", ".join(_RDF))] = "nq",
    out: OutputFile = None,
    entailed: Annotated[bool, typer.Option("--entailed", help="Include the entailed graph.")] = False,
    release: ReleaseNumber = None,
) -> None:
    """Export a release, or some of its graphs, as RDF."""
    settings = load_settings()
    chosen_release = require_release(ReleaseDirectory(settings.data_dir), release)
    chosen_release.check()
    store = chosen_release.open_store()
    known = [name.value for name in list_asserted_graphs(store)]
    chosen = list(graph or known) + ([ENTAILED_GRAPH] if entailed else [])
    for name in chosen:
        if name not in known and name != ENTAILED_GRAPH:
            raise ProblemError("no-such-graph", "There is no such graph", name, status=404)
    target = _find_format(_RDF, form)
    if out is None:
        _write_export(store, chosen, target, sys.stdout.buffer)
    else:
        try:
            with out.open("wb") as file:
                _write_export(store, chosen, target, file)
        except OSError as error:
            raise ProblemError("cannot-write", "The file cannot be written", f"{out}: {error.strerror}") from None


def _write_export(store: Store, graphs: list[str], form: RdfFormat, out: BinaryIO) -> None:
    quads = (quad for name in graphs for quad in store.quads_for_pattern(None, None, None, NamedNode(name)))
    with report_inexpressible():
        write_statements(
            quads if form.supports_datasets else (quad.triple for quad in quads), out, form, prefixes=PREFIXES
        )


def _find_format(formats: dict[str, F], name: str) -> F:
    try:
        return formats[name]
    except KeyError:
        raise typer.BadParameter(f"the format is one of {', '.join(formats)}") from None
