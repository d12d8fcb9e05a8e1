"""Writes a whole site into a folder."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from werkzeug.test import Client

from policytrace.server.freeze.addresses import file_of, own, seeds, with_files
from policytrace.server.freeze.crawl import Crawl, Fetched
from policytrace.server.state import State

if TYPE_CHECKING:
    from flask import Flask

RULES = {"htaccess": ".htaccess", "nginx.conf": "nginx.conf", "headers": "_headers"}
"""Rules for hosts that can choose a format: the packaged file, and its name in a frozen site."""
MOVED = (301, 302, 303, 307, 308)
DOCUMENT = "doc/"
Progress = Callable[[int, int], None]


@dataclass
class Frozen:
    """What was written, and what could not be."""

    release: str = ""
    files: int = 0
    size: int = 0
    redirects: dict[str, str] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    """Addresses that pages name and that were not answered, with the status."""


class FolderInUseError(Exception):
    """The folder to write to has something in it."""


def freeze(app: "Flask", site: str, target: Path, progress: Progress) -> Frozen:
    """Writes the site of an application into a folder, which appears when it is whole.

    Args:
        app: the application, made for this site.
        site: where the files will be served, with a slash at the end.
        target: a folder that does not exist or is empty.
        progress: is told how many files are written, and how many addresses are known to wait.

    Raises:
        FolderInUseError: it is not empty.
        OSError: it cannot be written.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FolderInUseError(f"{target} is not empty; name a new folder.")
    app.jinja_env.globals["frozen"] = True
    work = target.with_name(f".{target.name}.partial")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        found = _written(app, site, work, progress)
        if target.exists():
            target.rmdir()
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return found


def _written(app: "Flask", site: str, work: Path, progress: Progress) -> Frozen:
    state: State = app.extensions["policytrace"]
    found = Frozen(release=state.published.current().release.id)
    crawl = Crawl(app.wsgi_app, site)
    for answer in crawl.run(seeds(state.settings.home)):
        if answer.status in MOVED:
            found.redirects[answer.address] = answer.location
        elif answer.status != 200:
            found.missing[answer.address] = answer.status
        else:
            _write(answer, site, work, found)
        if (found.files + len(found.missing)) % 50 == 0:
            progress(found.files, crawl.waiting)
    for address, location in found.redirects.items():
        _leading(work / file_of(address, "text/html"), _inside(location, site))
    gone = Client(app.wsgi_app).get("/not-here", headers={"Accept": "text/html"})
    (work / "404.html").write_bytes(gone.get_data())
    _rules(work, site, found)
    progress(found.files, 0)
    return found


def _write(answer: Fetched, site: str, work: Path, found: Frozen) -> None:
    path = work / file_of(answer.address, answer.media_type)
    path.parent.mkdir(parents=True, exist_ok=True)
    body = answer.body
    if answer.media_type == "text/html":
        body = [with_files(b"".join(body).decode()).encode()]
        if answer.address.startswith(DOCUMENT) and "?" not in answer.address:
            thing = answer.address[len(DOCUMENT) :].removesuffix(".html")
            _leading(work / f"id/{thing}.html", _inside(f"{site}{DOCUMENT}{thing}", site))
    with path.open("wb") as file:
        for chunk in body:
            found.size += file.write(chunk)
    found.files += 1


def _inside(location: str, site: str) -> str:
    """A link to a place: a path on the same host, so that a copy elsewhere works too."""
    return urlsplit(location).path if own(location, site) is not None else location


def _leading(path: Path, location: str) -> None:
    """A page that leads on, for hosts without rules."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    to = escape(location, quote=True)
    path.write_text(
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Moved</title>\n'
        f'<meta http-equiv="refresh" content="0; url={to}">\n<link rel="canonical" href="{to}">\n'
        f'<p>This is described at <a href="{to}">{to}</a>.</p>\n</html>\n',
        "utf-8",
    )


def _rules(work: Path, site: str, found: Frozen) -> None:
    """The rules for hosts that can choose a format, the redirects, and what this folder is."""
    root = urlsplit(site).path
    folder = files("policytrace") / "server" / "freeze" / "rules"
    for source, name in RULES.items():
        text = Template((folder / source).read_text("utf-8")).substitute(root=root)
        (work / name).write_text(text, "utf-8")
    lines = [f"{root}id/* {root}doc/:splat 303"]
    lines += [f"{root}{address} {_inside(to, site)} 302" for address, to in sorted(found.redirects.items())]
    (work / "_redirects").write_text("\n".join(lines) + "\n", "utf-8")
    told = {
        "release": found.release,
        "site": site,
        "files": found.files,
        "bytes": found.size,
        "missing": dict(sorted(found.missing.items())),
    }
    (work / "frozen.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")
