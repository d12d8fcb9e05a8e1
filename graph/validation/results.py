"""What validation finds: results as SHACL reports them, and the nodes that do not conform because of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import pyoxigraph as ox

from policytrace.graph.validation.shapes import Path, Shape, Term


@dataclass(frozen=True, slots=True)
class Result:
    """One validation result, with the fields of sh:ValidationResult (SHACL, 3.6.2)."""

    focus: Term
    path: Path | None
    value: Term | None
    component: str
    shape: Term
    severity: str
    messages: tuple[ox.Literal, ...]

    @property
    def key(self) -> tuple[str, str, str, str, str, str]:
        """What makes it the same result in another validator's report: all but the message."""
        return (
            str(self.focus),
            self.path.text if self.path else "",
            str(self.value) if self.value is not None else "",
            self.component,
            self.severity,
            str(self.shape),
        )


class NodeResult(NamedTuple):
    """A result and the node that does not conform because of it."""

    node: Term
    result: Result


def node_result(
    shape: Shape, component: str, focus: Term, value: Term | None = None, message: str = ""
) -> NodeResult:
    """What a shape says of a focus node; ``message`` stands in where the shape has none."""
    messages = shape.messages or ((ox.Literal(message),) if message else ())
    return NodeResult(
        focus, Result(focus, shape.path, value, component, shape.node, shape.severity, messages)
    )


def fill_message(message: ox.Literal, row: Mapping[str, Term | None]) -> ox.Literal:
    """A message of a SPARQL constraint with the values of a row for ``{?name}`` (SHACL, 5.3.2)."""
    text = message.value
    for name, term in row.items():
        if term is not None:
            text = re.sub(rf"\{{[?$]{name}\}}", lambda _, term=term: term.value, text)  # type: ignore[misc]
    return ox.Literal(text, language=message.language) if message.language else ox.Literal(text)
