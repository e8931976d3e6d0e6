"""JSON of OData versions 2 and 3 (verbose) and 4."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from jwpgraph.integrations.odata.edm import LISTED_SETS, NAMESPACE, ODataEntityType, Property
from jwpgraph.integrations.odata.negotiation import Form
from jwpgraph.integrations.odata.options import Options
from jwpgraph.integrations.odata.paths import make_address, quote_key
from jwpgraph.integrations.odata.records import Absolute, ODataRecord, Value, count_milliseconds

Json = dict[str, Any]

_NOTHING: Final = Options()


class JsonWriter:
    """Writer of the entities of one response.

    Args:
        form: the version and the level of metadata.
        root: the absolute URL of the service.
        absolute: makes a path of this server absolute.
    """

    def __init__(self, form: Form, root: str, absolute: Absolute) -> None:
        self._form = form
        self._root = root
        self._absolute = absolute
        self._newest = form.version == 4

    def service(self) -> Json:
        """Return the service document."""
        if not self._newest:
            return {"d": {"EntitySets": list(LISTED_SETS)}}
        sets = [{"name": name, "kind": "EntitySet", "url": name} for name in LISTED_SETS]
        return {**self._make_context(""), "value": sets}

    def collection(
        self, records: Sequence[ODataRecord], of: str, options: Options, total: int | None, next_url: str | None
    ) -> Json:
        """Return a collection of entities.

        Args:
            records: the entities of the page.
            of: the path of the collection relative to the service.
            options: the query options.
            total: the total number, if requested.
            next_url: the URL of the next page, if any.
        """
        shown = [self._write_entity(record, options) for record in records]
        if not self._newest:
            page: Json = {"results": shown}
            if total is not None:
                page = {"__count": str(total), **page}
            return {"d": {**page, "__next": next_url} if next_url else page}
        document = self._make_context(f"#{of}{_format_projection(options)}")
        if total is not None:
            document["@odata.count"] = total
        document["value"] = shown
        if next_url:
            document["@odata.nextLink"] = next_url
        return document

    def entity(self, record: ODataRecord, of: str, options: Options) -> Json:
        """Return one entity of the collection with the path *of*."""
        if not self._newest:
            return {"d": self._write_entity(record, options)}
        return {
            **self._make_context(f"#{of}{_format_projection(options)}/$entity"),
            **self._write_entity(record, options),
        }

    def value(self, record: ODataRecord, known: Property) -> Json:
        """Return one property."""
        value = to_json_value(record.value(known.name, self._absolute), self._form.version)
        if not self._newest:
            return {"d": {known.name: value}}
        return {**self._make_context(f"#{make_address(record)}/{known.name}"), "value": value}

    def _make_context(self, fragment: str) -> Json:
        if self._form.metadata == "none":
            return {}
        return {"@odata.context": f"{self._root}/$metadata{fragment}"}

    def _write_entity(self, record: ODataRecord, options: Options) -> Json:
        entity = self._write_metadata(record)
        for known in record.type.properties:
            if options.shows(known.name):
                entity[known.name] = to_json_value(record.value(known.name, self._absolute), self._form.version)
        for navigation in record.type.navigations:
            name = navigation.name
            if name in options.expand:
                members = [self._write_entity(one, _NOTHING) for one in record.linked(name)]
                entity[name] = members if self._newest else {"results": members}
            elif options.shows(name):
                self._write_deferred(entity, record, name)
        return entity

    def _write_metadata(self, record: ODataRecord) -> Json:
        uri = f"{self._root}/{make_address(record)}"
        kind = f"{NAMESPACE}.{record.type.name}"
        if not self._newest:
            return {"__metadata": {"id": uri, "uri": uri, "type": kind}}
        return {"@odata.type": f"#{kind}", "@odata.id": uri} if self._form.metadata == "full" else {}

    def _write_deferred(self, entity: Json, record: ODataRecord, name: str) -> None:
        uri = f"{self._root}/{make_address(record)}/{name}"
        if not self._newest:
            entity[name] = {"__deferred": {"uri": uri}}
        elif self._form.metadata == "full":
            entity[f"{name}@odata.navigationLink"] = uri


def _format_projection(options: Options) -> str:
    """Return the selected and expanded properties for a context URL (OData 4.0, part 1, section 10.7)."""
    names = sorted((options.select or frozenset()) - options.expand) + [f"{name}()" for name in sorted(options.expand)]
    return f"({','.join(names)})" if names else ""


def to_json_value(value: Value, version: int) -> Value:
    """Return a value as JSON of the given *version* of OData."""
    if not isinstance(value, datetime):
        return value
    if version != 4:
        return f"/Date({count_milliseconds(value)})/"
    return format_datetime(value) + "Z"


def format_datetime(value: datetime) -> str:
    """Return a time in UTC without time zone, with milliseconds if not zero."""
    text = value.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    return f"{text}.{value.microsecond // 1000:03d}" if value.microsecond else text


def make_path(entity_type: ODataEntityType, key: str | None = None, navigation: str | None = None) -> str:
    """Return the path of a set, an entity, or a navigation property of an entity."""
    own = entity_type.set_name if key is None else f"{entity_type.set_name}({quote_key(key)})"
    return f"{own}/{navigation}" if navigation else own
