"""Answers that are counted once for a release: for everything at once they would take seconds each time.

Each is a file that names the rule it was counted by. Where there is none, or it followed another rule, who
reads counts anew, so that an answer is the same with and without it.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

COUNTED = "counted"
"""Folder of a release that holds them; it appears whole, some time after the release."""


def rule(texts: Iterable[str]) -> str:
    """A digest of everything that decides an answer, such as the texts of its queries."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def load(release: Path, name: str, by: str) -> Any | None:
    """What was counted under a name by this rule; None if it is not there.

    Args:
        release: the folder of a release.
        name: the name of the answer.
        by: digest of the rule.
    """
    try:
        found = json.loads((release / COUNTED / f"{name}.json").read_bytes())
    except OSError:
        return None
    return found["found"] if found["rule"] == by else None


def save(folder: Path, name: str, by: str, found: Any) -> None:
    """Write an answer into a folder, for a later ``load``.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    text = json.dumps({"rule": by, "found": found}, ensure_ascii=False, separators=(",", ":"))
    (folder / f"{name}.json").write_text(text, "utf-8")
