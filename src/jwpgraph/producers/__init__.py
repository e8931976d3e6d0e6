"""Producers of the shipped species data, run once from exports; the service does not import this package.

Entry point: :func:`jwpgraph.producers.species_collection.collect_species`. docs/data.md describes the result.
"""
