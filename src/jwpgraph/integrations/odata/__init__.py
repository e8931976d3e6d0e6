"""The graph as an OData service with the entity sets of InforMEA's toolkit.

Versions 2 and 3 of OData (JSON verbose, Atom) are the default, version 4 is available on request. ``docs/odata.md``
describes the entity sets and the implemented parts of the specifications.
"""
