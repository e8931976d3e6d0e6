"""Tools for assistants (Model Context Protocol), over HTTP at ``/mcp`` and over standard streams."""
