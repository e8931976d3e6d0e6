"""Benchmarks: this service against other SPARQL servers, on the same machine, the same data and in the same minutes."""
