"""The file of commands that a user's sessions begin with."""

from __future__ import annotations

import os

STARTUP = "startup.cmds"
"""Its name in the user's configuration folder."""


def startup_file() -> str:
    """Return the path of the user's own file of commands; empty if there is none.

    It is looked for in the user's configuration folder only, wherever the program or the user is.
    """
    import platformdirs

    path = platformdirs.user_config_path("wasmlab") / STARTUP
    return str(path) if path.is_absolute() and os.path.lexists(path) else ""
