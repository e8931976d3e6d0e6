"""Names of the stores in the folder of a release.

Apart from :mod:`.release`, as query workers need nothing else of it, and its models take as long to import as the rest.
"""

from __future__ import annotations

from typing import Final

STORE: Final = "store"
#: The store without entailments.
ASSERTED: Final = "asserted"
