"""Front ends: packages above the library, found by name through an entry point."""

from __future__ import annotations

from importlib.metadata import entry_points

from wasmlab.errors import WasmlabError
from wasmlab.hints import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

GROUP = "wasmlab.frontends"
"""Group of entry points: ``tui`` opens the lab, ``page`` writes a page, ``notebook`` a folder."""
_NEEDS = {
    "tui": "use --plain",
    "notebook": "pip install 'wasmlab[notebook]'",
    "serve": "pip install 'wasmlab[serve]'",
}


def front_end(name: str) -> Callable[..., Any]:
    """Return a front end's entry point; raises WasmlabError with a remedy if it is missing."""
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    instead = _NEEDS.get(name, "")
    if not found:
        hint = "; ".join(part for part in ("install wasmlab again", instead) if part)
        raise WasmlabError(f"the front end {name} is not installed", hint=hint)
    try:
        return found[0].load()
    except ModuleNotFoundError as error:
        hint = ", or ".join(part for part in (f"pip install {error.name}", instead) if part)
        raise WasmlabError(f"the front end {name} needs {error.name}", hint=hint) from error
