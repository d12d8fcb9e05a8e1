"""The pieces of a query: however they are put together, each letter is read a few times at most."""

import pytest

from policytrace.graph.sparql.syntax import QueryRefusedError, check_no_service, expand_code_points, tokens

Q, A, B = '"', "'", "\\"
PIECES = [Q + B, Q * 3 + "a" + Q + B, A * 3 + "a" + A + B, B + Q * 3, Q * 3 + B + Q, "a.", "a-", "<", "@a-"]


@pytest.mark.parametrize("piece", PIECES)
def test_a_long_text_of_any_pieces_is_read(piece: str) -> None:
    text = piece * (300_000 // len(piece))
    assert sum(len(token.text) for token in tokens(text)) <= len(text)


def test_behind_a_doubtful_sign_a_long_text_hides_nothing() -> None:
    begin = f"SELECT * {{ ?s ?p {Q}open # comment\n"
    text = f"{begin}{Q}a # b{Q} SERVICE <urn:x> {{ # {A}SERVICE{A} }}" + " " * 20_000
    kinds = [token.kind for token in tokens(text)]
    assert "string" not in kinds
    assert [token.text for token in tokens(text)].count("SERVICE") == 2
    with pytest.raises(QueryRefusedError):
        check_no_service(text)
    short = [token.text for token in tokens(f"ASK {{ ?s ?p {Q}a # b{Q} }} # {Q}")]
    assert short == ["ASK", "{", "?s", "?p", f"{Q}a # b{Q}", "}"]


def test_long_queries_keep_their_strings_and_comments() -> None:
    text = f"ASK {{ ?s ?p {Q}a {B}{Q} # b{Q} }} # it{A}s\n" * 1000
    found = [(token.kind, token.text) for token in tokens(text)]
    assert found[4] == ("string", f"{Q}a {B}{Q} # b{Q}")
    assert len(found) == 6 * 1000


def test_escapes_of_a_long_query_are_expanded_at_once() -> None:
    assert expand_code_points(f"{Q}{B}u0041{Q} " * 1000) == f"{Q}A{Q} " * 1000
    text = f"<urn:{B}u0041> {A}x{A} {Q}{B}{B}u0041{Q}"
    assert expand_code_points(text) == f"<urn:A> {A}x{A} {Q}{B}{B}u0041{Q}"
