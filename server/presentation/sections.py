"""The lists of things, one for each kind, as ``sections.toml`` names them."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from policytrace.graph.vocabulary.terms import expand


@dataclass(frozen=True)
class Section:
    """A list of things of one kind: segment, class, headings, and what they are."""

    segment: str
    cls: str
    one: str
    many: str
    about: str

    @property
    def main(self) -> bool:
        """Whether the home page names it."""
        return bool(self.about)


def _sections() -> dict[str, Section]:
    source = files("policytrace") / "server" / "presentation" / "sections.toml"
    return {
        segment: Section(segment, expand(row["class"]), row["one"], row["many"], row.get("about", ""))
        for segment, row in tomllib.loads(source.read_text("utf-8")).items()
    }


SECTIONS: dict[str, Section] = _sections()
"""By the segment of the identifiers, in the order of the home page."""
