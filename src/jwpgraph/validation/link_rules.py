"""Rules of the link check: which links to check, rate limits, and permitted hosts."""

from __future__ import annotations

import re
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pyoxigraph import NamedNode

from jwpgraph.vocabulary import PREFIXES

_HOST: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|[0-9A-Fa-f:]+")
#: Identifiers stay as they are even if their host redirects; they are checked all the same.
IDENTIFYING: Final = frozenset(
    PREFIXES[prefix] + name
    for prefix, name in (
        *(("skos", f"{kind}Match") for kind in ("exact", "close", "broad", "narrow", "related")),
        ("owl", "sameAs"),
        ("schema", "sameAs"),
    )
)
#: Default predicates whose objects are external links.
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
    """Table ``[links]`` of the jobs file.

    Args:
        predicates: IRIs of the predicates whose objects are checked.
        hosts: the only hosts to contact, each with its subdomains; default: all.
        private: whether loopback, link-local and private addresses may be contacted.
        timeout: time limit for one request, including name resolution, in seconds.
        pause: time between two requests to one host, in seconds.
        at_once: number of hosts contacted concurrently.
        redirects: maximum number of redirects to follow.
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
                raise ValueError(f"{host!r} is not a host name (give it in ASCII, without scheme, port and path)")
        return hosts

    def allows(self, host: str) -> bool:
        """Return whether *host* is permitted by name; its IP address is not considered."""
        name = host.lower().rstrip(".")
        return not self.hosts or any(name == one.lower() or name.endswith(f".{one.lower()}") for one in self.hosts)
