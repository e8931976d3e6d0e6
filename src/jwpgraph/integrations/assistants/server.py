"""The Model Context Protocol server with the tools. Importing it loads the package ``mcp``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

from jwpgraph import __version__
from jwpgraph.integrations.assistants.service_client import ServiceClient, ServiceProblemError
from jwpgraph.integrations.assistants.tools import INSTRUCTIONS, Tools, describe_problem


def make_server(service: ServiceClient) -> MCPServer[Any]:
    """Return a server with all tools, which are read only."""
    server: MCPServer[Any] = MCPServer(
        "jwpgraph", title="CMS-CITES Joint Work Programme", instructions=INSTRUCTIONS, version=__version__
    )
    reads = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    for tool in Tools(service).all():
        server.add_tool(_report_problems(tool), annotations=reads)
    return server


def _report_problems(tool: Callable[..., Awaitable[dict[str, Any]]]) -> Callable[..., Awaitable[dict[str, Any]]]:
    @wraps(tool)
    async def call(*args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            return await tool(*args, **kwargs)
        except ServiceProblemError as error:
            raise ToolError(describe_problem(error)) from None

    return call
