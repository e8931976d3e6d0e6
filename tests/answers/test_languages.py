"""Tests of the language of questions, and of names that are names of other animals in other languages."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from jwpgraph.answers.answer import ForeignName, QuestionAnswer
from jwpgraph.answers.languages import LANGUAGES, find_language
from jwpgraph.answers.words import name_key, read_word_table


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


@pytest.mark.parametrize("table", ["animal_names.csv", "other_meanings.csv"])
def test_tables_give_languages_of_questions(table: str) -> None:
    rows = read_word_table(table)
    assert all(len(row) == 3 and {*row[1].split()} <= {*LANGUAGES} and row[1] for row in rows)
    pairs = [(name_key(name), language) for name, languages, _ in rows for language in languages.split()]
    assert len({*pairs}) == len(pairs)
