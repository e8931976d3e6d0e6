"""Putting a builder together from the settings, and the change that publishes what is shipped."""

from __future__ import annotations

import hashlib

from jwpgraph.releases.build import Builder, Progress
from jwpgraph.releases.changes import LoadGraphs, Payload
from jwpgraph.releases.directory import Releases
from jwpgraph.releases.entailment import RuleSet
from jwpgraph.releases.gate import Shapes
from jwpgraph.releases.release import Release
from jwpgraph.settings import Settings
from jwpgraph.shipped_files import shipped, sources
from jwpgraph.taxonomy.period_derivation import ListingPeriods
from jwpgraph.validation.gate import SeverityGate


def shapes_of(settings: Settings) -> Shapes:
    """The shapes that this installation validates with."""
    return Shapes.read(settings.shapes_dir or shipped("shapes"))


def rules_of() -> RuleSet:
    """What this installation derives from what is stated: listing periods, and what the rules yield."""
    return RuleSet.read(shipped("queries/rules"), ListingPeriods())


def builder_of(settings: Settings, progress: Progress = lambda _: None) -> Builder:
    """A builder for the data directory of *settings*.

    Args:
        settings: the knobs.
        progress: hears of each stage as it begins.
    """
    return Builder(
        releases=Releases(settings.data_dir),
        gate=SeverityGate(settings.gate_severity),
        shapes=shapes_of(settings),
        rules=rules_of(),
        wait=settings.write_wait,
        progress=progress,
    )


def publish_shipped(builder: Builder, *, message: str = "Shipped ontology and data") -> Release:
    """Load every shipped source; graphs of other origin stay as they are."""
    return builder.build(shipped_change(), message=message, shipped_digest=shipped_digest())


def shipped_change() -> LoadGraphs:
    """The change that replaces each shipped graph by its file."""
    return LoadGraphs(
        tuple((graph, Payload(path, "text/turtle", base_iri=graph, name=path.name)) for graph, path in sources())
    )


def shipped_digest() -> str:
    """SHA-256 over the shipped sources, which tells whether a release was made from an older version of them."""
    sha = hashlib.sha256()
    for graph, path in sources():
        content = path.read_bytes()
        sha.update(f"{graph}\0{len(content)}\0".encode() + content)
    return sha.hexdigest()
