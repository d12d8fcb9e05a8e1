"""Writes a whole site into a folder."""

import json
import multiprocessing
import os
import re
import shutil
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from policytrace.graph.releases.release import Releases
from policytrace.graph.vocabulary.terms import LICENCE
from policytrace.server.freeze import fetch
from policytrace.server.freeze.addresses import seeds
from policytrace.server.freeze.fetch import MOVED, FetchRequest, FetchResult, local_link
from policytrace.server.http.conditional import IMMUTABLE
from policytrace.server.operations.settings import Settings

RULES = {"htaccess": ".htaccess", "nginx.conf": "nginx.conf", "headers": "_headers"}
"""Rules for hosts that can choose a format: the packaged file, and its name in a frozen site."""
LEADING = {
    "nginx.conf": "    location = {0} {{ return 302 {2}; }}",
    "htaccess": "RewriteRule ^{1}$ {2} [R=302,L,NE]",
}
"""How the rules of a host say that one address leads to another."""
LICENSED = '<{}>; rel="license"'
"""The header that names a licence."""
VOCABULARY, DATA = ("ns*", "scheme*", "shapes*"), ("doc/*", "collection*", "dataset/*", "dumps/*")
"""Where hosts that can tell paths by their beginning alone send the licence, if not all have the same."""
BATCH = 32
"""Addresses that a process is given at once."""
AHEAD = 16
"""Batches that are handed out before their turn."""
Progress = Callable[[int, int], None]


@dataclass
class FrozenSite:
    """What was written, and what could not be."""

    release: str = ""
    files: int = 0
    size: int = 0
    redirects: dict[str, str] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    """Addresses that pages name and that were not answered, with the status."""

    def take(self, one: FetchResult) -> None:
        """Counts what came of an address."""
        if one.status in MOVED:
            self.redirects[one.address] = one.location
        elif one.status != 200:
            self.missing[one.address] = one.status
        else:
            self.files += 1
            self.size += one.size


class FolderInUseError(Exception):
    """The folder to write to has something in it."""


def freeze(
    settings: Settings, release: str, target: Path, progress: Progress, processes: int | None = None
) -> FrozenSite:
    """Writes the site of a release into a folder, which appears when it is whole.

    Args:
        settings: of the application; its site is where the files will be served, with a slash at the end.
        release: the current release.
        target: a folder that does not exist or is empty.
        progress: is told how many files are written, and how many addresses are known to wait.
        processes: how many work at once, one for each processor by default.

    Raises:
        FolderInUseError: it is not empty.
        BrokenProcessPool: another release became current while it began, or a process was killed.
        OSError: it cannot be written.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FolderInUseError(f"{target} is not empty; name a new folder.")
    work = target.with_name(f".{target.name}.partial")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        found = FrozenSite(release)
        pool = ProcessPoolExecutor(
            processes or _processors(),
            multiprocessing.get_context("spawn"),
            fetch.start,
            (settings, release, work),
        )
        try:
            _written(pool, seeds(settings.home), found, progress)
            pool.submit(fetch.explain).result()
        finally:
            pool.shutdown(cancel_futures=True)
        write_rules(work, settings.site, found, Releases(settings.home).open(release).licence)
        if target.exists():
            target.rmdir()
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return found


def _processors() -> int:
    """Processors that this process may use, or all where the system does not tell."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _written(
    pool: ProcessPoolExecutor, first: Iterable[FetchRequest], found: FrozenSite, progress: Progress
) -> None:
    """Fetches everything that can be reached, each address once for each kind of answer."""
    seen = dict.fromkeys(first)
    waiting = deque(seen)
    running: set[Future[list[FetchResult]]] = set()
    while waiting or running:
        while waiting and len(running) < AHEAD:
            some = [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
            running.add(pool.submit(fetch.fetch, some))
        done, running = wait(running, return_when=FIRST_COMPLETED)
        for one in (one for batch in done for one in batch.result()):
            found.take(one)
            for asked in one.leads:
                if asked not in seen:
                    seen[asked] = None
                    waiting.append(asked)
        progress(found.files, len(waiting) + BATCH * len(running))


def write_rules(work: Path, site: str, found: FrozenSite, licence: str | None) -> None:
    """The rules for hosts that can choose a format, the redirects, and what this folder is."""
    root = urlsplit(site).path
    folder = files("policytrace") / "server" / "freeze" / "rules"
    leading = _leading(work, site, found)
    for source, name in RULES.items():
        text = Template((folder / source).read_text("utf-8")).substitute(
            root=root,
            release=found.release,
            lasting=IMMUTABLE,
            licence=_licence(source, root, licence),
            own_licence=LICENCE,
            redirects="\n".join(LEADING.get(source, "").format(*one) for one in leading),
        )
        (work / name).write_text(text, "utf-8")
    lines = [
        f"{root}id/* {root}doc/:splat 303",
        f"{root}dumps/latest/* {root}dumps/{found.release}/:splat 302",
        *(f"{root}{address} {local_link(to, site)} 302" for address, to in sorted(found.redirects.items())),
    ]
    (work / "_redirects").write_text("\n".join(lines) + "\n", "utf-8")
    told = {
        "release": found.release,
        "site": site,
        "files": found.files,
        "bytes": found.size,
        "missing": dict(sorted(found.missing.items())),
    }
    (work / "frozen.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def _licence(source: str, root: str, licence: str | None) -> str:
    """What the rules of a host say of the licence of the data; nothing where there is none.

    The ontology, the schemes and the shapes have their own.
    """
    link = LICENSED.format(licence) if licence else ""
    if source == "nginx.conf":
        return f"'{link}'"
    if source == "htaccess":
        return f"Header set Link '{link.replace('%', '%%')}'\n" if link else ""
    if licence == LICENCE:
        return f"\n  Link: {link}"
    own = dict.fromkeys(VOCABULARY, LICENSED.format(LICENCE))
    said = own | (dict.fromkeys(DATA, link) if link else {})
    return "".join(f"\n{root}{path}\n  Link: {value}" for path, value in said.items())


def _leading(work: Path, site: str, found: FrozenSite) -> list[tuple[str, str, str]]:
    """Addresses that lead on in every format: path, the same as a pattern, and where to."""
    root = urlsplit(site).path
    return [
        (f"{root}{address}", re.escape(address), local_link(to, site))
        for address, to in sorted(found.redirects.items())
        if "?" not in address and not address.endswith(".html") and not (work / f"{address}.ttl").is_file()
    ]
