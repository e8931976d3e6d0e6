"""``jwpgraph import species-plus``: exports of Species+ and of the Checklist of CITES Species."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from pyoxigraph import Triple

from jwpgraph.cli.import_options import ImportOptions, with_options
from jwpgraph.cli.import_outcome import (
    PublishedImport,
    print_report,
    publish_import,
    read_known_beside,
    show_progress_bars,
    summarise_import,
)
from jwpgraph.cli.output import Json, console, errors, print_json
from jwpgraph.cli.output_files import make_output_folder, write_file_atomically, write_files_atomically
from jwpgraph.counts import format_count
from jwpgraph.http.csv_tables import to_csv
from jwpgraph.problems import ProblemError
from jwpgraph.producers.species_collection import collect_species
from jwpgraph.releases.changes import Payload
from jwpgraph.shipped_files import list_shipped_sources
from jwpgraph.sources.species_plus.evidence import add_levels
from jwpgraph.sources.species_plus.importer import SpeciesImportOptions, detect_formats, import_files
from jwpgraph.sources.species_plus.sorted_statements import SortedStatements, choose_prefixes, group_by_subject
from jwpgraph.sources.statements import make_slug
from jwpgraph.sources.turtle_writer import write_grouped_turtle, write_turtle
from jwpgraph.temporary_folders import make_temporary_folder
from jwpgraph.vocabulary import make_graph_iri

_KINDS: Final = (
    "appendix",
    "common-name/cites",
    "common-name/cms",
    "country",
    "distribution/cites",
    "distribution/cms",
    "distribution-status",
    "evidence-level",
    "historic-area",
    "instrument",
    "listing-change-type",
    "listing-event/cites",
    "listing-event/cms",
    "name-status",
    "name-usage/cites",
    "name-usage/cms",
    "source",
    "standard-reference/cites",
    "standard-reference/cms",
    "taxon/cites",
    "taxon/cms",
    "taxon-name",
    "taxon-rank",
    "taxonomy",
    "trade-restriction/cites",
)
_EPILOG: Final = """Exit codes: 0 imported (rejected rows are listed), 1 refused (--strict, nothing to import, or the
release gate), 2 error.

Examples:

    jwpgraph import species-plus Index_of_CITES_Species_2017-04-21.csv.gz

    jwpgraph import species-plus animalia_taxa.csv CMS_legislation.csv --strict --dry-run --json

    jwpgraph import species-plus cms_listings.csv --date 2026-03-01 --only Felidae --out cats.ttl
"""

_COLLECTION_EPILOG: Final = """Example:

    jwpgraph import species-collection ../data --out data/ttl/species --offered data/curated/offered.csv
"""
_COLLECTION_HEADER: Final = """Species that CMS lists or the programme names, as Species+ and the Index have them.
Made from their exports and data/curated/later-listings.csv, and to be made again, with:

    jwpgraph import species-collection FOLDER --out data/ttl/species --offered data/curated/offered.csv"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module to *app*."""
    app.command("species-plus", epilog=_EPILOG)(species_plus)
    app.command("species-collection", epilog=_COLLECTION_EPILOG)(species_collection)


