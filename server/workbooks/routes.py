"""The page where a filled workbook is checked, and the workbook to fill; nothing that is sent is kept."""

import base64
import io
from typing import IO, Any

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import FormDataParser

from policytrace.graph.releases.release import Release
from policytrace.graph.workbooks.limits import ROWS
from policytrace.server.execution.errors import (
    BusyError,
    MemoryLimitError,
    NoResultError,
    StoppedError,
    TimeLimitError,
)
from policytrace.server.http import request_body
from policytrace.server.http.negotiation import HTML, JSON, XLSX, Format
from policytrace.server.responses import responses
from policytrace.server.responses.responses import ProblemError
from policytrace.server.responses.state import links, opened, state
from policytrace.server.workbooks import process

blueprint = Blueprint("checking", __name__)

SIZE = 5
"""MiB that a workbook may have."""
SHOWN = 500
"""Findings a page lists; the marked copy and JSON have all."""
AGAIN = 10
"""Seconds after which a client may send another workbook while one of it is being checked."""
INLINE = 3 * 2**20
"""Bytes up to which the page itself holds the marked copy."""
OFFERS: tuple[Format, ...] = (HTML, JSON, XLSX)
_FORM, _PART = "multipart/form-data", "file"
_FAILURES = {
    BusyError: (503, "Busy"),
    StoppedError: (503, "The check was interrupted"),
    TimeLimitError: (504, "Time limit reached"),
    MemoryLimitError: (507, "Memory limit reached"),
}


@blueprint.get("/check")
def form() -> Response:
    """The form."""
    return responses.page("workbooks/check.html", result=None, **_limits())


@blueprint.get("/check/template.xlsx")
def template() -> Response:
    """The workbook to fill; with ``project``, the rows of a project stand in it."""
    project = request.args.get("project", "").strip()
    data = opened().documents.get_or_make(("check", project, XLSX.name), lambda: _template(project))
    name = process.safe(f"{project or 'policytrace'}.xlsx")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return responses.send(data, XLSX, headers=headers, negotiated=False)


def _template(project: str) -> bytes:
    from policytrace.graph.building.build import demo
    from policytrace.graph.workbooks import base_tables, template

    sheets = base_tables.base_sheets(_release(), demo())
    filled = base_tables.project_sheets(sheets, project) if project else []
    if project and not filled:
        hints = [("The empty workbook", links().path("check/template.xlsx"))]
        raise ProblemError(404, "Not found", f"There is no project “{project}” here.", hints=hints)
    output = io.BytesIO()
    template.write(output, sheets, filled)
    return output.getvalue()


@blueprint.post("/check")
def check() -> Response:
    """What is wrong with a workbook and what it would add: as page, JSON or marked copy."""
    wanted = responses.wanted(OFFERS)
    data, name = _sent()
    release = _release()
    client = request.environ[request_body.CLIENT]
    state().counters.add("checks", 1)
    try:
        result = process.run(data, name, release.path if release else None, client)
    except process.OneAtATimeError as error:
        raise ProblemError(429, "Too many requests", str(error), retry_after=AGAIN) from None
    except NoResultError as error:
        status, title = _FAILURES.get(type(error), (500, "Not checked"))
        raise ProblemError(status, title, str(error)) from None
    finally:
        state().counters.add("checks", -1)
    kept = {"Cache-Control": "no-store"}
    if wanted is JSON:
        return responses.send(responses.as_json(result.found), JSON, headers=kept)
    if wanted is XLSX and result.marked:
        disposition = f'attachment; filename="marked-{process.safe(name)}"'
        return responses.send(result.marked, XLSX, headers=kept | {"Content-Disposition": disposition})
    inline = base64.b64encode(result.marked).decode() if len(result.marked) <= INLINE else ""
    return responses.page(
        "workbooks/check.html",
        headers=kept,
        result=result.found,
        name=name,
        marked=f"data:{XLSX.media_type};base64,{inline}" if inline else "",
        marked_name=f"marked-{process.safe(name)}",
        shown=SHOWN,
        **_limits(),
    )


def _limits() -> dict[str, Any]:
    return {"size": SIZE, "rows": ROWS}


def _release() -> Release | None:
    """The release with its files; None where it lies on another server."""
    return None if state().settings.store else opened().release


def _sent() -> tuple[bytes, str]:
    """The workbook of a request and its name.

    Raises:
        ProblemError: 400, 408, 413 or 415.
    """
    if request.mimetype not in (_FORM, XLSX.media_type):
        detail = f"Send the workbook as the field “{_PART}” of {_FORM}, or alone as {XLSX.media_type}."
        raise ProblemError(415, "Unsupported media type", detail)
    try:
        data = request_body.read(request.environ, request.stream, SIZE * 2**20, request.content_length)
    except request_body.BodyTooLargeError:
        raise ProblemError(413, "Too large", f"A workbook may have {SIZE} MiB.", limit_mib=SIZE) from None
    except request_body.BodyTooSlowError as error:
        raise responses.too_slow(error) from None
    if request.mimetype != _FORM:
        return data, request.args.get("name", "workbook.xlsx")
    part = _part(data)
    if part is None or not part.filename:
        raise ProblemError(400, "No workbook", f"Choose a file; it is sent as the field “{_PART}”.")
    return part.stream.read(), part.filename


def _memory(
    total_content_length: int | None,
    content_type: str | None,
    filename: str | None,
    content_length: int | None = None,
) -> IO[bytes]:
    """Where the parts of a form are read into: never a file."""
    return io.BytesIO()


def _part(data: bytes) -> FileStorage | None:
    try:
        parser = FormDataParser(_memory, max_form_memory_size=len(data) + 1, max_form_parts=20, silent=False)
        _, _, parts = parser.parse(io.BytesIO(data), _FORM, len(data), request.mimetype_params)
    except (ValueError, HTTPException) as error:
        raise ProblemError(400, "The form cannot be read", str(error)) from None
    return parts.get(_PART)
