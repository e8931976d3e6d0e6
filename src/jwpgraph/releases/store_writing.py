"""Addition of quads to a store: a transaction for a few, the bulk loader for many.

The bulk loader writes new files and is faster for many quads, but it reserves 200 MB however few it is given, which the
memory limit of an update (``JWPGRAPH_UPDATE_MEMORY_MB``) need not leave.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from pyoxigraph import Quad, Store

#: Number of quads from which the bulk loader is used.
MANY: Final = 40_000


def add_quads(store: Store, quads: Iterator[Quad]) -> bool:
    """Add *quads*, which may repeat; return whether there are any.

    Args:
        store: the store.
        quads: the quads; read once, and at most :data:`MANY` of them are held at a time.
    """
    few = list(islice(quads, MANY))
    if len(few) < MANY:
        store.extend(few)
    else:
        store.bulk_extend(chain(few, quads))
    return bool(few)
