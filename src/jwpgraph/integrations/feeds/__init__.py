"""Feeds of changes: Atom for feed readers, and a Linked Data Event Stream for replication."""
