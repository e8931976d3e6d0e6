"""Lexical and syntactic analysis of SPARQL texts before evaluation (SPARQL 1.1 Query and Update).

Entry points: :func:`.guard.inspect_text` checks a query or update before it reaches the engine;
:func:`.update_parser.parse_operations` splits an update into operations; :class:`.pattern_parser.PatternParser` reads
the triple patterns of a rule. The engine's own parser decides whether a text is correct SPARQL.
"""
