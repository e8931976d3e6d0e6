"""Releases: immutable, numbered, validated states of the dataset, and the pipeline that builds them from changes.

Entry points: :meth:`.builder.Builder.build` turns a change (:mod:`.changes`) into a published release;
:class:`.directory.ReleaseDirectory` lists and opens releases; :mod:`.maintenance` compares, prunes and verifies them.
The pipeline implements SPARQL 1.1 Update, the SPARQL 1.1 Graph Store Protocol, and validation with SHACL as a gate.
"""
