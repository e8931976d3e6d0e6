"""Look for known vulnerabilities of the dependencies; tell "none known" from "could not be audited".

Usage: ``python .ci/audit.py PIP_AUDIT REQUIREMENTS NPM_FOLDER``. pip-audit ends with 0 for packages that its database
does not answer for, and both tools end with 1 for a vulnerability as well as for an error; this script reads their
reports instead.

Exit codes: 0 all packages were audited and none has a known vulnerability; 1 at least one has; 3 at least one package
could not be audited (and no other is known to be vulnerable).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

VULNERABLE = 1
NOT_AUDITED = 3


@dataclass
class Outcome:
    """The findings about some packages.

    Attributes:
        audited: number of packages that an advisory database answered for.
        vulnerable: a line for each known vulnerability.
        unknown: a line for each package, or group of packages, that could not be audited.
    """

    audited: int = 0
    vulnerable: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The exit code for these findings."""
        return VULNERABLE if self.vulnerable else NOT_AUDITED if self.unknown or not self.audited else 0


def read_pip_audit(output: str, fault: str) -> Outcome:
    """Return the findings in pip-audit's JSON report *output*; *fault* is its standard error."""
    outcome = Outcome()
    try:
        dependencies = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        outcome.unknown.append(f"Python packages: {_last_line(fault) or 'pip-audit gave no report'}")
        return outcome
    for one in dependencies:
        if "skip_reason" in one:
            outcome.unknown.append(f"{one['name']}: {one['skip_reason']}")
            continue
        outcome.audited += 1
        for found in one["vulns"]:
            fixed = ", ".join(found.get("fix_versions", ())) or "no version"
            outcome.vulnerable.append(f"{one['name']} {one['version']}: {found['id']}, fixed in {fixed}")
    return outcome


def read_npm_audit(output: str, fault: str) -> Outcome:
    """Return the findings in the JSON report *output* of ``npm audit``; *fault* is its standard error."""
    outcome = Outcome()
    try:
        report: dict[str, Any] = json.loads(output)
        outcome.audited = report["metadata"]["dependencies"]["total"]
        found = report["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        outcome.unknown.append(f"npm packages: {_reason(output) or _last_line(fault) or 'npm gave no report'}")
        return outcome
    for name, one in sorted(found.items()):
        titles = [via["title"] for via in one["via"] if isinstance(via, dict)] or [f"through {', '.join(one['via'])}"]
        outcome.vulnerable += [f"{name} {one['range']}: {title} ({one['severity']})" for title in titles]
    return outcome


def main(pip_audit: str, requirements: str, npm_folder: str) -> int:
    """Audit the Python and the npm packages, print the findings, and return the exit code."""
    python = [pip_audit, "--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    parts = {"Python": read_pip_audit(*_run([*python, "--requirement", requirements]))}
    if shutil.which("npm"):
        # All packages, because those that build the pages become part of them.
        parts["npm"] = read_npm_audit(*_run(["npm", "audit", "--json", "--prefix", npm_folder]))
    else:
        parts["npm"] = Outcome(unknown=["npm packages: npm is not installed"])
    for line in [line for part in parts.values() for line in part.vulnerable]:
        print(f"vulnerable: {line}")
    for line in [line for part in parts.values() for line in part.unknown]:
        print(f"not audited: {line}")
    for name, part in parts.items():
        print(f"{name}: {part.audited} packages audited, {len(part.vulnerable)} known vulnerabilities")
    codes = {part.exit_code for part in parts.values()}
    code = VULNERABLE if VULNERABLE in codes else NOT_AUDITED if NOT_AUDITED in codes else 0
    if NOT_AUDITED in codes:
        print("Not all packages could be audited: no advisory database answered for them.", file=sys.stderr)
    if code == VULNERABLE:
        print("Packages with known vulnerabilities are in use.", file=sys.stderr)
    return code


def _run(command: Sequence[str]) -> tuple[str, str]:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", str(error)
    return ended.stdout, ended.stderr


def _reason(output: str) -> str:
    try:
        return str(json.loads(output)["message"])
    except (ValueError, KeyError, TypeError):
        return ""


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or [""])[-1]


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
