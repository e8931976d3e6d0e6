"""Entities of the graph: their types, IRI and URL, description, index and search."""
