"""``$metadata``: the model in CSDL of version 2, 3 or 4."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree as ET

from jwpgraph.integrations.odata.edm import KEY, NAMESPACE, TYPES, ODataEntityType

_CONTAINER: Final = "InforMEA"
_EDMX: Final = {4: "http://docs.oasis-open.org/odata/ns/edmx"}
_EDMX_OLD: Final = "http://schemas.microsoft.com/ado/2007/06/edmx"
_EDM: Final = {
    2: "http://schemas.microsoft.com/ado/2008/09/edm",
    3: "http://schemas.microsoft.com/ado/2009/11/edm",
    4: "http://docs.oasis-open.org/odata/ns/edm",
}
_SERVICES: Final = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_TYPES_OF_4: Final = {"DateTime": "DateTimeOffset"}


def write_csdl(version: int) -> bytes:
    """Return the model as an XML document.

    Args:
        version: 2, 3 or 4.
    """
    # Names have prefixes, because the standard library cannot set a default namespace on one element.
    edmx = _EDMX.get(version, _EDMX_OLD)
    root = ET.Element("edmx:Edmx", {"Version": "4.0" if version == 4 else "1.0", "xmlns:edmx": edmx})
    services = ET.SubElement(root, "edmx:DataServices")
    if version != 4:
        services.set("xmlns:m", _SERVICES)
        services.set("m:DataServiceVersion", f"{version}.0")
    schema = ET.SubElement(services, "Schema", {"Namespace": NAMESPACE, "xmlns": _EDM[version]})
    writer = _Schema(schema, version)
    for entity_type in TYPES.values():
        writer.entity_type(entity_type)
    writer.container()
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


class _Schema:
    def __init__(self, schema: ET.Element, version: int) -> None:
        self._schema = schema
        self._version = version

    def _add(self, parent: ET.Element, name: str, **attributes: str) -> ET.Element:
        return ET.SubElement(parent, name, attributes)

    def entity_type(self, entity_type: ODataEntityType) -> None:
        """Add a type, and the associations of its navigation properties."""
        element = self._add(self._schema, "EntityType", Name=entity_type.name)
        self._add(self._add(element, "Key"), "PropertyRef", Name=KEY)
        for known in entity_type.properties:
            kind = _TYPES_OF_4.get(known.type, known.type) if self._version == 4 else known.type
            attributes = {"Precision": "3"} if kind in {"DateTimeOffset", "DateTime"} else {}
            nullable = {} if known.nullable else {"Nullable": "false"}
            self._add(element, "Property", Name=known.name, Type=f"Edm.{kind}", **nullable, **attributes)
        for navigation in entity_type.navigations:
            if self._version == 4:
                kind = f"Collection({NAMESPACE}.{navigation.target})"
                self._add(element, "NavigationProperty", Name=navigation.name, Type=kind)
                continue
            association = f"{entity_type.name}_{navigation.name}"
            self._add(
                *(element, "NavigationProperty"),
                Name=navigation.name,
                Relationship=f"{NAMESPACE}.{association}",
                FromRole=entity_type.name,
                ToRole=navigation.name,
            )
            element_of = self._add(self._schema, "Association", Name=association)
            own, target = f"{NAMESPACE}.{entity_type.name}", f"{NAMESPACE}.{navigation.target}"
            self._add(element_of, "End", Type=own, Role=entity_type.name, Multiplicity="0..1")
            self._add(element_of, "End", Type=target, Role=navigation.name, Multiplicity="*")

    def container(self) -> None:
        """Add the container: the sets, and the targets of their navigation properties."""
        container = self._add(self._schema, "EntityContainer", Name=_CONTAINER)
        if self._version != 4:
            container.set("m:IsDefaultEntityContainer", "true")
        for entity_type in TYPES.values():
            kind = f"{NAMESPACE}.{entity_type.name}"
            element = self._add(container, "EntitySet", Name=entity_type.set_name, EntityType=kind)
            if self._version == 4:
                if not entity_type.listed:
                    element.set("IncludeInServiceDocument", "false")
                for navigation in entity_type.navigations:
                    target = TYPES[navigation.target].set_name
                    self._add(element, "NavigationPropertyBinding", Path=navigation.name, Target=target)
        if self._version != 4:
            self._association_sets(container)

    def _association_sets(self, container: ET.Element) -> None:
        for entity_type in TYPES.values():
            for navigation in entity_type.navigations:
                name = f"{entity_type.name}_{navigation.name}"
                element = self._add(container, "AssociationSet", Name=name, Association=f"{NAMESPACE}.{name}")
                self._add(element, "End", Role=entity_type.name, EntitySet=entity_type.set_name)
                target = TYPES[navigation.target].set_name
                self._add(element, "End", Role=navigation.name, EntitySet=target)
