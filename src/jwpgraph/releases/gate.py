"""The gate: nothing is published that SHACL, at the chosen severity, does not let through.

The engines live in :mod:`jwpgraph.validation`, which depends on this package; here is only what the gate asks of one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from pyoxigraph import RdfFormat, Store, parse, serialize

from jwpgraph.problems import ProblemError
from jwpgraph.releases.delta import GraphDifference
from jwpgraph.releases.release import Conformance
from jwpgraph.releases.shape_names import name_shapes
from jwpgraph.releases.written_literals import AS_STORED, WrittenLiterals


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What the gate found: the conformance at its severity, the report, and a summary by shape for the refusal."""

    conformance: Conformance
    report: str
    summary: Sequence[Mapping[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ParentValidation:
    """What was found of the parent, and how the candidate's union differs from the parent's.

    Attributes:
        report: the file that holds the parent's report.
        conformance: the verdict on the parent.
        shapes_digest: of the shapes that it was validated with.
        difference: of the union, entailments included.
    """

    report: Path
    conformance: Conformance
    shapes_digest: str
    difference: GraphDifference


class Gate(Protocol):
    """Validates the union of a candidate."""

    def __call__(
        self,
        store: Store,
        shapes: ShapesGraph,
        since: ParentValidation | None = None,
        written: WrittenLiterals = AS_STORED,
    ) -> GateVerdict:
        """Validate the default graph of *store* against *shapes*, its literals as they were *written*.

        The verdict is the same with and without *since*, from which a gate may take what cannot have changed.
        """


@dataclass(frozen=True, slots=True)
class ShapesGraph:
    """The shapes of a folder as one graph in N-Triples, all with names, and a digest of the files."""

    text: str
    digest: str

    @classmethod
    def read(cls, place: Path) -> ShapesGraph:
        """The shapes of a Turtle file, or of every one below a folder; relative IRIs are resolved against the file's.

        Raises:
            ProblemError: ``bad-shapes`` naming file and line, or the place where there are none.
        """
        triples = []
        sha = hashlib.sha256()
        paths = [place] if place.is_file() else sorted(path for path in place.rglob("*.ttl") if path.is_file())
        if not paths:
            # Without shapes everything conforms: a path that is wrong must not switch the gate off.
            raise ProblemError("bad-shapes", "The shapes cannot be read", f"{place} holds no Turtle file", status=500)
        for path in paths:
            try:
                content = path.read_bytes()
            except OSError as error:
                where = f"{path}: {error.strerror}"
                raise ProblemError("bad-shapes", "The shapes cannot be read", where, status=500) from None
            sha.update(f"{path.relative_to(place).as_posix()}\0{len(content)}\0".encode() + content)
            try:
                base = path.resolve().as_uri()
                quads = parse(content, format=RdfFormat.TURTLE, base_iri=base, rename_blank_nodes=True)
                triples += [quad.triple for quad in quads]
            except SyntaxError as error:
                where = f"{path.name}, line {error.lineno}: {error.msg}"
                raise ProblemError("bad-shapes", "The shapes cannot be read", where, status=500) from None
        named = name_shapes(triples)
        if named != triples:
            # What was found before shapes got their names is not to be carried on.
            sha.update(b"named")
        return cls((serialize(named, format=RdfFormat.N_TRIPLES) or b"").decode(), sha.hexdigest())


class GateRefusedError(ProblemError):
    """A change that the gate refused.

    Args:
        detail: the counts in words.
        report_path: the file, beside the releases, that holds the full report.
        members: counts, and the results grouped by shape.
    """

    def __init__(self, detail: str, report_path: Path, members: Mapping[str, Any]) -> None:
        super().__init__("not-valid", "The change breaks the shapes", detail, status=422, exit_code=1, **members)
        self.report_path = report_path

    @classmethod
    def of(cls, verdict: GateVerdict, report_path: Path) -> GateRefusedError:
        """The refusal that a verdict means."""
        found = verdict.conformance
        return cls(
            f"{found.violations} violations, {found.warnings} warnings, {found.infos} notes; nothing was published",
            report_path,
            {
                "violations": found.violations,
                "warnings": found.warnings,
                "infos": found.infos,
                "shapes": list(verdict.summary),
            },
        )
