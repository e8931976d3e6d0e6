"""Linked data: dereferencing of IRIs, RDF and JSON-LD documents, VoID and DCAT descriptions, and Memento.

Entry point: :data:`jwpgraph.linked_data.routes.router`. Specifications: Cool URIs for the Semantic Web (W3C
Note, 2008), JSON-LD 1.1, VoID, DCAT 3 and RFC 7089; docs/linked-data.md describes the routes.
"""
