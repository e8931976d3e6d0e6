"""The SPARQL services over HTTP, as ASGI applications that are routed before FastAPI.

Entry points: :class:`.sparql_endpoint.SparqlEndpoint` (SPARQL 1.1 Protocol and Service Description, ``/sparql``) and
:class:`.graph_store.GraphStoreEndpoint` (SPARQL 1.1 Graph Store HTTP Protocol, ``/graph-store``).
"""
