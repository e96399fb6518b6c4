"""Keys that were chosen: ``keys.toml`` in the configuration folder, an action's id to keys.

For instance ``step = "j,f11"``, with keys as Textual names them.
"""

from __future__ import annotations

import tomllib
from functools import cache

import platformdirs

from wasmlab.errors import UsageError

FILE = "keys.toml"


@cache
def chosen_keys() -> dict[str, str]:
    """Return keys by the ids of actions; nothing if there is no such file, or it cannot be read."""
    try:
        return read_keys()
    except UsageError:
        return {}


def read_keys() -> dict[str, str]:
    """Return keys by the ids of actions; raises UsageError with what is wrong with the file."""
    path = platformdirs.user_config_path("wasmlab") / FILE
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
    wrong = [name for name, keys in found.items() if not isinstance(keys, str) or not keys]
    if wrong:
        raise UsageError(f"{path}: {wrong[0]} is not a text of keys", hint='step = "j,f11"')
    return {name: str(keys) for name, keys in found.items()}
