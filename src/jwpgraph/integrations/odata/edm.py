"""The entity data model: sets, types, properties and navigation properties, with the names of InforMEA's toolkit.

Texts in several languages, files and keywords are entity types, because OData versions 2 and 3 have
navigation properties between entities only. Their sets can be read but are not in the service document.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

NAMESPACE: Final = "informea"
KEY: Final = "id"

Primitive = Literal["String", "DateTime", "Double", "Int16", "Int32"]


@dataclass(frozen=True, slots=True)
class Property:
    """A primitive property; not nullable only if it is known for every entity."""

    name: str
    type: Primitive = "String"
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Navigation:
    """A navigation property to a collection of entities of the type named *target*."""

    name: str
    target: str


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity type with its entity set.

    Attributes:
        listed: whether the set is in the service document.
    """

    name: str
    set_name: str
    properties: tuple[Property, ...]
    navigations: tuple[Navigation, ...] = ()
    listed: bool = True

    def property(self, name: str) -> Property | None:
        """Return the primitive property with that name."""
        return next((one for one in self.properties if one.name == name), None)

    def navigation(self, name: str) -> Navigation | None:
        """Return the navigation property with that name."""
        return next((one for one in self.navigations if one.name == name), None)


def _strings(names: str) -> tuple[Property, ...]:
    return tuple(Property(name) for name in names.split())


def _links(**targets: str) -> tuple[Navigation, ...]:
    return tuple(Navigation(name, target) for name, target in targets.items())


_ID: Final = Property(KEY, nullable=False)
_PROTOCOL: Final = Property("protocolVersion", "Int16", nullable=False)
_UPDATED: Final = Property("updated", "DateTime")
_PUBLISHED: Final = Property("published", "DateTime")
_ORDER: Final = Property("displayOrder", "Int32")
_PLACE: Final = (Property("latitude", "Double"), Property("longitude", "Double"))
_TEXT: Final = "LocalizableString"


def _child(name: str, set_name: str, properties: str) -> EntityType:
    return EntityType(name, set_name, (_ID, *_strings(properties)), listed=False)


_CHILDREN: Final = (
    _child(_TEXT, "LocalizableStrings", "language value"),
    _child("File", "Files", "url mimeType language filename"),
    _child("VocabularyTerm", "VocabularyTerms", "term namespace termURI scope literalForm sourceURL"),
    _child("TreatyReference", "TreatyReferences", "treaty value"),
    _child("DocumentType", "DocumentTypes", "value"),
    _child("DocumentAuthor", "DocumentAuthors", "name type"),
    _child("DocumentIdentifier", "DocumentIdentifiers", "name value"),
    _child("DocumentTag", "DocumentTags", "language scope value comment"),
    _child("DocumentReference", "DocumentReferences", "type refId"),
    EntityType(
        "ContactRole", "ContactRoles", (_ID, *_strings("treaty role"), Property("order", "Int32")), listed=False
    ),
)

_LISTED: Final = (
    EntityType(
        "Treaty",
        "Treaties",
        (
            _ID,
            _PROTOCOL,
            Property("UUID", nullable=False),
            *_strings("url titleEnglish officialNameEnglish treatyWebsiteURL"),
            _UPDATED,
        ),
        _links(title=_TEXT, description=_TEXT),
    ),
    EntityType(
        "Document",
        "Documents",
        (
            _ID,
            _PROTOCOL,
            Property("schemaVersion"),
            _PUBLISHED,
            _UPDATED,
            *_strings("treaty country url thumbnailUrl"),
            _ORDER,
        ),
        _links(
            title=_TEXT,
            titles=_TEXT,
            description=_TEXT,
            descriptions=_TEXT,
            types="DocumentType",
            treaties="TreatyReference",
            authors="DocumentAuthor",
            identifiers="DocumentIdentifier",
            keywords="VocabularyTerm",
            files="File",
            tags="DocumentTag",
            referenceToEntities="DocumentReference",
        ),
    ),
    EntityType(
        "Decision",
        "Decisions",
        (
            _ID,
            _PROTOCOL,
            *_strings("link type status number treaty treatyUUID"),
            _PUBLISHED,
            _UPDATED,
            *_strings("meetingId meetingTitle meetingUrl"),
            _ORDER,
        ),
        _links(title=_TEXT, longTitle=_TEXT, summary=_TEXT, content=_TEXT, keywords="VocabularyTerm", files="File"),
    ),
    EntityType(
        "Meeting",
        "Meetings",
        (
            _ID,
            _PROTOCOL,
            *_strings("treaty treatyUUID url"),
            Property("start", "DateTime"),
            Property("end", "DateTime"),
            *_strings("repetition kind type access status imageUrl imageCopyright location city country"),
            *_PLACE,
            _UPDATED,
        ),
        _links(title=_TEXT, description=_TEXT),
    ),
    EntityType(
        "Site",
        "Sites",
        (_ID, _PROTOCOL, *_strings("type country treaty url"), *_PLACE, _UPDATED),
        _links(name=_TEXT),
    ),
    EntityType(
        "Contact",
        "Contacts",
        (
            _ID,
            _PROTOCOL,
            *_strings("country prefix firstName lastName type position institution department address email"),
            *_strings("phoneNumber phone fax"),
            Property("primary", "Int16"),
            _UPDATED,
        ),
        _links(treaties="TreatyReference", roles="ContactRole"),
    ),
    EntityType(
        "CountryReport",
        "CountryReports",
        (_ID, _PROTOCOL, *_strings("treaty country url"), Property("submission", "DateTime"), _UPDATED),
        _links(title=_TEXT, files="File"),
    ),
    EntityType(
        "NationalPlan",
        "NationalPlans",
        (_ID, _PROTOCOL, *_strings("treaty country type url"), Property("submission", "DateTime"), _UPDATED),
        _links(title=_TEXT, files="File"),
    ),
    EntityType(
        "CountryProfile",
        "CountryProfiles",
        (
            _ID,
            _PROTOCOL,
            *_strings("country treaty"),
            Property("entryIntoForce", "DateTime"),
            Property("entryIntoForceStatus"),
            Property("statusDate", "DateTime"),
            Property("note"),
            _UPDATED,
        ),
    ),
)

#: All entity types by name.
TYPES: Final[dict[str, EntityType]] = {one.name: one for one in (*_LISTED, *_CHILDREN)}
#: All entity types by name of their set; those in the service document come first.
SETS: Final[dict[str, EntityType]] = {one.set_name: one for one in TYPES.values()}
#: The sets in the service document.
LISTED_SETS: Final[tuple[str, ...]] = tuple(one.set_name for one in _LISTED)
