"""Questions to the shipped data on one day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from pyoxigraph import Store

from jwpgraph.answers.answer import QuestionAnswer, answer_question
from jwpgraph.entities.app_context import AppContext
from jwpgraph.releases.text_index import build_text_index

TODAY = date(2026, 11, 29)


@pytest.fixture(scope="module")
def ask(
    shipped_store: Store, lasting_site: AppContext, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], QuestionAnswer]]:
    """A function that answers a question from the shipped data."""
    index = tmp_path_factory.mktemp("index") / "search.sqlite"
    build_text_index(shipped_store, index)
    with asyncio.Runner() as runner:
        yield lambda question: runner.run(answer_question(lasting_site, index, question, TODAY))
