"""Executing queries: scheduler, worker processes, limits, result cache, and how the service reads a release."""
