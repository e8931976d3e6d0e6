"""What the check of links may do: which links it asks, how politely, and where it must not go."""

from __future__ import annotations

import re
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pyoxigraph import NamedNode

from jwpgraph.vocabulary import PREFIXES

_HOST: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|[0-9A-Fa-f:]+")
#: What names a thing stays as it is, wherever its host sends those who ask; it is asked all the same.
IDENTIFYING: Final = frozenset(
    PREFIXES[prefix] + name
    for prefix, name in (
        *(("skos", f"{kind}Match") for kind in ("exact", "close", "broad", "narrow", "related")),
        ("owl", "sameAs"),
        ("schema", "sameAs"),
    )
)
#: Predicates whose objects lead out of the data for readers, unless the rules name others.
PREDICATES: Final = (
    *sorted(IDENTIFYING),
    *(PREFIXES["dcterms"] + name for name in ("source", "references", "license", "conformsTo", "isReferencedBy")),
    *(PREFIXES["rdfs"] + name for name in ("seeAlso", "isDefinedBy")),
    *(PREFIXES["schema"] + name for name in ("url", "citation", "license")),
    *(PREFIXES["foaf"] + name for name in ("homepage", "page", "isPrimaryTopicOf")),
    *(PREFIXES["dcat"] + name for name in ("landingPage", "accessURL", "downloadURL")),
    *(PREFIXES["prov"] + name for name in ("wasDerivedFrom", "hadPrimarySource")),
)


class LinkRules(BaseModel):
    """The table ``[links]`` of the file of jobs.

    Args:
        predicates: IRIs of the predicates whose objects are asked.
        hosts: the only hosts to ask, each with those below it; none: all.
        private: whether addresses of loopback, link-local and private networks may be asked.
        timeout: seconds that one request may take, the look-up of its host included.
        pause: seconds between two requests to one host.
        at_once: hosts that are asked at the same time.
        redirects: how many of them are followed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    predicates: tuple[str, ...] = Field(default=PREDICATES, min_length=1)
    hosts: tuple[str, ...] = ()
    private: bool = False
    timeout: float = Field(default=10.0, gt=0, le=300)
    pause: float = Field(default=1.0, ge=0, le=60)
    at_once: int = Field(default=8, ge=1, le=64)
    redirects: int = Field(default=5, ge=0, le=20)

    @field_validator("predicates")
    @classmethod
    def _are_iris(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            NamedNode(name)
        return names

    @field_validator("hosts")
    @classmethod
    def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is no name of a host (without scheme, port and path; in ASCII)")
        return hosts

    def allows(self, host: str) -> bool:
        """Whether *host* may be asked, its address left aside."""
        name = host.lower().rstrip(".")
        return not self.hosts or any(name == one.lower() or name.endswith(f".{one.lower()}") for one in self.hosts)
