"""The graph as an OData service with the entity sets of InforMEA's toolkit.

Versions 2 and 3 of OData (JSON verbose, Atom) are answered by default, version 4 on request. ``docs/odata.md`` tells
what is served and which parts of the specifications are implemented.
"""
