"""A data directory of an earlier version opens, is verified, and takes writes.

``data/version-0.1.tar.zst`` holds two releases that version 0.1 published, before manifests had digests of files, and
before requests and changes of entities were recorded.
"""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
from pathlib import Path

import zstandard
from forked_command import run_command

OLD = Path(__file__).parent / "data" / "version-0.1.tar.zst"
TOKEN = "a-token-for-tests"


def test_a_directory_of_version_0_1_opens(tmp_path: Path, serving_at) -> None:
    folder = tmp_path / "data"
    with tarfile.open(fileobj=io.BytesIO(zstandard.ZstdDecompressor().decompress(OLD.read_bytes(), 2**26))) as archive:
        archive.extractall(folder, filter="data")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = run_command(*arguments, JWPGRAPH_DATA_DIR=str(folder))
        done.check_returncode()
        return done

    with serving_at(folder) as served, served.client(token=TOKEN) as client:
        ready = client.get("/readyz").json()
        assert (ready["status"], ready["release"]) == ("ready", 2)
        label = 'ASK { <urn:a> <http://www.w3.org/2004/02/skos/core#prefLabel> "Saiga"@en ; <urn:p> 1 . <urn:b> ?p 2 }'
        assert client.get("/sparql", params={"query": label}).json()["boolean"] is True
        assert client.get("/validation").status_code == 200
        earlier = client.get("/sparql", params={"query": "ASK { <urn:b> ?p 2 }", "release": "1"})
        assert earlier.json()["boolean"] is False
        written = client.post("/sparql", data={"update": "INSERT DATA { <urn:c> <urn:p> 3 }"})
        assert (written.status_code, written.headers["x-release"]) == (204, "3")
        assert client.get("/sparql", params={"query": label}).json()["boolean"] is True
    run("release", "rollback", "1")
    assert json.loads(run("release", "verify", "--all", "--json").stdout) == [
        {"release": number, "findings": []} for number in (1, 2, 3, 4)
    ]
