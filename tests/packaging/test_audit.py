"""The dependency audit tells "none known" from "vulnerable" and from "could not be audited"."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci/audit.py"
SPEC = importlib.util.spec_from_file_location("audit", SCRIPT)
audit = importlib.util.module_from_spec(SPEC)
sys.modules["audit"] = audit
SPEC.loader.exec_module(audit)

CLEAN = {"name": "anyio", "version": "4.0", "vulns": []}
SKIPPED = {"name": "attrs", "skip_reason": "Dependency not found on PyPI and could not be audited: attrs (26.1.0)"}
BAD = {"name": "orjson", "version": "3.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1"], "aliases": []}]}


@pytest.mark.parametrize(
    ("dependencies", "code"),
    [
        ([CLEAN], 0),
        ([CLEAN, SKIPPED], 3),
        ([SKIPPED], 3),
        ([CLEAN, SKIPPED, BAD], 1),
        ([], 3),
    ],
)
def test_python_packages(dependencies, code):
    report = json.dumps({"dependencies": dependencies, "fixes": []})
    assert audit.read_pip_audit(report, "").exit_code == code


def npm(total: int, **vulnerabilities) -> str:
    metadata = {"dependencies": {"prod": 1, "dev": total - 1, "total": total}}
    return json.dumps({"auditReportVersion": 2, "vulnerabilities": vulnerabilities, "metadata": metadata})


def test_npm_packages():
    via = {"title": "Prototype pollution", "severity": "high"}
    bad = {"name": "vite", "severity": "high", "via": [via], "range": "<8"}
    assert audit.read_npm_audit(npm(118), "").exit_code == 0
    assert audit.read_npm_audit(npm(118, vite=bad), "").vulnerable == ["vite <8: Prototype pollution (high)"]
    refused = json.dumps({"message": "405 Method Not Allowed", "error": {"summary": ""}})
    outcome = audit.read_npm_audit(refused, "npm error audit endpoint returned an error")
    assert outcome.exit_code == 3
    assert outcome.unknown == ["npm packages: 405 Method Not Allowed"]
    assert audit.read_npm_audit("", "").exit_code == 3


def test_a_tool_that_fails_is_no_clean_audit(tmp_path):
    broken = tmp_path / "pip-audit"
    broken.write_text("#!/bin/sh\necho 'Failed to resolve the host' >&2\nexit 1\n")
    broken.chmod(0o755)
    command = [sys.executable, str(SCRIPT), str(broken), "requirements.txt", str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env={"PATH": ""})
    assert ended.returncode == 3
    assert "not audited: Python packages: Failed to resolve the host" in ended.stdout
    assert "could be audited" in ended.stderr
