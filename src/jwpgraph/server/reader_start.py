"""Starts a reader so that it ends with the writer from its first moment on.

A reader inherits the listening socket. If the writer were killed while the reader loads its modules, which takes
seconds on a busy machine, the reader would keep the port, and the service could not start again.
"""

from __future__ import annotations

import runpy
import sys

from jwpgraph.query_execution.sandbox import die_with_parent


def main(writer: int, module: str) -> None:
    """Run a module as the main program of this process.

    Args:
        writer: process id of the writer; if it has ended, this process exits.
        module: the module.
    """
    die_with_parent(writer)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
