"""Importers: convert documents and exports of other organisations into RDF graphs.

Each importer module has one entry point, such as :func:`jwpgraph.sources.memberships.import_memberships`, which returns
statements and an import report; :mod:`jwpgraph.cli.import_group` exposes them as commands. The package also contains
the shared table reader (RFC 4180) and the Turtle writer (RDF 1.1 Turtle). docs/importers.md describes the formats.
"""
