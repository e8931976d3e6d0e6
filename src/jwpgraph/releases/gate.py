"""The gate: a candidate is published only if it conforms to the shapes at the configured severity (SHACL, section 3).

This module defines the interface; the engines are in :mod:`jwpgraph.validation`, which depends on this package.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from pyoxigraph import RdfFormat, Store, serialize

from jwpgraph.counts import format_severities
from jwpgraph.problems import ProblemError
from jwpgraph.releases.delta import GraphDifference
from jwpgraph.releases.rdf_files import FOLDER_SUFFIXES, find_rdf_format
from jwpgraph.releases.rdf_parsing import explain_read_error, parse_file
from jwpgraph.releases.release import Conformance
from jwpgraph.releases.shape_names import name_shapes
from jwpgraph.releases.shape_syntax import IllFormedShapeError, check_shapes
from jwpgraph.releases.written_literals import AS_STORED, WrittenLiterals


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """The result of the gate: conformance at its severity, the report as Turtle, and a summary by shape."""

    conformance: Conformance
    report: str
    summary: Sequence[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ParentValidation:
    """The validation of the parent, and the difference of the candidate's union to the parent's.

    Attributes:
        report: path of the parent's report.
        conformance: the conformance of the parent.
        shapes_digest: digest of the shapes it was validated with.
        difference: difference of the unions, with entailments.
    """

    report: Path
    conformance: Conformance
    shapes_digest: str
    difference: GraphDifference


class Gate(Protocol):
    """A function that validates the union of a candidate."""

    def __call__(
        self,
        store: Store,
        shapes: ShapesGraph,
        since: ParentValidation | None = None,
        written: WrittenLiterals = AS_STORED,
        union: Callable[[], Path] | None = None,
    ) -> GateVerdict:
        """Validate the default graph of *store* against *shapes*.

        Args:
            store: the store of the candidate.
            shapes: the shapes graph.
            since: validation of the parent, from which results that cannot have changed may be reused. The verdict
                does not depend on it.
            written: literals in their original lexical form.
            union: writes a file of N-Triples with the triples of the default graph and these literals, for a store that
                may be too large to be held in memory.
        """


@dataclass(frozen=True, slots=True)
class ShapesGraph:
    """The shapes of a folder as one N-Triples graph in which all shapes have IRIs, and a digest of the files."""

    text: str
    digest: str

    @classmethod
    def read(cls, place: Path) -> ShapesGraph:
        """Read a file of RDF, or all of them below a folder, each with its own URI as base IRI.

        The extension tells the format; of a single file with another extension it is Turtle.

        Raises:
            ProblemError: ``bad-shapes`` (500) for an unreadable file, if there is none, or if a path or a list of a
                shape is ill-formed.
        """
        found = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
        paths = [path for path in found if path == place or path.suffix in FOLDER_SUFFIXES]
        if not paths:
            # Without shapes everything conforms: a wrong path must not disable the gate.
            raise ProblemError("bad-shapes", "The shapes cannot be read", f"{place} contains no RDF file", status=500)
        contents = []
        for path in paths:
            try:
                contents.append((path, path.read_bytes()))
            except OSError as error:
                where = f"{path}: {error.strerror}"
                raise ProblemError("bad-shapes", "The shapes cannot be read", where, status=500) from None
        return _parse_shapes(place, tuple(contents))


@lru_cache(maxsize=2)
def _parse_shapes(place: Path, contents: tuple[tuple[Path, bytes], ...]) -> ShapesGraph:
    """Parse the files of *place*; every release is made with the shapes as they are then, mostly the same ones."""
    triples = []
    sha = hashlib.sha256()
    for path, content in contents:
        sha.update(f"{path.relative_to(place).as_posix()}\0{len(content)}\0".encode() + content)
        try:
            form = find_rdf_format(path) or RdfFormat.TURTLE
            triples += [quad.triple for quad in parse_file(path, form, path.resolve().as_uri())]
        except SyntaxError as error:
            line = "" if error.lineno is None else f", line {error.lineno}"
            where = f"{path.name}{line}: {explain_read_error(error.msg)}"
            raise ProblemError("bad-shapes", "The shapes cannot be read", where, status=500) from None
    try:
        check_shapes(triples)
    except IllFormedShapeError as error:
        raise ProblemError("bad-shapes", "The shapes cannot be used", str(error), status=500) from None
    named = name_shapes(triples)
    if named != triples:
        # Results for unnamed shapes of earlier versions cannot be reused for named ones.
        sha.update(b"named")
    return ShapesGraph((serialize(named, format=RdfFormat.N_TRIPLES) or b"").decode(), sha.hexdigest())


class GateRefusedError(ProblemError):
    """The gate refused a change: the candidate does not conform.

    Args:
        detail: the number of results by severity.
        report_path: path of the full report.
        members: extension members: counts, and results grouped by shape.
    """

    def __init__(self, detail: str, report_path: Path, members: Mapping[str, Any]) -> None:
        super().__init__("not-valid", "The change violates the shapes", detail, status=422, exit_code=1, **members)
        self.report_path = report_path

    @classmethod
    def of(cls, verdict: GateVerdict, report_path: Path) -> GateRefusedError:
        """Return the error for a verdict that does not conform."""
        counts = verdict.conformance
        return cls(
            f"{format_severities(counts.violations, counts.warnings, counts.infos)}; nothing was published",
            report_path,
            {
                "violations": counts.violations,
                "warnings": counts.warnings,
                "infos": counts.infos,
                "shapes": list(verdict.summary),
            },
        )
