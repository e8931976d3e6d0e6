"""The two SHACL engines behind one interface (design D5).

``pyshacl`` is the reference and always installed; ``shacl`` is written in Rust, is some forty times faster and has a
wheel for most machines. The store is never handed to pySHACL: on an Oxigraph store it reports conformance of data that
does not conform in three pre-binding tests of W3C's suite, so each engine gets a copy of the triples.
"""

from __future__ import annotations

import importlib.metadata
import re
import time
from collections.abc import Callable
from typing import Literal

from pyoxigraph import DefaultGraph, RdfFormat, Store

from jwpgraph.problems import Problem
from jwpgraph.releases.gate import Shapes
from jwpgraph.validation.report import Report, read_report

EngineName = Literal["fast", "reference"]
#: What pySHACL lets through when a shape is not what it expects: a pattern that is none, a value of another kind.
_OF_BAD_SHAPES = (re.error, ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)


def data_of(store: Store) -> str:
    """The union of a release as N-Triples, which is what the engines read."""
    return (store.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph()) or b"").decode()


def fast_engine_installed() -> bool:
    """Whether the Rust engine has a wheel for this machine."""
    try:
        importlib.metadata.version("shacl")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def validate(data: str, shapes: Shapes, engine: EngineName | None = None) -> Report:
    """Validate *data* against *shapes*.

    Args:
        data: N-Triples.
        shapes: the shapes.
        engine: which engine; by default the fast one where it is installed.

    Raises:
        Problem: ``bad-shapes`` when the engine cannot read the shapes, ``engine-missing`` when it is not installed.
    """
    name = _chosen(engine)
    run: Callable[[str, str], str] = {"fast": _fast, "reference": _reference}[name]
    started = time.perf_counter()
    turtle = run(data, shapes.text)
    seconds = time.perf_counter() - started
    return Report(read_report(turtle), turtle, *engine_version(name), seconds)


def engine_version(engine: EngineName | None = None) -> tuple[str, str]:
    """The package of an engine and its version, by default of the one that :func:`validate` takes."""
    name = _chosen(engine)
    if name == "fast" and not fast_engine_installed():
        raise Problem("engine-missing", "The fast SHACL engine is not installed", "install the package `shacl`")
    package = {"fast": "shacl", "reference": "pyshacl"}[name]
    return package, importlib.metadata.version(package)


def _chosen(engine: EngineName | None) -> EngineName:
    return engine or ("fast" if fast_engine_installed() else "reference")


def _fast(data: str, shapes: str) -> str:
    if not fast_engine_installed():
        raise Problem("engine-missing", "The fast SHACL engine is not installed", "install the package `shacl`")
    import shacl  # noqa: PLC0415 - no wheel on every machine

    try:
        compiled = shacl.Shapes.from_text(shapes, format="ntriples")
        return compiled.validate_text(data, format="ntriples").serialize("turtle")
    except ValueError as error:
        raise Problem("bad-shapes", "The shapes cannot be used", str(error), status=500) from None


def _reference(data: str, shapes: str) -> str:
    import pyshacl  # noqa: PLC0415 - takes a third of a second to import
    from pyparsing.exceptions import ParseException  # noqa: PLC0415
    from pyshacl.errors import ReportableRuntimeError  # noqa: PLC0415
    from rdflib import Graph  # noqa: PLC0415

    try:
        _, report, _ = pyshacl.validate(
            Graph().parse(data=data, format="nt"),
            shacl_graph=Graph().parse(data=shapes, format="nt"),
            inference="none",
            advanced=False,
            allow_infos=False,
            allow_warnings=False,
        )
    except (ReportableRuntimeError, ParseException, *_OF_BAD_SHAPES) as error:
        reason = error.message if isinstance(error, ReportableRuntimeError) else str(error) or type(error).__name__
        raise Problem("bad-shapes", "The shapes cannot be used", str(reason), status=500) from None
    if not isinstance(report, Graph):
        raise Problem("bad-shapes", "The shapes cannot be used", str(report), status=500)
    return report.serialize(format="turtle")
