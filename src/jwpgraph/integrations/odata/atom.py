"""Atom of entities, XML of properties and of the service document (OData versions 2 and 3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from xml.etree import ElementTree as ET

from jwpgraph.integrations.odata.edm import LISTED_SETS, NAMESPACE, Property
from jwpgraph.integrations.odata.json_formats import format_datetime
from jwpgraph.integrations.odata.options import Options
from jwpgraph.integrations.odata.paths import make_address
from jwpgraph.integrations.odata.records import Absolute, ODataRecord, Value

_ATOM: Final = "http://www.w3.org/2005/Atom"
_APP: Final = "http://www.w3.org/2007/app"
_DATA: Final = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_METADATA: Final = f"{_DATA}/metadata"
_SCHEME: Final = f"{_DATA}/scheme"
_RELATED: Final = f"{_DATA}/related"
_NAMESPACES: Final = {"xmlns": _ATOM, "xmlns:d": _DATA, "xmlns:m": _METADATA}
#: Characters not allowed in XML (XML 1.0, section 2.2).
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NOTHING: Final = Options()


class AtomWriter:
    """Writer of the entities of one response.

    Args:
        root: the absolute URL of the service.
        absolute: makes a path of this server absolute.
        updated: the time of a feed, and of entities without a time.
    """

    def __init__(self, root: str, absolute: Absolute, updated: datetime) -> None:
        self._root = root
        self._absolute = absolute
        self._updated = updated

    def service(self) -> bytes:
        """Return the service document (RFC 5023, section 8)."""
        service = ET.Element("service", {"xmlns": _APP, "xmlns:atom": _ATOM, "xml:base": f"{self._root}/"})
        workspace = ET.SubElement(service, "workspace")
        ET.SubElement(workspace, "atom:title").text = "Default"
        for name in LISTED_SETS:
            collection = ET.SubElement(workspace, "collection", {"href": name})
            ET.SubElement(collection, "atom:title").text = name
        return _serialize(service)

    def collection(
        self, records: Sequence[ODataRecord], of: str, options: Options, total: int | None, next_url: str | None
    ) -> bytes:
        """Return a feed; the arguments are those of :meth:`.json_formats.JsonWriter.collection`."""
        feed = self._write_feed(records, of, options, total)
        feed.attrib = {**_NAMESPACES, "xml:base": f"{self._root}/", **feed.attrib}
        if next_url:
            ET.SubElement(feed, "link", {"rel": "next", "href": next_url})
        return _serialize(feed)

    def entity(self, record: ODataRecord, options: Options) -> bytes:
        """Return an entry."""
        entry = self._write_entry(record, options)
        entry.attrib = {**_NAMESPACES, "xml:base": f"{self._root}/"}
        return _serialize(entry)

    def value(self, record: ODataRecord, known: Property) -> bytes:
        """Return one property."""
        element = self._write_property(known, record.value(known.name, self._absolute))
        element.attrib = {"xmlns:d": _DATA, "xmlns:m": _METADATA, **element.attrib}
        return _serialize(element)

    def _write_feed(self, records: Sequence[ODataRecord], of: str, options: Options, total: int | None) -> ET.Element:
        feed = ET.Element("feed")
        if total is not None:
            ET.SubElement(feed, "m:count").text = str(total)
        title = of.rpartition("/")[2]
        ET.SubElement(feed, "title", {"type": "text"}).text = title
        ET.SubElement(feed, "id").text = f"{self._root}/{of}"
        ET.SubElement(feed, "updated").text = format_datetime(self._updated) + "Z"
        if not records:
            # A feed without entries must have an author (RFC 4287, section 4.1.1).
            ET.SubElement(ET.SubElement(feed, "author"), "name")
        ET.SubElement(feed, "link", {"rel": "self", "title": title, "href": of})
        feed.extend([self._write_entry(record, options) for record in records])
        return feed

    def _write_entry(self, record: ODataRecord, options: Options) -> ET.Element:
        entry = ET.Element("entry")
        own = make_address(record)
        ET.SubElement(entry, "id").text = f"{self._root}/{own}"
        term = f"{NAMESPACE}.{record.type.name}"
        ET.SubElement(entry, "category", {"term": term, "scheme": _SCHEME})
        ET.SubElement(entry, "link", {"rel": "edit", "title": record.type.name, "href": own})
        for navigation in record.type.navigations:
            if options.shows(navigation.name):
                self._link(entry, record, navigation.name, options)
        ET.SubElement(entry, "title")
        updated = record.values.get("updated")
        moment = updated if isinstance(updated, datetime) else self._updated
        ET.SubElement(entry, "updated").text = format_datetime(moment) + "Z"
        ET.SubElement(ET.SubElement(entry, "author"), "name")
        content = ET.SubElement(entry, "content", {"type": "application/xml"})
        properties = ET.SubElement(content, "m:properties")
        for known in record.type.properties:
            if options.shows(known.name):
                properties.append(self._write_property(known, record.value(known.name, self._absolute)))
        return entry

    def _link(self, entry: ET.Element, record: ODataRecord, name: str, options: Options) -> None:
        path = f"{make_address(record)}/{name}"
        attributes = {"rel": f"{_RELATED}/{name}", "type": "application/atom+xml;type=feed", "title": name}
        link = ET.SubElement(entry, "link", {**attributes, "href": path})
        if name in options.expand:
            ET.SubElement(link, "m:inline").append(self._write_feed(record.linked(name), path, _NOTHING, None))

    def _write_property(self, known: Property, value: Value) -> ET.Element:
        element = ET.Element(f"d:{known.name}")
        if known.type != "String":
            element.set("m:type", f"Edm.{known.type}")
        if value is None:
            element.set("m:null", "true")
        else:
            element.text = format_plain(value)
        return element


def format_plain(value: Value) -> str:
    """Return a value as text; characters not allowed in XML are replaced."""
    if isinstance(value, datetime):
        return format_datetime(value)
    return _NOT_XML.sub("\ufffd", str(value))


def _serialize(element: ET.Element) -> bytes:
    return bytes(ET.tostring(element, encoding="utf-8", xml_declaration=True))
