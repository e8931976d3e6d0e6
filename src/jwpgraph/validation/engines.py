"""Common interface to the two SHACL engines.

``pyshacl`` is the reference engine and always installed. ``shacl`` is written in Rust, is about forty times faster and
has wheels for most platforms. Each engine gets a copy of the triples: run directly on an Oxigraph store, pySHACL
reports conformance for non-conforming data in three pre-binding tests of the W3C test suite.
"""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal as OneOf

from pyoxigraph import DefaultGraph, Literal, RdfFormat, Store, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.written_literals import AS_STORED, WrittenLiterals
from jwpgraph.validation.report import ValidationReport, read_report

EngineName = OneOf["fast", "reference"]
# Exceptions that say nothing about the shapes or the data.
_PASSED_THROUGH = (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError)


def union_as_n_triples(store: Store, written: WrittenLiterals = AS_STORED) -> str:
    """Return the union of a release as N-Triples, the engines' input, with its literals in their original lexical
    forms.
    """
    data = (store.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph()) or b"").decode()
    if not written.forms:
        return data
    instead = {f"{triple} .\n": list_lines(triple, forms) for triple, forms in written.objects(store).items()}
    lines = (f"{line}\n" for line in data.split("\n") if line)
    return "".join(instead.get(line, line) for line in lines)


def list_lines(triple: Triple, objects: Iterable[Literal]) -> str:
    """Return N-Triples with each of *objects* in place of the object of *triple*."""
    return "".join(sorted(f"{Triple(triple.subject, triple.predicate, each)} .\n" for each in objects))


def is_fast_engine_installed() -> bool:
    """Return whether the Rust engine is installed; it has no wheel for some platforms."""
    try:
        importlib.metadata.version("shacl")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def run_engine(data: str | Path, shapes: ShapesGraph, engine: EngineName | None = None) -> ValidationReport:
    """Validate *data* against *shapes* (SHACL, section 3.4).

    Args:
        data: N-Triples, as text or in a file with the extension ``nt``.
        shapes: the shapes graph.
        engine: the engine to use; default: the fast one if it is installed.

    Returns:
        The validation report.

    Raises:
        ProblemError: ``bad-shapes`` if the engine cannot use the shapes, ``engine-failed`` if it cannot read the
            data or its report is not readable, ``engine-missing`` if it is not installed.
    """
    name = _choose_engine(engine)
    run: Callable[[str | Path, str], str] = {"fast": _run_fast_engine, "reference": _run_reference_engine}[name]
    package, version = get_engine_version(name)
    started = time.perf_counter()
    turtle = run(data, shapes.text)
    seconds = time.perf_counter() - started
    try:
        results = read_report(turtle)
    except SyntaxError as error:
        raise _make_engine_problem(package, f"its report cannot be read: {error}") from None
    return ValidationReport(results, turtle, package, version, seconds)


def get_engine_version(engine: EngineName | None = None) -> tuple[str, str]:
    """Return the package and the version of an engine; default: the engine that :func:`run_engine` uses."""
    name = _choose_engine(engine)
    if name == "fast" and not is_fast_engine_installed():
        raise ProblemError("engine-missing", "The fast SHACL engine is not installed", "install the package `shacl`")
    package = {"fast": "shacl", "reference": "pyshacl"}[name]
    return package, importlib.metadata.version(package)


def _choose_engine(engine: EngineName | None) -> EngineName:
    return engine or ("fast" if is_fast_engine_installed() else "reference")


def _run_fast_engine(data: str | Path, shapes: str) -> str:
    # Imported late: the package has no wheel for some platforms.
    from jwpgraph.validation import fast_engine  # noqa: PLC0415

    with _engine_errors_as_problems("shacl", shapes=True):
        compiled = fast_engine.read_shapes(shapes)
    with _engine_errors_as_problems("shacl", shapes=False):
        return fast_engine.report_on(data, compiled, shapes)


def _run_reference_engine(data: str | Path, shapes: str) -> str:
    # Imported late: the import takes a third of a second.
    from jwpgraph.validation import reference_engine  # noqa: PLC0415

    with _engine_errors_as_problems("pyshacl", shapes=False):
        data_graph = reference_engine.read(data if isinstance(data, str) else data.read_bytes().decode())
    with _engine_errors_as_problems("pyshacl", shapes=True):
        report = reference_engine.report_on(data_graph, reference_engine.read(shapes))
    if isinstance(report, str):
        raise ProblemError("bad-shapes", "The shapes cannot be used", f"pyshacl: {report}", status=500)
    return report.serialize(format="nt")


@contextmanager
def _engine_errors_as_problems(package: str, *, shapes: bool) -> Iterator[None]:
    """Turn any exception of an engine into a problem.

    Shapes may come from anyone and the engines do not document their exceptions. A panic in Rust code arrives as an
    exception that is not derived from ``Exception``.
    """
    try:
        yield
    except _PASSED_THROUGH:
        raise
    except BaseException as error:
        reason = str(getattr(error, "message", "") or error) or type(error).__name__
        # Some queries of shapes are refused only when they are evaluated.
        if shapes or reason.startswith("SPARQL error: "):
            raise ProblemError("bad-shapes", "The shapes cannot be used", f"{package}: {reason}", status=500) from None
        raise _make_engine_problem(package, reason) from None


def _make_engine_problem(package: str, reason: str) -> ProblemError:
    return ProblemError("engine-failed", "The SHACL engine failed", f"{package}: {reason}", status=500)
