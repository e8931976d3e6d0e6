"""Putting a builder together from the settings, and the change that publishes what is shipped."""

from __future__ import annotations

import hashlib

from jwpgraph.releases.builder import Builder, BuildProgress
from jwpgraph.releases.changes import LoadGraphs, Payload
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.entailment import RuleSet
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.release import Release
from jwpgraph.settings import Settings
from jwpgraph.shipped_files import list_shipped_sources, shipped_path
from jwpgraph.taxonomy.period_derivation import ListingPeriods
from jwpgraph.validation.severity_gate import SeverityGate


def load_shapes(settings: Settings) -> ShapesGraph:
    """The shapes that this installation validates with."""
    return ShapesGraph.read(settings.shapes_dir or shipped_path("shapes"))


def rules_of() -> RuleSet:
    """What this installation derives from what is stated: listing periods, and what the rules yield."""
    return RuleSet.read(shipped_path("queries/rules"), ListingPeriods())


def make_builder(settings: Settings, progress: BuildProgress = lambda _: None) -> Builder:
    """A builder for the data directory of *settings*.

    Args:
        settings: the knobs.
        progress: hears of each stage as it begins.
    """
    return Builder(
        releases=ReleaseDirectory(settings.data_dir),
        gate=SeverityGate(settings.gate_severity),
        shapes=load_shapes(settings),
        rules=rules_of(),
        wait=settings.write_wait,
        progress=progress,
    )


def publish_shipped(builder: Builder, *, message: str = "Shipped ontology and data") -> Release:
    """Load every shipped source; graphs of other origin stay as they are."""
    return builder.build(make_shipped_change(), message=message, shipped_digest=digest_shipped_sources())


def make_shipped_change() -> LoadGraphs:
    """The change that replaces each shipped graph by its file."""
    return LoadGraphs(
        tuple(
            (graph, Payload(path, "text/turtle", base_iri=graph, name=path.name))
            for graph, path in list_shipped_sources()
        )
    )


def digest_shipped_sources() -> str:
    """SHA-256 over the shipped sources, which tells whether a release was made from an older version of them."""
    sha = hashlib.sha256()
    for graph, path in list_shipped_sources():
        content = path.read_bytes()
        sha.update(f"{graph}\0{len(content)}\0".encode() + content)
    return sha.hexdigest()
