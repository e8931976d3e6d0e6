"""The Model Context Protocol server with the tools. Importing it loads the package ``mcp``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations

from jwpgraph import __version__
from jwpgraph.integrations.assistants.service_client import ServiceClient, ServiceProblemError
from jwpgraph.integrations.assistants.tools import INSTRUCTIONS, Tools, describe_problem


class _StrictServer(MCPServer[Any]):
    """A server that refuses unknown arguments, which the package ignores: a misspelt filter would filter nothing."""

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        tool = next((tool for tool in await self.list_tools() if tool.name == name), None)
        known = tool.input_schema.get("properties", {}) if tool else arguments
        if unknown := sorted(set(arguments) - set(known)):
            raise ToolError(f"{name} has no argument {', '.join(unknown)}; it has {', '.join(sorted(known))}")
        return await super().call_tool(name, arguments, context)


def make_server(service: ServiceClient) -> MCPServer[Any]:
    """Return a server with all tools, which are read only."""
    server = _StrictServer(
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
