"""HTTP as every part of the service speaks it: negotiation, problems, request bodies, conditions, tokens, origins."""
