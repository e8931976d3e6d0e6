"""The SPARQL endpoint: protocol, guard, workers, cache, formats, service description and graph store."""
