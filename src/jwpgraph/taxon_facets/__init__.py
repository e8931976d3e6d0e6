"""What readers and programs find and narrow down by: taxa with their Appendices on a day, facets, shared species."""
