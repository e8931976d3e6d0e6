"""The catalogues: complete, with the places of the original, and the same again when they are gathered anew."""

from __future__ import annotations

import re

import pytest

from jwpgraph.pages import messages
from jwpgraph.pages.languages import INTERFACE
from jwpgraph.pages.translation import catalogue_path

OTHERS = [language for language in INTERFACE if language != "en"]
_PLACE = re.compile(r"%\((\w+)\)s")
_TAG = re.compile(r"</?\w+[^>]*>")


def texts(value: object) -> list[str]:
    return list(value) if isinstance(value, tuple | list) else [str(value)]


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language: str) -> None:
    gathered = {(message.context, str(message.id)) for message in messages.gathered() if message.id}
    known = {(message.context, str(message.id)) for message in messages.read(language) if message.id}
    assert known == gathered, "make messages brings the catalogues up to date"
    assert [message.id for message in messages.untranslated(language)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_places_and_the_markup_of_its_message(language: str) -> None:
    for message in messages.read(language):
        if not message.id:
            continue
        original = texts(message.id)
        for text in texts(message.string):
            # "one" may leave its number out, as the English singular may.
            places = {frozenset(_PLACE.findall(one)) for one in original}
            assert frozenset(_PLACE.findall(text)) in places, message.id
            assert sorted(_TAG.findall(text)) == sorted(_TAG.findall(original[-1])), message.id
            assert text.replace("%%", "").count("%") == len(_PLACE.findall(text)), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_gathering_again_changes_nothing(language: str) -> None:
    path = catalogue_path(language)
    assert messages.updated(language, messages.gathered()) == path.read_text("utf-8")
