"""Fuzzing of what reads input of clients: SPARQL guard, update reader, content negotiation and RDF readers.

``python -m benchmarks.fuzz --minutes 10`` mutates fragments of their languages with hypothesis. A reader may refuse an
input with a problem, and nothing else: any other exception is printed with the smallest input that raises it, and the
exit code is 1. Inputs that failed, or reached something new, are kept in ``.hypothesis/fuzz`` and tried first the next
time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.database import DirectoryBasedExampleDatabase

from jwpgraph.http.negotiation import negotiate, negotiate_coding, parse_content_type
from jwpgraph.problems import ProblemError
from jwpgraph.releases.changes import Payload
from jwpgraph.releases.rdf_files import read_graph
from jwpgraph.releases.sparql_update import read_update
from jwpgraph.settings import Settings
from jwpgraph.sparql_syntax.guard import inspect_text

_EXAMPLES: Final = 300
_LONGEST: Final = 25
_SPARQL: Final = (
    "SELECT ASK CONSTRUCT DESCRIBE WHERE FROM NAMED GRAPH SERVICE SILENT OPTIONAL UNION MINUS FILTER BIND AS VALUES "
    "EXISTS NOT PREFIX BASE INSERT DELETE DATA WITH USING LOAD INTO CLEAR DROP CREATE ADD MOVE COPY TO ALL DEFAULT "
    "LIMIT OFFSET ORDER BY GROUP HAVING COUNT NOW "
    "a true { } ( ) [ ] << >> . ; , * / | ^ ! + - = < > && || ? $ @en @ ^^ # \\ ' \" ''' "
    '""" \\u0053 \\U0000007B p: p:a :b _:c ?x $y <urn:a> <> <\\u0041> <http://a/ 1 1.5 1e9 "x" \'y\' \n \t \r'
)
_HEADER: Final = (
    'text/html text/turtle application/json */* text/* * ; , = " \\ q=0.5 q=1 q= q=nan q=1e400 ;profile= charset=utf-8 '
    "gzip br zstd identity \xff \x00 boundary= a/b ä"
)
_RDF: Final = (
    "@prefix @base PREFIX BASE a <urn:a> <a> <> p: p:a _:b [ ] ( ) { } << >> . ; , \"x\" 'y' \"\"\" ''' @en ^^ \\u0041 "
    '1 1.0 true # <rdf:RDF <rdf:Description rdf:about=" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:e="urn:e#" <e:p> </e:p> /> > <?xml version="1.0"?> <!DOCTYPE <!ENTITY x "y"> &x; &#0; <![CDATA[ ]]> '
    '{ "@id": "@graph" "@context" [ ] , : } '
    "\n \t \ufeff \x00 \xff"
)
_OFFERS: Final = ("text/html", "text/turtle", "application/ld+json;profile=x", "application/json")
_TYPES: Final = (
    "text/turtle",
    "application/trig",
    "application/n-triples",
    "application/n-quads",
    "application/rdf+xml",
    "application/ld+json",
)


def _texts(fragments: str) -> st.SearchStrategy[str]:
    piece = st.sampled_from(fragments.split(" ")) | st.text(max_size=5)
    return st.lists(piece, max_size=_LONGEST).flatmap(
        lambda pieces: st.sampled_from((" ", "")).map(lambda gap: gap.join(pieces))
    )


def guard(text: str) -> None:
    """Inspect a query or update."""
    inspect_text(text, _SETTINGS)


def update(text: str) -> None:
    """Parse an update."""
    read_update(text, "https://example.org/")


def negotiation(text: str) -> None:
    """Read *text* as the value of Accept, Accept-Encoding and Content-Type."""
    if negotiate(text, _OFFERS) not in (*_OFFERS, None):
        raise AssertionError("not an offer")
    if negotiate_coding(text, ("br", "gzip")) not in {"br", "gzip", "identity"}:
        raise AssertionError("not an available coding")
    parse_content_type(text)


def rdf(text: str) -> None:
    """Read *text* in each RDF format."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        for media_type in _TYPES:
            try:
                read_graph(Payload(path, media_type, "https://example.org/"), "urn:graph")
            except ProblemError:
                continue


_SETTINGS: Final = Settings()
TARGETS: Final[dict[str, tuple[Callable[[str], None], str]]] = {
    "guard": (guard, _SPARQL),
    "update": (update, _SPARQL),
    "negotiation": (negotiation, _HEADER),
    "rdf": (rdf, _RDF),
}


def fuzz(name: str, database: Path) -> None:
    """Try one target with some hundred inputs; raise what it raises for the smallest of them."""
    read, fragments = TARGETS[name]

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        database=DirectoryBasedExampleDatabase(database / name),
        phases=(Phase.reuse, Phase.generate, Phase.target, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(_texts(fragments))
    def attempt(text: str) -> None:
        try:
            read(text)
        except ProblemError:
            return

    attempt()


def main() -> None:
    """Fuzz the targets in turn until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[[], *TARGETS], help="what to fuzz (default: everything)")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--corpus", type=Path, default=Path(".hypothesis/fuzz"), help="folder of the kept inputs")
    options = parser.parse_args()
    end = time.monotonic() + options.minutes * 60
    rounds = 0
    failed: set[str] = set()
    while not rounds or time.monotonic() < end:
        rounds += 1
        for name in options.targets or TARGETS:
            try:
                fuzz(name, options.corpus)
            except Exception as error:
                failed.add(name)
                print(f"{name}: {type(error).__name__}: {error}", *error.__notes__, sep="\n  ", file=sys.stderr)
        if failed:
            break
    print(f"{rounds * _EXAMPLES} inputs for each target, {len(failed)} targets failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
