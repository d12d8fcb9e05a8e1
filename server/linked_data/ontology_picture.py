"""The main classes of the ontology as a picture, with its table."""

from flask import Blueprint, Response

from policytrace.graph.vocabulary.translation import gettext
from policytrace.server.http import negotiation
from policytrace.server.pictures.answer import FORMATS, Picture, picture_file
from policytrace.server.pictures.class_diagram import COLUMNS, diagram, table
from policytrace.server.responses import exports, responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import opened, view

blueprint = Blueprint("pictures of the ontology", __name__)


@blueprint.get("/picture/classes.<extension>")
def classes(extension: str) -> Response:
    """The classes and the properties between them."""
    form = negotiation.named(extension, FORMATS)
    if form is None:
        raise ProblemError(
            404, "Not found", f"There is no picture of classes as “{extension}”: take svg, png or csv."
        )
    again = exports.again(f"picture/classes.{form.name}", {})
    body = opened().documents.get_or_make(
        ("picture", "classes", form.name), lambda: picture_file(_picture(), form, again)
    )
    headers = {"Content-Disposition": f'inline; filename="classes.{form.name}"'}
    return responses.send(body, form, headers=headers, negotiated=False)


def _picture() -> Picture:
    drawn = diagram(view())
    return Picture(
        gettext("The main classes"),
        ". ".join(line.sentence for line in drawn.lines) + ".",
        "classes.svg",
        drawn,
        drawn.width,
        drawn.height,
        COLUMNS,
        table(drawn),
    )
