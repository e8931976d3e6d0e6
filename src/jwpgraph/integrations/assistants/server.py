"""The Model Context Protocol server with the tools. Importing it loads the package ``mcp``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import ValidationError

from jwpgraph import __version__
from jwpgraph.integrations.assistants.service_client import ServiceClient, ServiceProblemError
from jwpgraph.integrations.assistants.tools import INSTRUCTIONS, Tools, describe_problem
from jwpgraph.problems import get_fault_reason


class _StrictServer(MCPServer[Any]):
    """A server that names unknown, missing and invalid arguments in one sentence.

    The package ignores unknown arguments, although a misspelt filter would filter nothing, and describes invalid ones
    in terms of its models.
    """

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        tool = next((tool for tool in await self.list_tools() if tool.name == name), None)
        known = tool.input_schema.get("properties", {}) if tool else arguments
        if unknown := sorted(set(arguments) - set(known)):
            raise ToolError(
                f"{name} has no argument {', '.join(unknown)}; it has {', '.join(sorted(known)) or 'none'}."
            )
        try:
            return await super().call_tool(name, arguments, context)
        except ToolError as error:
            if isinstance(error.__cause__, ValidationError):
                raise ToolError(_describe_arguments(name, error.__cause__)) from None
            raise


def make_server(service: ServiceClient) -> MCPServer[Any]:
    """Return a server with all tools, which are read only."""
    server = _StrictServer(
        "jwpgraph", title="CMS-CITES Joint Work Programme", instructions=INSTRUCTIONS, version=__version__
    )
    reads = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    for tool in Tools(service).all():
        server.add_tool(_report_problems(tool), annotations=reads)
    return server


def _describe_arguments(tool: str, error: ValidationError) -> str:
    """Return a sentence that names the arguments of *tool* that are missing or invalid."""
    missing: list[str] = []
    invalid: dict[str, str] = {}
    for one in error.errors(include_url=False, include_context=False, include_input=False):
        argument = str(one["loc"][0]) if one["loc"] else "arguments"
        if one["type"] == "missing":
            missing.append(argument)
        else:
            reason = get_fault_reason(one)
            invalid.setdefault(argument, reason[:1].lower() + reason[1:])
    said = [f"{tool} needs {' and '.join(missing)}"] if missing else []
    said += [f"{argument}: {reason}" for argument, reason in invalid.items()]
    return f"{'; '.join(said)}."


def _report_problems(tool: Callable[..., Awaitable[dict[str, Any]]]) -> Callable[..., Awaitable[dict[str, Any]]]:
    @wraps(tool)
    async def call(*args: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            return await tool(*args, **kwargs)
        except ServiceProblemError as error:
            raise ToolError(describe_problem(error)) from None

    return call
