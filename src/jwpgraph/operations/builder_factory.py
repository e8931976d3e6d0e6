"""Construction of a builder from the settings, and publication of the shipped data."""

from __future__ import annotations

import hashlib

from jwpgraph.releases.builder import Builder, BuildProgress
from jwpgraph.releases.changes import LoadGraphs, Payload
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.release import Release
from jwpgraph.releases.rules import RuleSet
from jwpgraph.settings import Settings
from jwpgraph.shipped_files import get_shipped_path, list_shipped_sources
from jwpgraph.taxonomy.period_derivation import ListingPeriods
from jwpgraph.validation.severity_gate import SeverityGate


def load_shapes(settings: Settings) -> ShapesGraph:
    """Return the configured shapes (``JWPGRAPH_SHAPES_DIR``), by default the shipped ones."""
    return ShapesGraph.read(settings.shapes_dir or get_shipped_path("shapes"))


def read_rules() -> RuleSet:
    """Return the entailment rules and the derivation of listing periods."""
    return RuleSet.read(get_shipped_path("queries/rules"), ListingPeriods())


def make_builder(settings: Settings, progress: BuildProgress = lambda _: None) -> Builder:
    """Return a builder for the data directory of *settings*.

    Args:
        settings: the settings.
        progress: called with the name of each stage as it begins.
    """
    return Builder(
        releases=ReleaseDirectory(settings.data_dir),
        gate=SeverityGate(settings.gate_severity),
        shapes=load_shapes(settings),
        rules=read_rules(),
        wait=settings.write_wait,
        progress=progress,
    )


def publish_shipped(builder: Builder, *, message: str = "Shipped ontology and data") -> Release:
    """Publish a release with all shipped sources; other graphs are kept."""
    return builder.build(make_shipped_change(), message=message, shipped_digest=digest_shipped_sources())


def make_shipped_change() -> LoadGraphs:
    """Return the change that loads all shipped sources into their graphs."""
    return LoadGraphs(
        tuple(
            (graph, Payload(path, "text/turtle", base_iri=graph, name=path.name))
            for graph, path in list_shipped_sources()
        )
    )


def digest_shipped_sources() -> str:
    """Return the SHA-256 digest of the shipped sources, to detect releases made from other versions of them."""
    sha = hashlib.sha256()
    for graph, path in list_shipped_sources():
        content = path.read_bytes()
        sha.update(f"{graph}\0{len(content)}\0".encode() + content)
    return sha.hexdigest()
