"""Higher taxa are aligned where name, rank and the aligned taxa below them agree."""

from __future__ import annotations

from pyoxigraph import NamedNode, RdfFormat, Store

from jwpgraph.producers.higher_taxa import FILE, GRAPH, align_higher_taxa, find_pairs
from jwpgraph.shipped_files import get_shipped_path
from jwpgraph.sources.statements import KnownDataset, ShippedDataset
from jwpgraph.vocabulary import ID, PREFIXES

_PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items()) + f"@prefix id: <{ID}> .\n"
_TAXA = {
    "felidae": ("family", "", "cms cites"),
    "panthera": ("genus", "felidae", "cms cites"),
    "uncia": ("genus", "felidae", "cms"),
    "acinonyx": ("genus", "felidae", "cms cites"),
    "puma": ("genus", "felidae", "cms cites"),
    "panthera-leo": ("species", "panthera", "cms cites"),
    "panthera-uncia": ("species", "panthera", "cites"),
    "uncia-uncia": ("species", "uncia", "cms"),
    "acinonyx-jubatus": ("species", "acinonyx", "cms cites"),
    "puma-concolor": ("species", "puma", "cites"),
}
_ALIGNED = {
    "panthera-leo": ("panthera-leo", "congruent"),
    "uncia-uncia": ("panthera-uncia", "congruent"),
    "acinonyx-jubatus": ("acinonyx-jubatus", "includes"),
}


def _known() -> KnownDataset:
    lines = [_PREFIXES]
    for slug, (rank, parent, taxonomies) in _TAXA.items():
        for taxonomy in taxonomies.split():
            above = f"; tcs:parentTaxonConcept <{ID}taxon/{taxonomy}/{parent}>" if parent else ""
            lines.append(
                f'<{ID}taxon/{taxonomy}/{slug}> a jwp:TaxonConcept ; gbif:canonicalName "{slug}" ;'
                f" jwp:rank <{ID}taxon-rank/{rank}> ; tcs:accordingTo <{ID}taxonomy/{taxonomy}> ;"
                f" dcterms:source <{ID}source/{taxonomy}> {above} ."
            )
    for cms, (cites, relation) in _ALIGNED.items():
        lines.append(
            f"<{ID}alignment/{cms}> a jwp:Alignment ; jwp:subjectConcept <{ID}taxon/cms/{cms}> ;"
            f" jwp:objectConcept <{ID}taxon/cites/{cites}> ;"
            f" jwp:alignmentRelation <{ID}alignment-relation/{relation}> ."
        )
    store = Store()
    store.load("\n".join(lines), format=RdfFormat.TURTLE, to_graph=NamedNode("urn:taxa"))
    return KnownDataset(store, [GRAPH])


def test_names_and_contents_agree() -> None:
    """Panthera of CMS lacks the snow leopard; nothing is known of Puma in CMS; Felidae hold the same in both."""
    found = {(pair.name, pair.shared) for pair in find_pairs(_known())}
    assert found == {("felidae", 3), ("acinonyx", 1)}


def test_alignments_are_inferred_and_name_the_sources_of_both_taxa() -> None:
    text = align_higher_taxa(_known()).turtle("", ("source", "evidence-level"))
    assert text.count("a jwp:Alignment") == 2
    assert text.count("jwp:evidence evidence-level:inferred") == 2
    assert text.count("dcterms:source source:cites ") == text.count("dcterms:source source:cms ") == 2


def test_the_shipped_file_has_every_pair_of_the_shipped_taxa() -> None:
    """Species that are aligned later, such as the lesser white-fronted goose, align their genus too."""
    shipped = Store()
    shipped.load(path=get_shipped_path(FILE), format=RdfFormat.TURTLE)
    subject, object_ = (NamedNode(f"{PREFIXES['jwp']}{name}Concept") for name in ("subject", "object"))
    stated = {
        (one.object.value, two.object.value)
        for one in shipped.quads_for_pattern(None, subject, None)
        for two in shipped.quads_for_pattern(one.subject, object_, None)
    }
    found = {(pair.cms, pair.cites) for pair in find_pairs(ShippedDataset([GRAPH]))}
    assert found == stated
    assert (f"{ID}taxon/cms/anser", f"{ID}taxon/cites/anser") in stated