@with_options(ImportOptions)
def species_plus(
    options: ImportOptions,
    graph: Annotated[str | None, typer.Option(help="Name of the graph; default: species-plus/<formats>.")] = None,
    date: Annotated[str | None, typer.Option(help="Date of the export (YYYY-MM-DD), if not in the file name.")] = None,
    source: Annotated[str | None, typer.Option(help="Slug of the source to cite; default: format and day.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Import only this taxon (scientific name) and lower taxa; repeatable.")
    ] = None,
    annotations: Annotated[
        bool, typer.Option("--annotations/--no-annotations", help="Import the text of annotations.")
    ] = False,
) -> None:
    """Import taxa, names, distributions and listings from exports of Species+ or the Checklist.

    The format of each file is recognised by its header. Invalid rows are rejected with line, column and reason.
    """
    if source and make_slug(source) != source:
        raise ProblemError("bad-option", "Not a slug", f"--source {source}: write it as {make_slug(source)}.")
    if graph and make_graph_iri(graph) in {shipped for shipped, _ in list_shipped_sources()}:
        raise ProblemError(
            "bad-option", "The graph is one of the shipped data", f"--graph {graph}: the import would replace it."
        )
    files = options.files
    formats = detect_formats(files)
    named = make_graph_iri(graph or "species-plus/" + "+".join(dict.fromkeys(formats.values())))
    how = SpeciesImportOptions(options.strict, annotations, date, source, frozenset(only or ()))
    published = PublishedImport(None, {})
    with SortedStatements() as statements:
        with show_progress_bars() as progress:
            report = import_files(files, statements, how, progress, read_known_beside([named])).report
        if not options.as_json:
            print_report(files, report, errors if options.to_stdout else console)
        if not report.imported:
            raise ProblemError("nothing-imported", "No row could be imported", "nothing was written", exit_code=1)
        with make_temporary_folder() as folder:
            if options.out is not None and not options.dry_run:
                _write_turtle(statements, options.out, files, formats)
            path = Path(folder) / "import.nt"
            triples = _write_ntriples(statements, path)
            if options.out is None and not options.dry_run:
                name = ", ".join(file.name for file in files)
                payload = Payload(path, "application/n-triples", base_iri=named, name=name)
                published = publish_import(
                    {named: payload}, message=options.release_message, author=options.author, as_json=options.as_json
                )
    written = str(options.out) if options.out is not None and not options.dry_run else None
    if options.as_json:
        details = {"formats": formats, "graph": named, "triples": triples, "dry_run": options.dry_run}
        summary = summarise_import("species-plus", files, report) | details
        print_json(summary | {"written": written} | published.document())
    elif written and not options.to_stdout:
        console.print(
            f"{format_count(triples, 'triple')} written to {written}.", highlight=False, soft_wrap=True, markup=False
        )


def species_collection(
    folder: Annotated[
        Path, typer.Argument(help="Folder of the exports, searched recursively.", file_okay=False, exists=True)
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder for the Turtle files.", file_okay=False)],
    offered: Annotated[
        Path | None, typer.Option(help="Write a CSV file of fields in the exports that are not shipped.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first rejected row.")] = False,
    as_json: Json = False,
) -> None:
    """Generate the shipped species from exports: all taxa listed by CMS, the species groups, and their counterparts."""
    found = collect_species(folder, strict=strict)
    make_output_folder(out)
    texts = ((f"{name}.ttl", _render_collection_file(triples)) for name, triples in found.files.items())
    write_files_atomically(texts, out, [])
    for path in out.glob("*.ttl"):
        if path.stem not in found.files:
            path.unlink()
    if offered:
        rows = (
            (taxonomy, taxon, " ".join(sorted(fields)))
            for iri, fields in found.left_out.items()
            for taxonomy, taxon in [iri.rsplit("/", 2)[1:]]
        )
        write_file_atomically(to_csv(("taxonomy", "taxon", "left_out"), rows).replace("\r\n", "\n"), offered, [])
    sizes = {name: len(triples) for name, triples in found.files.items()}
    if as_json:
        print_json(summarise_import("species-collection", [], found.report) | {"files": sizes})
    else:
        print_report([folder], found.report)
        console.print(
            f"{format_count(sum(sizes.values()), 'triple')} in {format_count(len(sizes), 'file')} of {out}.",
            highlight=False,
        )


def _render_collection_file(triples: Iterable[Triple]) -> str:
    turtle = io.StringIO()
    write_turtle(triples, turtle, header=_COLLECTION_HEADER, prefixes=choose_prefixes(_KINDS))
    return turtle.getvalue()


def _write_turtle(statements: SortedStatements, out: Path, files: Sequence[Path], formats: Mapping[str, str]) -> None:
    names = ", ".join(f"{name} ({form})" for name, form in formats.items())
    header = f"Made with: jwpgraph import species-plus\nFrom: {names}"
    grouped = group_by_subject(add_levels(statements.ntriples()))
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as turtle:
        write_grouped_turtle(grouped, turtle, header=header, prefixes=choose_prefixes(_KINDS))
        turtle.seek(0)
        if out == Path("-"):
            for line in turtle:
                typer.echo(line, nl=False)
        else:
            write_file_atomically(turtle, out, files)


def _write_ntriples(statements: SortedStatements, path: Path) -> int:
    triples = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for line in add_levels(statements.ntriples()):
            file.write(line)
            triples += 1
    return triples
