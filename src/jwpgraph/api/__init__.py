"""The JSON API: lists and entities as JSON-LD, described by an OpenAPI document with real examples.

Entry point: :data:`.routes.router`; docs/api.md describes the API. Specifications: JSON-LD 1.1, OpenAPI 3.1, RFC
8288 (links between pages), RFC 9457 (problem details).
"""
