"""Importers for Species+ and the Checklist of CITES Species: all downloadable exports, as taxa, names and listings.

Entry point: :func:`jwpgraph.sources.species_plus.importer.import_files`, which recognises the format of each file by
its header. One module reads one format; the other modules contain shared parts such as identifiers, places, names,
listings and sorted output. docs/importers.md describes the formats.
"""
