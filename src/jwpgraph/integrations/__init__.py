"""Formats that other systems harvest: InforMEA's entity sets."""
