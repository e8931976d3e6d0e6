"""The records of the OData service as JSON in the shape of InforMEA's Drupal providers.

InforMEA's newer harvester reads REST exports that Drupal sites make with the module ``drupal_informea_api``: plain
arrays, texts keyed by language, keywords with term and URI. ``docs/odata.md`` tells how the fields correspond.
"""
