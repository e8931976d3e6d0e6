"""Stored queries: files with typed parameters, and running them."""
