from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, QueryResultsFormat, QuerySolutions, Store, Variable

from jwpgraph.query_execution.xml_results import CharacterNotInXmlError, XmlResultWriter


def _written(text: str) -> bytes:
    solutions = Store().query("SELECT ?x {}", substitutions={Variable("x"): Literal(text)})
    assert isinstance(solutions, QuerySolutions)
    return solutions.serialize(format=QueryResultsFormat.XML) or b""


def _passed(pieces: list[bytes]) -> bytes:
    sink = io.BytesIO()
    text = XmlResultWriter(sink)
    assert [text.write(piece) for piece in pieces] == [len(piece) for piece in pieces]
    return sink.getvalue()


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 7))
def test_written_text_is_read_back(text: str, length: int) -> None:
    document = _written(text)
    pieces = [document[start : start + length] for start in range(0, len(document), length)]
    if any(character < " " and character not in "\t\n\r" for character in text) or {"\ufffe", "\uffff"} & set(text):
        with pytest.raises(CharacterNotInXmlError):
            _passed(pieces)
        return
    found = ElementTree.fromstring(_passed(pieces)).findtext(".//{*}literal")
    assert found == text
