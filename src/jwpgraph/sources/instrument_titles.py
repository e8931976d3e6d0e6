"""Titles in treaty registers of instruments of the CMS family."""

from __future__ import annotations

from typing import Final

#: Titles in the registers of instruments that the graph may know only by a short name.
TITLES: Final = {
    "acap": ("Agreement on the Conservation of Albatrosses and Petrels",),
    "aewa": ("Agreement on the Conservation of African-Eurasian Migratory Waterbirds",),
    "aquatic-warbler-mou": (
        "Memorandum of Understanding concerning Conservation Measures for the Aquatic Warbler"
        " (Acrocephalus paludicola)",
    ),
    "ascobans": (
        "Agreement on the Conservation of Small Cetaceans of the Baltic, North East Atlantic, Irish and North Seas",
        "Agreement on the Conservation of Small Cetaceans of the Baltic and North Seas",
    ),
    "dugong-mou": (
        "Memorandum of Understanding on the Conservation and Management of Dugongs (Dugong dugon) and their Habitats"
        " throughout their Range",
    ),
    "eurobats": (
        "Agreement on the Conservation of European Bats",
        "Agreement on the Conservation of Populations of European Bats",
    ),
    "grassland-birds-mou": (
        "Memorandum of Understanding on the Conservation of Southern South American Migratory Grassland Bird Species"
        " and their Habitats",
    ),
    "great-bustard-mou": (
        "Memorandum of Understanding on the Conservation and Management of the Middle-European Population of the"
        " Great Bustard (Otis tarda)",
    ),
    "high-andean-flamingos-mou": (
        "Memorandum of Understanding on the Conservation of High Andean Flamingos and their Habitats",
    ),
    "huemul-mou": (
        "Memorandum of Understanding between the Argentine Republic and the Republic of Chile on the Conservation of"
        " the Southern Huemul",
    ),
    "monk-seal-mou": (
        "Memorandum of Understanding concerning Conservation Measures for the Eastern Atlantic Populations of the"
        " Mediterranean Monk Seal (Monachus monachus)",
    ),
    "pacific-cetaceans-mou": (
        "Memorandum of Understanding for the Conservation of Cetaceans and their Habitats in the Pacific Islands"
        " Region",
    ),
    "ruddy-headed-goose-mou": (
        "Memorandum of Understanding concerning Conservation Measures for the Ruddy-headed Goose"
        " (Chloephaga rubidiceps)",
    ),
    "siberian-crane-mou": ("Memorandum of Understanding concerning Conservation Measures for the Siberian Crane",),
    "slender-billed-curlew-mou": (
        "Memorandum of Understanding concerning Conservation Measures for the Slender-billed Curlew",
    ),
    "wadden-sea-seals-agreement": ("Agreement on the Conservation of Seals in the Wadden Sea",),
    "west-african-aquatic-mammals-mou": (
        "Memorandum of Understanding concerning the Conservation of the Manatee and small Cetaceans of Western Africa"
        " and Macaronesia",
    ),
}
