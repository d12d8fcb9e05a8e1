"""Links that are read, and links that are too many to be sent."""

from policytrace.server.http.links import LONGEST, read_links, shortened


def _field(*links: tuple[str, str]) -> str:
    return ", ".join(f'<{target}>; rel="{relation}"; type="text/html"' for target, relation in links)


def test_links_that_fit_are_left_as_they_are() -> None:
    field = _field(("/a,b", "alternate"), ("/c;d", "next"))
    assert shortened(field) == field
    assert read_links(field)[1] == ("/c;d", {"rel": "next", "type": "text/html"})


def test_of_links_that_do_not_fit_whole_relations_go_the_largest_first_and_the_linkset_last() -> None:
    items = [(f"/{number:0500}", "item") for number in range(4)]
    small = [("/cite", "cite-as"), ("/linkset", "linkset"), ("/next", "next")]
    assert shortened(_field(small[0], *items, *small[1:])) == _field(*small)
    long = "/" + "x" * LONGEST
    assert shortened(_field((long, "linkset"), (long, "next"))) == ""
    large = "/" + "x" * (LONGEST * 3 // 4)
    assert shortened(_field((large, "linkset"), (large, "next"))) == _field((large, "linkset"))
