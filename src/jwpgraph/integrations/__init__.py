"""Interfaces that other systems expect: what they harvest, in their shape."""
