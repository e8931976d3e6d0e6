"""Configuration of logging to standard error, as text or JSON lines."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import orjson

from jwpgraph.query_execution.query_task import ResultTruncatedError
from jwpgraph.settings import Settings

#: Loggers that write a line for each request: httpx with its address, which can be the secret of a webhook or the
#: question of a user.
_TALKATIVE = ("httpx", "httpcore", "mcp")


class _JsonLinesFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return orjson.dumps(line).decode()


class _TruncatedResultFilter(logging.Filter):
    """Logs a truncated result as a warning without a stack trace; it is raised only to abort the connection."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, ResultTruncatedError):
            record.msg, record.args, record.exc_info = f"a result was truncated: {error}", (), None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def configure_logs(settings: Settings) -> None:
    """Configure logging to standard error with the format and level in *settings*."""
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(_JsonLinesFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_TruncatedResultFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
