"""Transfer paths as pictures: those of a question, and one that is cited."""

from flask import Blueprint, Response

from policytrace.graph.paths.answer import Answer
from policytrace.server.http import negotiation
from policytrace.server.paths import page, routes
from policytrace.server.paths.sentences import chain, summary
from policytrace.server.pictures.answer import PNG, SVG, Picture, picture_file
from policytrace.server.responses import exports, responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links

blueprint = Blueprint("pictures of paths", __name__)


@blueprint.get("/picture/paths.<extension>")
def question(extension: str) -> Response:
    """The paths that answer a question."""
    given = routes.options()
    return _sent(routes.answer(given), "transfer-paths", extension, exports.again("paths", given))


@blueprint.get("/picture/path/<path_id>.<extension>")
def one(path_id: str, extension: str) -> Response:
    """A path that was cited, as it stands in this release."""
    answer, _ = routes.cited_path(path_id)
    again = links().absolute(answer.paths[0].permalink) if answer.paths else ""
    return _sent(answer, f"path-{path_id}", extension, again)


def _sent(answer: Answer, name: str, extension: str, again: str) -> Response:
    form = negotiation.named(extension, (SVG, PNG))
    if form is None:
        raise ProblemError(
            404, "Not found", f"There is no picture of paths as “{extension}”: take svg or png."
        )
    if not answer.paths:
        raise ProblemError(404, "Nothing to draw", "No path answers this question.")
    drawing = page.draw_answer(answer)
    told = dict.fromkeys(chain(path) for path in answer.paths)
    shown = Picture(
        summary(answer),
        f"{'. '.join(told)}.",
        "paths.svg",
        drawing,
        drawing.width,
        drawing.height,
        (),
        (),
    )
    headers = {"Content-Disposition": f'inline; filename="{name}.{form.name}"'}
    return responses.send(picture_file(shown, form, again), form, headers=headers, negotiated=False)
