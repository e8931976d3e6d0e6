"""What readers call properties, entity types, listings and the outcomes of validation, translated."""
