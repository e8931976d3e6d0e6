"""``jwpgraph backup`` and ``jwpgraph restore``: back up and restore a data directory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jwpgraph.cli.output import Json, console, print_json
from jwpgraph.operations.backup import BackupIndex, create_backup, restore_backup
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.settings import load_settings

_BACKUP_EPILOG = """Examples:

    jwpgraph backup /backups/jwpgraph-2026-11-22.tar.zst

    jwpgraph backup --all /backups/everything
"""


def register(app: typer.Typer) -> None:
    """Add the commands of this module to *app*."""
    app.command(epilog=_BACKUP_EPILOG)(backup)
    app.command(epilog="Example: jwpgraph --data-dir new restore /backups/jwpgraph-2026-11-22.tar.zst")(restore)


def backup(
    target: Annotated[Path, typer.Argument(help="New folder, or new file ending in .tar.zst.")],
    every: Annotated[bool, typer.Option("--all", help="Back up all releases, not only the published one.")] = False,
    as_json: Json = False,
) -> None:
    """Back up the published release, its report and the validation history; the service can keep running."""
    index = create_backup(ReleaseDirectory(load_settings().data_dir), target, every=every)
    _print_index(index, f"backed up to {target}", as_json=as_json)


def restore(
    source: Annotated[Path, typer.Argument(help="Backup to restore: a folder or a .tar.zst file.")],
    as_json: Json = False,
) -> None:
    """Restore a backup into a data directory without releases, after verifying all digests.

    Exits with code 1 if the backup is damaged; nothing is restored then.
    """
    settings = load_settings()
    index = restore_backup(source, ReleaseDirectory(settings.data_dir), wait=settings.write_wait)
    _print_index(index, f"restored to {settings.data_dir}", as_json=as_json)


def _print_index(index: BackupIndex, what: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"current": index.current, "releases": index.releases, "files": len(index.files)})
        return
    numbers = ", ".join(str(number) for number in index.releases)
    console.print(
        f"Release {numbers} {what}; {index.current} is published.", highlight=False, soft_wrap=True, markup=False
    )
