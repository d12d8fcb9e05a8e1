"""Takes the bundles of the front-end into a wheel, where they were built."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Bundles(BuildHookInterface):  # type: ignore[misc]
    """The build hook."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add build/bundles as policytrace/bundles; without it the wheel has pages without scripts."""
        folder = Path(self.root) / "build" / "bundles"
        if version == "standard" and (folder / "manifest.json").is_file():
            build_data["force_include"][str(folder)] = "policytrace/bundles"
