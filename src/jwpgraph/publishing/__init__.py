"""Publishing to a remote engine: another store gets the graphs of a release and holds the same (docs/publishing.md)."""
