"""Importers: what turns somebody else's document or export into a graph, and the Turtle writer that they share."""
