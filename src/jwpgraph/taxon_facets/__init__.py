"""Facets of entities, Appendices of taxa on a day, listing periods and shared species, cached per release.

Entry points: :func:`.facets.get_facet_values`, :func:`.daily_appendices.get_appendices_on`,
:func:`.period_table.get_period_table`, :func:`.shared_species.get_shared_species`.
"""
