"""Publishing of a release to a remote SPARQL store (``jwpgraph publish``, docs/publishing.md).

Entry points: :class:`.publisher.ReleasePublisher` sends the graphs; :func:`.verification.verify_target` compares
counts. The target needs the SPARQL 1.1 Graph Store HTTP Protocol and the SPARQL 1.1 Protocol.
"""
