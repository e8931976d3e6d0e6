"""SHACL: two engines behind one interface, one report model, and the gate that releases pass."""
