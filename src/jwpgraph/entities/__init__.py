"""Entities of the graph: types, mapping between IRIs and URLs, descriptions, indexes, lists and search.

Entry points: :class:`jwpgraph.entities.app_context.AppContext` gives access to the served release,
:func:`jwpgraph.entities.description.describe` describes one entity, and
:func:`jwpgraph.entities.listing.select_entities` selects the entities of a list.
"""
