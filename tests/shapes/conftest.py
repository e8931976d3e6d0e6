"""Violating examples of each shape, read from ``broken/*.ttl``, and the two engines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox
import pytest

from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.validation.engines import EngineName, is_fast_engine_installed
from jwpgraph.vocabulary import PREFIXES, SHAPES

ENGINES: list[EngineName] = ["fast", "reference"] if is_fast_engine_installed() else ["reference"]
_HEADER = re.compile(r"^## (?P<shape>\S+) (?P<severity>\S+) (?P<component>\S+)(?: (?P<base>\S+))?$", re.MULTILINE)
_PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())


@dataclass(frozen=True)
class Broken:
    """A small graph whose focus node violates one shape.

    ``number`` distinguishes the examples when all are validated as one graph. ``base`` is the namespace of a shape that
    looks at IRIs; the others use one of no meaning.
    """

    number: int
    where: str
    shape: str
    severity: str
    component: str
    turtle: str
    base: str = "https://example.org/"

    @property
    def namespace(self) -> str:
        return f"{self.base}{self.number}/"

    @property
    def focus(self) -> str:
        return f"<{self.namespace}focus>"

    @property
    def expected(self) -> tuple[str, str, str, str]:
        return f"<{SHAPES}{self.shape}>", self.severity.lower(), self.component, self.focus

    def data(self) -> str:
        """Return the graph in N-Triples."""
        text = f"{_PREFIXES}@prefix : <{self.namespace}> .\n{self.turtle}"
        quads = ox.parse(text, format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
        return "".join(f"{quad.triple} .\n" for quad in quads)


def _blocks() -> Iterator[Broken]:
    number = 0
    for path in sorted((Path(__file__).parent / "broken").glob("*.ttl")):
        text = path.read_text("utf-8")
        headers = list(_HEADER.finditer(text))
        ends = [header.start() for header in headers[1:]] + [len(text)]
        for header, end in zip(headers, ends, strict=True):
            component = f"<{PREFIXES['sh']}{header['component']}ConstraintComponent>"
            body = text[header.end() : end]
            base = header["base"] or Broken.base
            yield Broken(number, path.stem, header["shape"], header["severity"], component, body, base)
            number += 1


BROKEN = tuple(_blocks())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "broken" in metafunc.fixturenames:
        names = [f"{one.where}-{one.shape}-{one.component.rpartition('#')[2][:-20]}-{one.number}" for one in BROKEN]
        metafunc.parametrize("broken", BROKEN, ids=names)
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", ENGINES)


@pytest.fixture(scope="session")
def shapes() -> ShapesGraph:
    """Return the shipped shapes."""
    return ShapesGraph.read(get_shipped_path("shapes"))


@pytest.fixture(scope="session")
def all_broken() -> tuple[Broken, ...]:
    return BROKEN


@pytest.fixture(scope="session")
def shapes_graph(shapes: ShapesGraph) -> ox.Store:
    """Return the shipped shapes as a store, for queries."""
    store = ox.Store()
    store.load(shapes.text.encode(), format=ox.RdfFormat.N_TRIPLES)
    return store
