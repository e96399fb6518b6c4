"""What hatchling runs when a wheel is built: the native loop's images for all platforms go in."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_EDITABLE = "editable"


class ImagesHook(BuildHookInterface):
    """Compiles the loop; a wheel without images, where llvmlite is missing, works as well."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add images to a wheel; a checkout compiles its own when it is first used."""
        if version == _EDITABLE:
            return
        self._folder = tempfile.mkdtemp()
        sys.path.insert(0, self.root)
        try:
            from wasmlab.native.image.platforms import PLATFORMS  # from the project
            from wasmlab.native.loop import IMAGE, IMAGES, image_file  # likewise

            target = Path(IMAGES).relative_to(self.root)
            for platform in PLATFORMS:
                made = Path(self._folder, platform.name + IMAGE)
                made.write_bytes(image_file(platform))
                build_data["force_include"][str(made)] = str(target / made.name)
        except ImportError as error:
            self.app.display_warning(f"a wheel without the native loop's images: {error}")
        finally:
            sys.path.remove(self.root)

    def finalize(self, version: str, _build_data: dict[str, Any], _artifact: str) -> None:
        """Remove what the wheel has its own copies of."""
        if version != _EDITABLE:
            shutil.rmtree(self._folder)
