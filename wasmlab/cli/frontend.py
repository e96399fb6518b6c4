"""Front ends: packages above the library, found by name."""

from __future__ import annotations

from importlib import import_module

from wasmlab.errors import WasmlabError
from wasmlab.garbage import no_collection
from wasmlab.hints import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

FRONT_ENDS = {
    "tui": "wasmlab_tui.main:run_lab",
    "serve": "wasmlab_tui.serve:serve_lab",
    "page": "wasmlab_widgets.page:page",
    "notebook": "wasmlab_widgets.folder:open_notebooks",
    "extension": "wasmlab_widgets.extension:load",
}
"""Module and function of each. Entry points would say the same, but searching them takes longer
than loading any of our modules."""
_NEEDS = {
    "tui": "use --plain",
    "notebook": "pip install 'wasmlab[notebook]'",
    "serve": "pip install 'wasmlab[serve]'",
}


def front_end(name: str) -> Callable[..., Any]:
    """Return a front end's function; raises WasmlabError with a remedy if something is missing."""
    module, _, function = FRONT_ENDS[name].partition(":")
    try:
        with no_collection():
            return getattr(import_module(module), function)
    except ModuleNotFoundError as error:
        missing, instead = error.name or module, _NEEDS.get(name, "")
        if missing == module.partition(".")[0]:
            hint = "; ".join(part for part in ("install wasmlab again", instead) if part)
            raise WasmlabError(f"the front end {name} is not installed", hint=hint) from error
        hint = ", or ".join(part for part in (f"pip install {missing}", instead) if part)
        raise WasmlabError(f"the front end {name} needs {missing}", hint=hint) from error
