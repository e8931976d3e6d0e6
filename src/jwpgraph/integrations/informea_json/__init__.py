"""The records of the OData service as JSON in the shape of InforMEA's Drupal providers.

InforMEA's newer harvester reads REST exports of the Drupal module ``drupal_informea_api``: plain
arrays, texts keyed by language, keywords with term and URI. ``docs/odata.md`` has the mapping of the fields.
"""
