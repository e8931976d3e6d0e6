"""Dumps of releases: made once, the same bytes whenever they are made, gone with their release."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import time
from collections.abc import Iterable
from datetime import timedelta

import pytest
import zstandard
from pyoxigraph import CanonicalizationAlgorithm, Dataset, DefaultGraph, NamedNode, Quad, RdfFormat, parse

from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.releases.dumps import CHECKSUMS, NAMES, DumpDirectory
from jwpgraph.releases.maintenance import prune_releases

LONG = "urn:x:" + 300 * "long/"
DATA = "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> [ <urn:q> 1, 'two'@en ] } GRAPH <urn:h> { <urn:a> <urn:p> 2 } }"
DATA += f"; INSERT DATA {{ GRAPH <{LONG}> {{ <urn:a> <urn:p> 3 }} }}"


def test_the_bytes_are_the_same_when_it_is_made_again(builder: Builder) -> None:
    release = builder.build(SparqlUpdate(DATA))
    dumps = DumpDirectory(builder.releases)
    assert dumps.files(release) == []
    first = dumps.make(release)
    names = [file.name for file in first]
    assert names[: len(NAMES)] == list(NAMES)
    graphs = {file.graph: file.name for file in first if file.name.endswith(".nq.gz") and file.graph}
    assert len(names) == len(NAMES) * (1 + len(graphs))
    assert graphs.keys() == release.manifest.graphs.keys() >= {"urn:g", "urn:h", LONG}
    assert graphs["urn:g"] == "graphs/urn%3Ag.nq.gz"
    folder = dumps.path(release, CHECKSUMS).parent
    assert dumps.make(release) == first
    shutil.rmtree(folder)
    assert dumps.make(release) == first
    lines = gzip.decompress(dumps.path(release, "dump.nq.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 5
    parts = [gzip.decompress(dumps.path(release, name).read_bytes()).decode() for name in graphs.values()]
    assert sorted("".join(parts).splitlines()) == sorted(lines)


def test_all_files_hold_the_same_quads(builder: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jwpgraph.releases.dumps._CHUNK", 2)
    release = builder.build(SparqlUpdate(DATA))
    dumps = DumpDirectory(builder.releases)
    named = [quad for quad in release.open_store() if not isinstance(quad.graph_name, DefaultGraph)]
    expected = to_canonical(named)
    single: dict[tuple[str, str], list[Quad]] = {}
    for file in dumps.make(release):
        packed = dumps.path(release, file.name).read_bytes()
        assert hashlib.sha256(packed).hexdigest() == file.sha256
        text = (
            gzip.decompress(packed)
            if file.coding == "gz"
            else zstandard.ZstdDecompressor().decompressobj().decompress(packed)
        )
        quads = list(parse(text, format=RdfFormat.N_QUADS if file.form == "nq" else RdfFormat.TRIG))
        if file.graph is None:
            assert to_canonical(quads) == expected
        else:
            assert {quad.graph_name for quad in quads} <= {NamedNode(file.graph)}
            single.setdefault((file.form, file.coding), []).extend(quads)
    assert len(single) == len(NAMES)
    assert all(to_canonical(quads) == expected for quads in single.values())


def to_canonical(quads: Iterable[Quad]) -> Dataset:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0_SHA_256)
    return dataset


def test_it_goes_with_its_release(builder: Builder) -> None:
    first = builder.build(SparqlUpdate(DATA))
    second = builder.build(SparqlUpdate("INSERT DATA { <urn:b> <urn:p> 3 }"))
    dumps = DumpDirectory(builder.releases)
    folders = [dumps.path(release, CHECKSUMS).parent for release in (first, second)]
    dumps.make(first), dumps.make(second)
    assert [folder.is_dir() for folder in folders] == [True, True]
    prune_releases(builder.releases, keep=1, older_than=timedelta(0), wait=1)
    assert [folder.is_dir() for folder in folders] == [False, True]


def test_the_remains_of_a_killed_process_are_removed(builder: Builder) -> None:
    release = builder.build(SparqlUpdate("INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> 1 } }"))
    dumps = DumpDirectory(builder.releases)
    left = builder.releases.data_dir / "dumps" / "partial-killed"
    left.mkdir(parents=True)
    (left / "dump.nq.gz").write_bytes(b"part")
    os.utime(left, (time.time() - 120,) * 2)
    dumps.make(release)
    assert [path.name for path in left.parent.iterdir()] == [dumps.path(release, "").name]
