"""The facade: lists and things as JSON that is JSON-LD, described by an OpenAPI document with real answers in it."""
