"""Linked data: IRI to URL and back, describing a resource, JSON-LD, and what tells machines about the dataset."""
