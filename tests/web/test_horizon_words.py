"""The three answers without a certain Appendix, in each language of the interface."""

from __future__ import annotations

import pytest

from jwpgraph.taxonomy.horizon import State
from jwpgraph.web.horizon_words import state_words
from jwpgraph.web.languages import PageLanguages, use_locale


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_not_listed_unknown_and_not_in_this_graph_differ(language: str) -> None:
    with use_locale(PageLanguages(language, language)):
        told = [
            state_words(State.NOT_LISTED, [], is_beyond=False),
            state_words(State.UNKNOWN, [], is_beyond=False),
            state_words(State.UNKNOWN, [], is_beyond=True),
            state_words(State.UNKNOWN, ["II"], is_beyond=False),
            state_words(State.NOT_IN_GRAPH, [], is_beyond=True),
        ]
    assert len(set(told)) == len(told)
    assert "II" in told[3]
