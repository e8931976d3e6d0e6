"""Pages for a signed-in steward: records, alignments of taxa, and decisions about validation results."""
