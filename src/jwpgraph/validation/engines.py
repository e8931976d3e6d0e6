"""The two SHACL engines behind one interface (design D5).

``pyshacl`` is the reference and always installed; ``shacl`` is written in Rust, is some forty times faster and has a
wheel for most machines. The store is never handed to pySHACL: on an Oxigraph store it reports conformance of data that
does not conform in three pre-binding tests of W3C's suite, so each engine gets a copy of the triples.
"""

from __future__ import annotations

import importlib.metadata
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal as OneOf

from pyoxigraph import DefaultGraph, Literal, RdfFormat, Store, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.written_literals import AS_STORED, WrittenLiterals
from jwpgraph.validation.report import ValidationReport, read_report

EngineName = OneOf["fast", "reference"]
#: What says nothing of shapes or data.
_NOT_OF_THE_ENGINE = (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError)


def union_as_n_triples(store: Store, written: WrittenLiterals = AS_STORED) -> str:
    """The union of a release as N-Triples, which is what the engines read, with its literals as they were *written*."""
    data = (store.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph()) or b"").decode()
    if not written.forms:
        return data
    instead = {f"{triple} .\n": lines_of(triple, forms) for triple, forms in written.objects(store).items()}
    lines = (f"{line}\n" for line in data.split("\n") if line)
    return "".join(instead.get(line, line) for line in lines)


def lines_of(triple: Triple, objects: Iterable[Literal]) -> str:
    """N-Triples with each of *objects* in place of the triple's own."""
    return "".join(sorted(f"{Triple(triple.subject, triple.predicate, each)} .\n" for each in objects))


def is_fast_engine_installed() -> bool:
    """Whether the Rust engine has a wheel for this machine."""
    try:
        importlib.metadata.version("shacl")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def run_engine(data: str, shapes: ShapesGraph, engine: EngineName | None = None) -> ValidationReport:
    """Validate *data* against *shapes*.

    Args:
        data: N-Triples.
        shapes: the shapes.
        engine: which engine; by default the fast one where it is installed.

    Raises:
        ProblemError: ``bad-shapes`` when the engine cannot use the shapes, ``engine-failed`` when it cannot read the
            data or its report cannot be read, ``engine-missing`` when it is not installed.
    """
    name = _choose_engine(engine)
    run: Callable[[str, str], str] = {"fast": _run_fast_engine, "reference": _run_reference_engine}[name]
    package, version = get_engine_version(name)
    started = time.perf_counter()
    turtle = run(data, shapes.text)
    seconds = time.perf_counter() - started
    try:
        results = read_report(turtle)
    except SyntaxError as error:
        raise _failed(package, f"its report cannot be read: {error}") from None
    return ValidationReport(results, turtle, package, version, seconds)


def get_engine_version(engine: EngineName | None = None) -> tuple[str, str]:
    """The package of an engine and its version, by default of the one that :func:`run_engine` takes."""
    name = _choose_engine(engine)
    if name == "fast" and not is_fast_engine_installed():
        raise ProblemError("engine-missing", "The fast SHACL engine is not installed", "install the package `shacl`")
    package = {"fast": "shacl", "reference": "pyshacl"}[name]
    return package, importlib.metadata.version(package)


def _choose_engine(engine: EngineName | None) -> EngineName:
    return engine or ("fast" if is_fast_engine_installed() else "reference")


def _run_fast_engine(data: str, shapes: str) -> str:
    # No wheel on every machine.
    from jwpgraph.validation import fast_engine  # noqa: PLC0415

    with _faults_of("shacl", shapes=True):
        compiled = fast_engine.read_shapes(shapes)
    with _faults_of("shacl", shapes=False):
        return fast_engine.report_on(data, compiled, shapes)


def _run_reference_engine(data: str, shapes: str) -> str:
    # Takes a third of a second to import.
    from jwpgraph.validation import reference_engine  # noqa: PLC0415

    with _faults_of("pyshacl", shapes=False):
        data_graph = reference_engine.read(data)
    with _faults_of("pyshacl", shapes=True):
        report = reference_engine.report_on(data_graph, reference_engine.read(shapes))
    if isinstance(report, str):
        raise ProblemError("bad-shapes", "The shapes cannot be used", f"pyshacl: {report}", status=500)
    return report.serialize(format="nt")


@contextmanager
def _faults_of(package: str, *, shapes: bool) -> Iterator[None]:
    """Turn whatever an engine lets through into a problem: shapes are anybody's, and no list of its errors is whole.

    A fault in Rust code arrives as an exception that is none of ``Exception``'s.
    """
    try:
        yield
    except _NOT_OF_THE_ENGINE:
        raise
    except BaseException as error:
        reason = str(getattr(error, "message", "") or error) or type(error).__name__
        if shapes:
            raise ProblemError("bad-shapes", "The shapes cannot be used", f"{package}: {reason}", status=500) from None
        raise _failed(package, reason) from None


def _failed(package: str, reason: str) -> ProblemError:
    return ProblemError("engine-failed", "The SHACL engine failed", f"{package}: {reason}", status=500)
