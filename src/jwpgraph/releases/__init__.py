"""From a change to a release: clone, apply, entail, index, gate, publish; and what is done with releases afterwards."""
