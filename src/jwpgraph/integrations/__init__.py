"""Interfaces that other systems expect: OData and InforMEA JSON, feeds, OpenRefine, and the Model Context Protocol."""
