"""Reading SPARQL text before it is evaluated: tokens, guard, patterns, updates (SPARQL 1.1 Query and Update)."""
