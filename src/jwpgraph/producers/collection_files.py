"""Distribution of the shipped species over files, and the parts of the exports that are omitted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from pyoxigraph import NamedNode

from jwpgraph.producers.triples import OF_TAXON, PARENT, StatedTriple, read_shipped_elsewhere
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID

#: Larger files are split alphabetically, in bytes.
_LARGEST: Final = 290_000
_OF: Final = expand_term("jwp:ofTaxon")
_UNDIVIDED: Final = frozenset({"name-usage", "standard-reference"})
_FILES_OF_KINDS: Final = {
    "taxon-name": "names",
    "instrument": "instruments-of-cms",
    "statement": "sources-of-facts",
    "trade-restriction": "trade-restrictions",
}
_CLASSES: Final = {
    "mammalia": "mammals",
    "aves": "birds",
    "reptilia": "reptiles",
    "elasmobranchii": "sharks-and-rays",
    "chondrichthyes": "sharks-and-rays",
    "actinopterygii": "fish",
    "actinopteri": "fish",
    "insecta": "insects",
}


def split_into_files(merged: dict[str, list[StatedTriple]]) -> dict[str, list[StatedTriple]]:
    """Return the statements by file: by kind, taxonomy and class; large files are split alphabetically."""
    classes = _find_classes(merged)
    files: dict[str, dict[str, list[StatedTriple]]] = defaultdict(dict)
    for iri, triples in merged.items():
        files[_choose_file(iri, classes)][iri] = triples
    made: dict[str, list[StatedTriple]] = {}
    for name, entities in sorted(files.items()):
        size = sum(len(str(triple)) for triples in entities.values() for triple in triples) // 2
        parts = -(-size // _LARGEST)
        iris = list(entities)
        for number in range(parts):
            chosen = iris[len(iris) * number // parts : len(iris) * (number + 1) // parts]
            part = f"{name}-{number + 1}" if parts > 1 else name
            made[part] = [triple for iri in chosen for triple in entities[iri]]
    return made


def _find_classes(merged: dict[str, list[StatedTriple]]) -> dict[str, str]:
    """Return the class of each taxon by IRI; other shipped files may contain the parents."""
    parents = {
        triple.subject: triple.object.value
        for triple in [*(triple for triples in merged.values() for triple in triples), *read_shipped_elsewhere()]
        if triple.predicate == PARENT
    }
    found = {}
    for iri in merged:
        at, seen = iri, set[str]()
        while at not in seen:
            seen.add(at)
            slug = at.rpartition("/")[2]
            if slug in _CLASSES:
                found[iri] = _CLASSES[slug]
                break
            at = parents.get(at, at)
    return found


def _choose_file(iri: str, classes: dict[str, str]) -> str:
    kind = iri.removeprefix(ID).partition("/")[0]
    found = OF_TAXON.fullmatch(iri)
    if found is None:
        return _FILES_OF_KINDS.get(kind, "sources-of-species")
    taxonomy = found.group(2)
    group = classes.get(f"{ID}taxon/{taxonomy}/{found.group(3)}", "higher-taxa")
    plural = {
        "taxon": "taxa",
        "common-name": "common-names",
        "distribution": "distributions",
        "listing-event": "listings",
        "name-usage": "name-usages",
        "standard-reference": "standard-references",
    }[kind]
    return f"{plural}-{taxonomy}" if kind in _UNDIVIDED else f"{plural}-{taxonomy}-{group}"


def find_left_out(
    layers: Iterable[Sequence[StatedTriple]],
    merged: Mapping[str, Sequence[StatedTriple]],
    present: Callable[[str], str],
) -> dict[str, frozenset[str]]:
    """Return the fields that exports offer for each shipped taxon and that are not shipped, as coverage keys by IRI.

    Args:
        layers: all statements of the exports.
        merged: the shipped statements, by subject.
        present: returns the current IRI of an entity.
    """
    taxa = [iri for iri in merged if iri.startswith(f"{ID}taxon/")]
    there = set(merged)
    found: dict[str, set[str]] = {iri: set() for iri in taxa}
    for layer in layers:
        for one in layer:
            subject = present(one.subject)
            if one.predicate == _OF and subject not in there and isinstance(one.object, NamedNode):
                taxon = present(one.object.value)
                if taxon in found and "/distribution/" in subject:
                    found[taxon].add("distribution")
    return {iri: frozenset(fields) for iri, fields in sorted(found.items())}
