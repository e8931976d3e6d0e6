"""Tests of registers of parties and signatories: agreement, conflicts and rejections."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from jwpgraph.problems import ProblemError
from jwpgraph.sources.cited_tables import RegisterInput
from jwpgraph.sources.import_report import ImportReport, RowRejectedError
from jwpgraph.sources.membership_claims import PARTY, SIGNATURE, MembershipClaim, find_displaced, merge_claims
from jwpgraph.sources.memberships import GRAPHS, HEADER, SEGMENTS, import_memberships
from jwpgraph.sources.register_dates import parse_iso_date, parse_two_digit_date
from jwpgraph.sources.statements import KnownDataset, ShippedDataset
from jwpgraph.vocabulary import ID, PREFIXES

ECOLEX = "StatID,EcolexID,Countries/Territories,Reservation,Sign,Rat,Force,Term,Title,Date,Entry.into.force\n"
IEADB = "country,mitch_id,tsig,inclusion,treatyname,tterm,csig,crat,ceif3\n"
PARTIES = "Name,ISO,Region,Party status,Date of joining,Entry into force\n"
CITES = "Convention on International Trade in Endangered Species of Wild Fauna and Flora"
CMS = "Convention on the Conservation of Migratory Species of Wild Animals"
SHARKS = "Memorandum of Understanding on the Conservation of Migratory Sharks"
SAIGA = (
    "Memorandum of Understanding concerning Conservation, Restoration and Sustainable Use of the "
    "Saiga Antelope (Saiga tatarica tatarica)"
)


def ecolex(country: str, title: str, sign: str = "", rat: str = "", force: str = "", term: str = "") -> str:
    return f'{country},TRE-1,x,,{sign},{rat},{force},{term},"{title}",,\n'


def ieadb(country: str, title: str, sign: str = "", rat: str = "", force: str = "") -> str:
    return f'"{country}",1,,MEA,{title},,{sign},{rat},{force}\n'


class Said:
    """Statements of an import, by record."""

    def __init__(self, statements, report: ImportReport) -> None:
        self.report = report
        self.store = Store()
        for one in statements.values():
            for triple in one.triples:
                self.store.add(Quad(*triple))
        self.statements = statements

    def of(self, iri: str) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for quad in self.store.quads_for_pattern(NamedNode(ID + iri), None, None):
            name = short(quad.predicate.value)
            found.setdefault(name, set()).add(
                quad.object.value if isinstance(quad.object, Literal) else short(quad.object.value)
            )
        return found

    def records(self) -> set[str]:
        kinds = (NamedNode(PREFIXES["jwp"] + name) for name in ("PartyStatus", "Signature"))
        return {
            quad.subject.value.removeprefix(ID)
            for kind in kinds
            for quad in self.store.quads_for_pattern(None, None, kind)
        }


def short(iri: str) -> str:
    if iri.startswith(ID):
        return iri.removeprefix(ID)
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


@pytest.fixture(scope="module")
def known() -> KnownDataset:
    return ShippedDataset(GRAPHS.values())


@pytest.fixture
def imported(tmp_path: Path, known: KnownDataset) -> Callable[..., Said]:
    def go(*contents: str, strict: bool = False) -> Said:
        files = []
        for number, content in enumerate(contents):
            files.append(tmp_path / f"{number}.csv")
            files[-1].write_text(content, encoding="utf-8")
        report = ImportReport(strict=strict)
        return Said(import_memberships(RegisterInput(files, known, report)), report)

    return go


def test_registers_that_agree_share_one_record_and_are_all_named(imported) -> None:
    said = imported(
        ECOLEX + ecolex("KEN", CITES, "1973-04-30", "1978-12-13", "1979-03-13"),
        IEADB + ieadb("Kenya", CITES, "1973-04-30", "1978-12-13", "1979-03-13"),
        PARTIES + "Kenya,KE,Africa,Ratification,13-Dec-78,13-Mar-79\n",
    )
    assert said.records() == {"party-status/cites-KE", "signature/cites-KE"}
    record = said.of("party-status/cites-KE")
    assert record["jwp:effectiveFrom"] == {"1979-03-13"}
    assert record["jwp:ratifiedOn"] == {"1978-12-13"}
    assert record["jwp:joinedBy"] == {"ratification"}
    assert record["jwp:contractingParty"] == {"country/KE"}
    assert record["jwp:partyTo"] == {"instrument/cites"}
    assert len(record["dcterms:source"]) == 3
    assert said.of("signature/cites-KE")["jwp:signedOn"] == {"1973-04-30"}
    assert not said.report.rejections


def test_registers_that_differ_stand_side_by_side_and_the_majority_is_preferred(imported) -> None:
    said = imported(
        IEADB + ieadb("Kenya", CITES, rat="1978-12-13", force="1979-06-01"),
        ECOLEX + ecolex("KEN", CITES, rat="1978-12-13", force="1979-03-13"),
        PARTIES + "Kenya,KE,Africa,Ratification,13-Dec-78,13-Mar-79\n",
    )
    records = said.records()
    assert len(records) == 2
    assert said.of("party-status/cites-KE")["jwp:effectiveFrom"] == {"1979-03-13"}
    (other,) = records - {"party-status/cites-KE"}
    assert said.of(other)["jwp:effectiveFrom"] == {"1979-06-01"}
    assert said.of(other)["prov:alternateOf"] == {"party-status/cites-KE"}
    assert "1979-06-01, not 1979-03-13" in said.of(other)["rdfs:comment"].pop()
    assert any("both versions are kept" in note for note in said.report.notes)


def test_the_file_named_first_wins_a_tie(imported) -> None:
    one = IEADB + ieadb("Kenya", CMS, rat="1999-02-26", force="1999-05-01")
    other = ECOLEX + ecolex("KEN", CMS, rat="1999-02-26", force="1999-06-01")
    assert imported(one, other).of("party-status/cms-KE")["jwp:effectiveFrom"] == {"1999-05-01"}
    assert imported(other, one).of("party-status/cms-KE")["jwp:effectiveFrom"] == {"1999-06-01"}


def test_a_date_that_one_of_two_registers_gives_says_which(imported) -> None:
    said = imported(
        IEADB + ieadb("Kenya", CMS, force="1999-05-01"),
        ECOLEX + ecolex("KEN", CMS, rat="1999-02-26", force="1999-05-01"),
    )
    assert said.records() == {"party-status/cms-KE"}
    statement = said.of("statement/party-status-cms-ke-ratified-on")
    assert statement["rdf:subject"] == {"party-status/cms-KE"}
    assert statement["rdf:object"] == {"1999-02-26"}
    assert len(statement["dcterms:source"]) == 1
    assert not said.of("statement/party-status-cms-ke-effective-from")


def test_a_memorandum_is_signed_and_makes_no_party(imported) -> None:
    said = imported(ECOLEX + ecolex("KEN", SHARKS, "2010-02-12", "", "2010-03-01"))
    assert said.records() == {"signature/sharks-mou-KE"}
    record = said.of("signature/sharks-mou-KE")
    assert record["jwp:signedOn"] == {"2010-02-12"}
    assert record["jwp:effectiveFrom"] == {"2010-03-01"}


def test_what_is_kept_by_hand_is_preferred_and_not_repeated(imported, known: KnownDataset) -> None:
    said = imported(
        ECOLEX
        + ecolex("KAZ", SAIGA, "2006-09-25", "", "2006-09-25")
        + ecolex("MNG", SAIGA, "2010-09-10", "", "2010-09-10")
    )
    (other,) = said.records()
    assert other.startswith("signature/saiga-mou-KZ.")
    assert said.of(other)["prov:alternateOf"] == {"signature/saiga-mou-KZ"}
    mongolia = said.of("signature/saiga-mou-MN")
    assert set(mongolia) == {"dcterms:source", "jwp:effectiveFrom"}
    assert said.of("statement/signature-saiga-mou-mn-effective-from")["rdf:object"] == {"2010-09-10"}


def test_an_instrument_that_the_graph_lacks_and_rows_without_dates_are_passed_over_and_counted(imported) -> None:
    said = imported(
        ECOLEX + ecolex("KEN", "Agreement on the Conservation of Unicorns", "2010-02-12"),
        IEADB + ieadb("Kenya", CMS),
    )
    assert not said.records()
    assert said.report.skipped == {
        "instrument that is not in the graph: Agreement on the Conservation of Unicorns": 1,
        "listed without any date, so no member": 1,
    }
    assert not said.report.rejections


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (ecolex("XXX", CITES, rat="1990-01-01"), "StatID", "no country has this code"),
        (ecolex("", CITES, rat="1990-01-01"), "StatID", "missing"),
        (ecolex("KEN", CITES, rat="1990-02-30"), "Rat", "no such day"),
        (ecolex("KEN", CITES, rat="30/02/1990"), "Rat", "not a date like"),
        (ecolex("KEN", CITES, force="1890-01-01"), "Force", "before 1973"),
        (ecolex("KEN", CITES, force="2999-01-01"), "Force", "years ahead"),
        (ecolex("KEN", CITES, force="1990-01-01", term="1980-01-01"), "Term", "ends before it begins"),
        (ecolex("UGA", CITES, rat="1990-01-01"), "", "repeats line 2"),
    ],
)
def test_a_bad_row_is_rejected_with_its_column_and_the_others_are_imported(imported, row, column, reason) -> None:
    said = imported(ECOLEX + ecolex("UGA", CITES, rat="1991-07-18") + row + ecolex("GHA", CITES, rat="1975-11-14"))
    assert said.records() == {"party-status/cites-UG", "party-status/cites-GH"}
    (rejection,) = said.report.rejections
    assert (rejection.line, rejection.column) == (3, column)
    assert reason in rejection.reason


def test_an_unknown_name_is_rejected_with_what_it_may_have_meant(imported) -> None:
    said = imported(IEADB + ieadb("Kenia", CMS, rat="1999-02-26") + ieadb("CÔTE D’IVOIRE", CMS, rat="2003-04-01"))
    assert said.records() == {"party-status/cms-CI"}
    assert "kenya" in said.report.rejections[0].reason


def test_the_european_union_is_a_party(imported) -> None:
    said = imported(PARTIES + "European Union,EU,Europe,Accession,09-Apr-15,08-Jul-15\n")
    assert said.of("party-status/cites-european-union")["jwp:contractingParty"] == {"body/european-union"}


def test_a_list_without_any_date_in_a_row_rejects_it(imported) -> None:
    said = imported(PARTIES + "Kenya,KE,Africa,Ratification,,\nGhana,GH,Africa,Ratification,14-Nov-75,12-Feb-76\n")
    assert [one.line for one in said.report.rejections] == [2]


def test_a_strict_import_stops(imported) -> None:
    with pytest.raises(ProblemError) as refused:
        imported(ECOLEX + ecolex("XXX", CITES, rat="1990-01-01"), strict=True)
    assert refused.value.exit_code == 1


SLIPPED = ["DZA", "BHS", "BGD", "BEN", "CMR", "COM"]
TRUE_DATES = {
    "DZA": ("1983-11-23", "1984-02-21", "Algeria"),
    "BHS": ("1979-06-20", "1979-09-18", "Bahamas"),
    "BGD": ("1981-11-20", "1982-02-18", "Bangladesh"),
    "BEN": ("1984-02-28", "1984-05-28", "Benin"),
    "CMR": ("1981-06-05", "1981-09-03", "Cameroon"),
    "COM": ("1994-11-23", "1995-02-21", "Comoros"),
}


def test_rows_that_have_slipped_against_their_dates_are_found_by_comparison(imported) -> None:
    truth = IEADB + "".join(ieadb(name, CITES, "", rat, force) for rat, force, name in TRUE_DATES.values())
    rows = [ecolex("KEN", CITES, rat="1978-12-13", force="1979-03-13")]
    rows += [ecolex(SLIPPED[place], CITES, "", *TRUE_DATES[SLIPPED[place - 1]][:2]) for place in range(1, len(SLIPPED))]
    said = imported(truth, ECOLEX + "".join(rows))
    assert len(said.report.rejections) == 5
    assert "other registers give for Algeria: the rows are shifted" in said.report.rejections[0].reason
    for code in TRUE_DATES:
        assert len([one for one in said.records() if one.endswith(known_code(code))]) == 1
    assert "party-status/cites-KE" in said.records()


def known_code(alpha3: str) -> str:
    return {"DZA": "DZ", "BHS": "BS", "BGD": "BD", "BEN": "BJ", "CMR": "CM", "COM": "KM"}[alpha3]


def claim(source: str, member: str, force: str, order: int = 0) -> MembershipClaim:
    return MembershipClaim(
        PARTY, "cites", member, source, {"jwp:ratifiedOn": force, "jwp:effectiveFrom": force}, order=order
    )


def test_two_chance_likenesses_are_no_slip() -> None:
    claims = [claim("a", "KE", "1"), claim("a", "UG", "2"), claim("a", "TZ", "3")]
    claims += [claim("b", "KE", "2"), claim("b", "UG", "1"), claim("b", "TZ", "3")]
    assert find_displaced(claims) == {}


CLAIMS = st.lists(
    st.builds(
        lambda kind, member, source, day: MembershipClaim(
            kind, "i", member, source, {"jwp:signedOn": day} if day else {}
        ),
        st.sampled_from([PARTY, SIGNATURE]),
        st.sampled_from("KUG"),
        st.sampled_from("abc"),
        st.sampled_from(["", "1979-01-01", "1980-01-01", "1981-01-01"]),
    ),
    max_size=12,
    unique_by=lambda one: (one.kind, one.member, one.source),
)


@given(CLAIMS)
def test_no_claim_is_lost_and_no_record_contradicts_itself(claims: list[MembershipClaim]) -> None:
    records = [record for group in merge_claims(claims, []) for record in group]
    for one in claims:
        homes = [record for record in records if one.subject == (record.kind, record.instrument, record.member)]
        assert any(one.source in record.sources and record.agrees(one) for record in homes)
    for group in merge_claims(claims, []):
        dates = [record.facts.get("jwp:signedOn") for record in group]
        assert len(set(dates)) == len(dates)
        assert len(group[0].sources) == max(len(record.sources) for record in group)


@given(
    st.permutations(
        [claim("a", "K", "1", 0), claim("b", "K", "2", 1), claim("c", "K", "2", 2), claim("b", "G", "1", 1)]
    )
)
def test_the_order_of_rows_does_not_matter(claims: list[MembershipClaim]) -> None:
    groups = [[(record.facts, record.sources) for record in group] for group in merge_claims(claims, [])]
    assert groups[1][0][1] == ["b", "c"]
    assert groups[1][1][1] == ["a"]


@pytest.mark.parametrize(
    ("written", "year"),
    [("30-Oct-73", 1973), ("30-Oct-72", 2072), ("1-Jan-00", 2000), ("29-feb-00", 2000), ("31-DEC-99", 1999)],
)
def test_two_digits_are_the_year_since_the_convention(written: str, year: int) -> None:
    assert parse_two_digit_date(written, "c", not_before=1973).year == year


@pytest.mark.parametrize("written", ["30-Foo-85", "30-10-85", "31-Feb-85", "30-Oct-1985", "29-Feb-01"])
def test_what_is_no_date_of_two_digits_is_rejected(written: str) -> None:
    with pytest.raises(RowRejectedError):
        parse_two_digit_date(written, "c", not_before=1973)


@given(st.dates())
def test_iso_dates_are_read_as_they_are(day) -> None:
    assert parse_iso_date(day.isoformat(), "c") == day


def test_importing_again_gives_the_same_bytes(imported) -> None:
    files = (
        ECOLEX + ecolex("KEN", CITES, "1973-04-30", "1978-12-13", "1979-03-13") + ecolex("UGA", CMS, rat="2000-05-01"),
        IEADB + ieadb("Kenya", CITES, "1973-04-29", "1978-12-13", "1979-03-13"),
    )
    texts = [[one.turtle(HEADER, SEGMENTS) for one in imported(*files).statements.values()] for _ in range(2)]
    assert texts[0] == texts[1]


CURATED = "instrument,event,who,since,until,number,evidence,note,source,source_label,source_date\n"


def curated(row: str) -> str:
    return CURATED + row + ",https://example.org/a,A page,2025-01\n"


def test_a_row_kept_by_hand_names_its_own_source_and_level(imported) -> None:
    said = imported(curated("cites,party,TM,2025-01-02,,,inferred,Why"))
    record = said.of("party-status/cites-TM")
    assert record["dcterms:source"] == {"source/a-page"}
    assert record["jwp:evidence"] == {"evidence-level/inferred"}
    assert record["rdfs:comment"] == {"Why"}
    assert record["jwp:effectiveFrom"] == {"2025-01-02"}
    assert record["jwp:preferred"] == {"true"}
    assert said.of("source/a-page")["schema:url"] == {"https://example.org/a"}


def test_an_accession_that_ended_stands_beside_the_later_one(imported) -> None:
    said = imported(
        PARTIES + "Emirates,AE,Asia,Accession,08-Feb-90,09-May-90\n",
        curated("cites,party,AE,1975,1988,,sourced,"),
    )
    assert said.records() == {"party-status/cites-AE", "party-status/cites-AE.until-1988"}
    former = said.of("party-status/cites-AE.until-1988")
    assert (former["jwp:effectiveFrom"], former["jwp:effectiveUntil"]) == ({"1975"}, {"1988"})
    assert "prov:alternateOf" not in former
    assert said.of("party-status/cites-AE")["jwp:effectiveFrom"] == {"1990-05-09"}


def test_a_year_agrees_with_a_day_in_it_and_another_day_does_not(imported) -> None:
    said = imported(ECOLEX + ecolex("KEN", SHARKS, "2013-03-03"), curated("sharks-mou,signed,KE,2013,,,sourced,"))
    assert said.records() == {"signature/sharks-mou-KE"}
    assert said.of("signature/sharks-mou-KE")["jwp:signedOn"] == {"2013-03-03"}
    said = imported(ECOLEX + ecolex("KEN", SHARKS, "2013-03-03"), curated("sharks-mou,signed,KE,2013-03-04,,,sourced,"))
    other = said.of("signature/sharks-mou-KE.a-page")
    assert other["jwp:preferred"] == {"false"}
    assert other["prov:alternateOf"] == {"signature/sharks-mou-KE"}


def test_a_count_is_what_a_source_states(imported) -> None:
    said = imported(curated("cms,count,,2025,,133,sourced,"))
    assert said.of("instrument/cms") == {"jwp:statedMembers": {"133"}}
    assert said.of("statement/stated-members-cms-2025")["dcterms:source"] == {"source/a-page"}
    assert said.records() == set()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("no-such,party,TM,2025,,,sourced,", "instrument"),
        ("cms,leaves,TM,2025,,,sourced,", "event"),
        ("cms,party,XX,2025,,,sourced,", "who"),
        ("cms,party,TM,02/01/2025,,,sourced,", "since"),
        ("cms,party,TM,2025,,,certain,", "evidence"),
        ("cms,count,,2025,,many,sourced,", "number"),
    ],
)
def test_a_row_kept_by_hand_that_is_wrong_is_refused(imported, row: str, column: str) -> None:
    said = imported(curated(row))
    assert [one.column for one in said.report.rejections] == [column]
    assert not said.records()
