"""Pages for people: rendered here, readable without scripts, and every fact with its source."""
