"""XML literals in exclusive canonical form, with comments (Exclusive XML Canonicalization 1.0)."""

from __future__ import annotations

from typing import Final

_XML: Final = "http://www.w3.org/XML/1998/namespace"
_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_ATTRIBUTE: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


def escape_text(text: str) -> str:
    """Return *text* as character data between tags (Canonical XML 1.0, section 2.3)."""
    return text.translate(_TEXT)


def escape_attribute(value: str) -> str:
    """Return *value* as an attribute value between quotation marks (Canonical XML 1.0, section 2.3)."""
    return value.translate(_ATTRIBUTE)


class XmlLiteral:
    """The canonical form of an element's content, made from the events of expat.

    Names are expat's: namespace, local name and prefix, separated by spaces.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        #: The namespaces that the open elements have declared, by prefix, outermost first.
        self._declared: list[dict[str, str]] = [{}]

    @property
    def depth(self) -> int:
        """Return the number of open elements."""
        return len(self._declared) - 1

    def start(self, full_name: str, listed: list[str]) -> None:
        """Open an element with the attributes *listed*: name, value, name, value …"""
        namespace, name, prefix = _split(full_name)
        used = {prefix: namespace}
        attributes = []
        for key, value in zip(listed[::2], listed[1::2], strict=True):
            space, written, short = _split(key)
            if space and space != _XML:
                used[short] = space
            attributes.append((space, written.rpartition(":")[2], written, value))
        declared = dict(self._declared[-1])
        self._parts.append(f"<{name}")
        for short in sorted(used):
            if declared.get(short, "") != used[short]:
                declared[short] = used[short]
                self._parts.append(f' xmlns{":" if short else ""}{short}="{escape_attribute(used[short])}"')
        self._parts.extend(f' {written}="{escape_attribute(value)}"' for _, _, written, value in sorted(attributes))
        self._parts.append(">")
        self._declared.append(declared)

    def end(self, full_name: str) -> None:
        """Close the element that was opened last."""
        self._declared.pop()
        self._parts.append(f"</{_split(full_name)[1]}>")

    def characters(self, text: str) -> None:
        """Add text."""
        self._parts.append(escape_text(text))

    def comment(self, text: str) -> None:
        """Add a comment."""
        self._parts.append(f"<!--{text}-->")

    def instruction(self, target: str, data: str) -> None:
        """Add a processing instruction."""
        self._parts.append(f"<?{target}{' ' if data else ''}{data}?>")

    def text(self) -> str:
        """Return the complete text."""
        return "".join(self._parts)


def _split(full_name: str) -> tuple[str, str, str]:
    """Return the namespace, the name with its prefix, and the prefix."""
    parts = full_name.split(" ")
    if len(parts) == 1:
        return "", full_name, ""
    if len(parts) == 2:
        return parts[0], parts[1], ""
    return parts[0], f"{parts[2]}:{parts[1]}", parts[2]
