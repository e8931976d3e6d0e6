"""Labels of properties, entity types, listings and validation results for readers, translated."""
