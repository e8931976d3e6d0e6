"""Questions to the shipped data on one day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from jwpgraph.answers.answer import QuestionAnswer, answer_question
from jwpgraph.entities.app_context import AppContext
from jwpgraph.releases.directory import ReleaseDirectory

TODAY = date(2026, 11, 29)


@pytest.fixture(scope="session")
def ask(published: Path, lasting_site: AppContext) -> Iterator[Callable[[str], QuestionAnswer]]:
    """A function that answers a question from the shipped data."""
    release = ReleaseDirectory(published).current()
    assert release is not None
    with asyncio.Runner() as runner:
        yield lambda question: runner.run(answer_question(lasting_site, release.search_path, question, TODAY))
