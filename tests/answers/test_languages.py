"""Tests of the language of questions, and of names that are names of other animals in other languages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from jwpgraph.answers.answer import ForeignName, QuestionAnswer
from jwpgraph.answers.languages import LANGUAGES, find_language
from jwpgraph.answers.words import name_key, read_word_table
from jwpgraph.entities.common_names import read_animal_names


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Is the saker falcon protected in Mongolia?", "en"),
        ("le faucon sacre est-il protégé en Mongolie ?", "fr"),
        ("¿está protegida la nutria en Argentina?", "es"),
        ("nutria España", "es"),
        ("faucon sacre Mongolie", "fr"),
        ("saker falcon Kazakhstan", "en"),
        ("saker falcon Mongolei", "en"),
    ],
)
def test_the_words_tell_the_language(question: str, language: str) -> None:
    assert find_language(question, "en") == language


@pytest.mark.parametrize("preferred", LANGUAGES)
def test_a_name_alone_is_in_the_language_of_the_reader(preferred: str) -> None:
    assert find_language("nutria", preferred) == preferred


def test_a_reader_of_french_is_answered_in_english_if_he_asks_in_it() -> None:
    assert find_language("Is the nutria protected?", "fr") == "en"


def test_an_unknown_language_is_that_of_the_reader_only_if_questions_are_understood_in_it() -> None:
    assert find_language("сайгак", "ru") == "en"


def test_a_name_of_another_language_is_told(ask: Callable[[str], QuestionAnswer]) -> None:
    assert ask("Is the loutre protected in Chile?").foreign_names == [ForeignName("loutre", ["fr"])]
    assert ask("La loutre est-elle protégée au Chili ?").foreign_names == []
    assert ask("Is the saker falcon protected in Mongolia?").foreign_names == []
    assert ask("Falco cherrug en Mongolie").foreign_names == []


def test_a_word_with_another_meaning_is_told(ask: Callable[[str], QuestionAnswer]) -> None:
    found = ask("Is the nutria protected in Argentina?")
    assert found.statuses == []
    assert found.other_meanings == [ForeignName("nutria", ["es"])]


def test_tables_give_languages_of_questions() -> None:
    rows = [(one.name, one.languages) for one in read_animal_names()]
    rows += [(name, tuple(languages.split())) for name, languages, _ in read_word_table("other_meanings.csv")]
    assert all(languages and {*languages} <= {*LANGUAGES} for _, languages in rows)


def test_no_name_is_given_twice_for_one_language() -> None:
    pairs = [(name_key(one.name), language) for one in read_animal_names() for language in one.languages]
    assert [pair for pair, count in Counter(pairs).items() if count > 1] == []
