"""Dumps of releases: made once, the same bytes whenever they are made, gone with their release."""

from __future__ import annotations

import gzip
import shutil
from datetime import timedelta

from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.releases.dumps import CHECKSUMS, NAMES, DumpDirectory
from jwpgraph.releases.maintenance import prune_releases

DATA = "INSERT DATA { GRAPH <urn:g> { <urn:a> <urn:p> [ <urn:q> 1, 'two'@en ] } GRAPH <urn:h> { <urn:a> <urn:p> 2 } }"


def test_the_bytes_are_the_same_when_it_is_made_again(builder: Builder) -> None:
    release = builder.build(SparqlUpdate(DATA))
    dumps = DumpDirectory(builder.releases)
    assert dumps.files(release) == []
    first = dumps.make(release)
    assert [file.name for file in first] == list(NAMES)
    folder = dumps.path(release, CHECKSUMS).parent
    assert dumps.make(release) == first
    shutil.rmtree(folder)
    assert dumps.make(release) == first
    lines = gzip.decompress(dumps.path(release, "dump.nq.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 4
    assert all("<urn:g> ." in line or "<urn:h> ." in line for line in lines)


def test_it_goes_with_its_release(builder: Builder) -> None:
    first = builder.build(SparqlUpdate(DATA))
    second = builder.build(SparqlUpdate("INSERT DATA { <urn:b> <urn:p> 3 }"))
    dumps = DumpDirectory(builder.releases)
    folders = [dumps.path(release, CHECKSUMS).parent for release in (first, second)]
    dumps.make(first), dumps.make(second)
    assert [folder.is_dir() for folder in folders] == [True, True]
    prune_releases(builder.releases, keep=1, older_than=timedelta(0), wait=1)
    assert [folder.is_dir() for folder in folders] == [False, True]
