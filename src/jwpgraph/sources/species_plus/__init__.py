"""Species+ and its Checklist of CITES Species: every export that a steward can download, as taxa, names and listings.

One module reads one format; :mod:`.importing` tells them apart by their headers. What they have in common is here too:
identifiers, places, names, listings, and the statements on their way to a sorted file.
"""
