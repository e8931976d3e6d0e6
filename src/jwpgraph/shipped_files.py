"""Locations of the shipped files: at the top of a checkout, inside the package of a wheel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from jwpgraph.vocabulary import make_graph_iri

_PACKAGE = Path(__file__).resolve().parent
_WHEEL = _PACKAGE / "shipped"
_CHECKOUT = _PACKAGE.parents[1]


def get_shipped_path(name: str) -> Path:
    """Return the shipped file or folder called *name*, relative to the top of the project (``queries/rules``)."""
    return (_WHEEL if _WHEEL.is_dir() else _CHECKOUT) / name


def list_shipped_sources() -> Iterator[tuple[str, Path]]:
    """Yield each shipped source with the IRI of the named graph that it becomes, in a stable order.

    ``ontology/schemes/themes.ttl`` is ``graph/ontology/schemes/themes``; ``data/ttl/activities.ttl`` is
    ``graph/activities``.
    """
    for folder, prefix in (("ontology", "ontology/"), ("data/ttl", ""), ("mappings", "mappings/")):
        root = get_shipped_path(folder)
        for path in sorted(root.rglob("*.ttl")):
            yield make_graph_iri(prefix + path.relative_to(root).with_suffix("").as_posix()), path
