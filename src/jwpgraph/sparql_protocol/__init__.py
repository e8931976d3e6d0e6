"""The SPARQL endpoint over HTTP: SPARQL 1.1 Protocol, Graph Store Protocol, Service Description."""
