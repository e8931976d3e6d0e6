"""SVG badge with the verdict of the latest run, for embedding in other pages."""

from __future__ import annotations

from xml.sax.saxutils import escape

from jwpgraph.counts import format_count
from jwpgraph.validation.result_queries import RunRecord

_HEIGHT = 20
_LETTER = 6.6
_GREEN, _AMBER, _RED, _GREY = "#2a6b2f", "#7d5600", "#9b2226", "#555555"


def render_badge(run: RunRecord | None) -> str:
    """Return an SVG image that states whether the data conform, with a title for screen readers.

    Args:
        run: the latest finished run; ``None`` if no run has finished.
    """
    text, colour = _make_verdict_text(run)
    label = "SHACL"
    left, right = round(len(label) * _LETTER) + 14, round(len(text) * _LETTER) + 14
    label_text = escape(f"{label}: {text}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{_HEIGHT}" role="img"'
        f' aria-label="{label_text}">'
        f"<title>{label_text}</title>"
        f'<rect width="{left}" height="{_HEIGHT}" fill="#333333"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{colour}"/>'
        '<g fill="#ffffff" font-family="Verdana,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left / 2}" y="14">{label}</text><text x="{left + right / 2}" y="14">{escape(text)}</text></g>'
        "</svg>\n"
    )


def _make_verdict_text(run: RunRecord | None) -> tuple[str, str]:
    if run is None or run.conforms is None:
        return "never run", _GREY
    release = f" · release {run.release}" if run.release else ""
    if not run.conforms:
        return format_count(run.violations or 0, "violation") + release, _RED
    if run.warnings:
        return f"conforms, {format_count(run.warnings or 0, 'warning')}{release}", _AMBER
    return f"conforms{release}", _GREEN
