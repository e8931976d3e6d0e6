"""The CMS–CITES Joint Work Programme as a linked-data knowledge graph service."""

__version__ = "0.1.0"
