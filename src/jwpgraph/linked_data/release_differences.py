"""Differences between two releases: by entity, statement by statement, and as an RDF patch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Quad, Store

from jwpgraph.entities.app_context import AppContext
from jwpgraph.problems import ProblemError
from jwpgraph.releases.entity_changes import ChangeKind
from jwpgraph.releases.entity_descriptions import read_all_entity_states, read_description
from jwpgraph.releases.maintenance import diff_releases
from jwpgraph.releases.release import Release

RDF_PATCH: Final = "application/rdf-patch"
_INVERSE: Final[dict[ChangeKind, ChangeKind]] = {
    "created": "withdrawn",
    "updated": "updated",
    "withdrawn": "created",
}


@dataclass(frozen=True, slots=True)
class EntityDifference:
    """The difference between the descriptions of an entity in two releases."""

    iri: str
    change: ChangeKind
    added: Sequence[Quad]
    removed: Sequence[Quad]


def require_releases(site: AppContext, *numbers: int) -> list[Release]:
    """Return the releases with these numbers.

    Raises:
        ProblemError: ``no-such-release`` (404) if one is not kept.
    """
    if site.releases is None:
        raise ProblemError(
            "no-such-release", "There is no such release", "This service stores no releases.", status=404
        )
    for number in numbers:
        if not 0 < number <= site.release_number:
            raise ProblemError("no-such-release", "There is no such release", f"release {number}", status=404)
    return [site.releases.get(number) for number in numbers]


def list_entity_differences(site: AppContext, earlier: Release, later: Release) -> list[tuple[str, ChangeKind]]:
    """Return the entities in which two releases differ, ordered by IRI, with their net changes.

    They come from the log of changes, or from a comparison of all entities if the log begins later.
    """
    if earlier.number > later.number:
        return [(iri, _INVERSE[kind]) for iri, kind in list_entity_differences(site, later, earlier)]
    try:
        changes = site.require_changes()
        if changes.releases(later.number).first <= earlier.number:
            return changes.list_differences(earlier.number, later.number)
    except ProblemError as problem:
        if problem.slug not in {"changes-not-recorded", "changes-unavailable"}:
            raise
    return list(compare_entities(earlier.open_store(), later.open_store()))


def compare_entities(earlier: Store, later: Store) -> Iterator[tuple[str, ChangeKind]]:
    """Return the entities in which two stores differ, ordered by IRI, with their net changes."""
    then, now = read_all_entity_states(earlier), read_all_entity_states(later)
    for iri in sorted(then.keys() | now.keys()):
        before, after = then.get(iri), now.get(iri)
        was_there = before is not None and not before.given_up
        is_there = after is not None and not after.given_up
        if was_there and is_there:
            if before != after:
                yield iri, "updated"
        elif was_there or is_there:
            yield iri, "created" if is_there else "withdrawn"


def describe_entity_differences(
    earlier: Release, later: Release, entities: Sequence[tuple[str, ChangeKind]]
) -> list[EntityDifference]:
    """Return the statements in which the descriptions of entities differ."""
    old, new = earlier.open_store(), later.open_store()
    found = []
    for iri, change in entities:
        before, after = read_description(old, iri), read_description(new, iri)
        added = [quad for quad in after if quad not in set(before)]
        removed = [quad for quad in before if quad not in set(after)]
        found.append(EntityDifference(iri, change, added, removed))
    return found


def write_rdf_patch(earlier: Release, later: Release) -> bytes:
    """Return the difference as an RDF patch from the earlier to the later release, without entailments.

    Format: https://afs.github.io/rdf-delta/rdf-patch.html. Blank nodes have the labels that this service uses.
    """
    difference = diff_releases(earlier, later)
    lines = ["TX ."]
    lines += [f"D {_write_quad(quad)} ." for quad in difference.removed]
    lines += [f"A {_write_quad(quad)} ." for quad in difference.added]
    return "\n".join([*lines, "TC .", ""]).encode()


def _write_quad(quad: Quad) -> str:
    return f"{quad.subject} {quad.predicate} {quad.object} {quad.graph_name}"
