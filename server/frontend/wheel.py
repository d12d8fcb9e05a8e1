"""Takes what is built beside the package into a wheel: bundles of the front-end, catalogues of texts."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Built(BuildHookInterface):  # type: ignore[misc]
    """The build hook."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add what stands in build/; a wheel without it has pages without scripts, in English."""
        build = Path(self.root) / "build"
        if version != "standard":
            return
        if (build / "bundles" / "manifest.json").is_file():
            build_data["force_include"][str(build / "bundles")] = "policytrace/bundles"
        for file in (build / "locale").glob("*/LC_MESSAGES/policytrace.mo"):
            build_data["force_include"][str(file)] = f"policytrace/{file.relative_to(build).as_posix()}"
