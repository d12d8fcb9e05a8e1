"""Transfer paths as pictures: those of a question, and one that is cited."""

from flask import Blueprint, Response

from policytrace.graph.paths.contract import Answer
from policytrace.server import exports, negotiate, path_page, paths, replies
from policytrace.server.pictures.picture import Picture
from policytrace.server.pictures.routes import PNG, SVG, written
from policytrace.server.replies import ProblemError
from policytrace.server.state import links

blueprint = Blueprint("pictures of paths", __name__)


@blueprint.get("/picture/paths.<extension>")
def question(extension: str) -> Response:
    """The paths that answer a question."""
    given = paths.options()
    return _sent(paths.answer(given), "transfer-paths", extension, exports.again("paths", given))


@blueprint.get("/picture/path/<path_id>.<extension>")
def one(path_id: str, extension: str) -> Response:
    """A path that was cited, as it stands in this release."""
    answer, _ = paths.cited(path_id)
    again = links().absolute(answer.paths[0].permalink) if answer.paths else ""
    return _sent(answer, f"path-{path_id}", extension, again)


def _sent(answer: Answer, name: str, extension: str, again: str) -> Response:
    form = negotiate.named(extension, (SVG, PNG))
    if form is None:
        raise ProblemError(
            404, "Not found", f"There is no picture of paths as “{extension}”: take svg or png."
        )
    if not answer.paths:
        raise ProblemError(404, "Nothing to draw", "No path answers this question.")
    drawing = path_page.drawn(answer)
    told = dict.fromkeys(path_page.chain(path) for path in answer.paths)
    shown = Picture(
        path_page.summary(answer),
        f"{'. '.join(told)}.",
        "paths.svg",
        drawing,
        drawing.width,
        drawing.height,
        (),
        (),
    )
    headers = {"Content-Disposition": f'inline; filename="{name}.{form.name}"'}
    return replies.send(written(shown, form, again), form, headers=headers, negotiated=False)
