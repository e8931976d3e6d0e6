"""Feeds of what changed: Atom for people and readers, a Linked Data Event Stream for those who keep a copy."""
