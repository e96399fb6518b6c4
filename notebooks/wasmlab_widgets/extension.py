"""``%load_ext wasmlab``: magics, views of everything, errors in a few lines, a step limit.

Magics raise UsageError for words that make no sense.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from wasmlab.debug.history.find import Findings
from wasmlab.debug.session import Session
from wasmlab.engine.embed import Instance
from wasmlab.engine.parts import Store
from wasmlab.errors import AssembleError, Invalid, UsageError, WasmlabError
from wasmlab.explain.lookup import explain
from wasmlab.module import Module, assemble
from wasmlab_widgets.state import source_of, state_of
from wasmlab_widgets.static_view import module_html, module_text, session_html, state_text
from wasmlab_widgets.views import VIEWS, findings_html, findings_text, view_text, views_html

if TYPE_CHECKING:
    from collections.abc import Callable

STEP_LIMIT = 5_000_000
"""Steps of one run in a notebook: an endless loop ends with a message."""
CALL_LIMIT = 200_000_000
"""Instructions of one call of an export: about a second in the native loop."""


def load(shell: Any) -> None:  # noqa: ANN401 - IPython's shell has no stub
    """Register everything with a shell of IPython; again is no harm."""
    Session.step_limit = STEP_LIMIT
    Instance.step_limit = Store.step_limit = CALL_LIMIT
    magics = Magics(shell)
    for name in ("wat", "stdin"):
        shell.register_magic_function(getattr(magics, name), "cell", name)
    for name in ("stepper", "hostcalls", "explain"):
        shell.register_magic_function(getattr(magics, name), "line", name)
    _register_views(shell.display_formatter.formatters)
    shell.set_custom_exc((WasmlabError,), _show_error)
    shell.events.register("post_run_cell", _refresh)


def _register_views(formatters: dict[str, Any]) -> None:
    html, plain = formatters["text/html"], formatters["text/plain"]
    html.for_type(Session, session_html)
    html.for_type(Module, module_html)
    html.for_type(tuple, views_html)
    html.for_type(Findings, findings_html)
    plain.for_type(Session, _plain(session_text))
    plain.for_type(Module, _plain(module_text))
    plain.for_type(Findings, _plain(findings_text))
    for kind in VIEWS:
        plain.for_type(kind, _plain(view_text))


def session_text(session: Session) -> str:
    """Return where a session stands, as plain text."""
    return state_text(source_of(session), state_of(session))


def _stepper_class() -> Callable[[Session], object]:
    """Return the stepper; raises WasmlabError with what to install if anywidget is missing."""
    try:
        from wasmlab_widgets.live import Stepper  # the only one that needs anywidget
    except ModuleNotFoundError as error:
        hint = "pip install 'wasmlab[notebook]'"
        raise WasmlabError(f"the stepper needs {error.name}", hint=hint) from error
    return Stepper


def _plain(text: Callable[[Any], str | None]) -> Callable[[object, Any, bool], None]:
    def print_with(view: object, printer: Any, _cycle: bool) -> None:  # noqa: ANN401, FBT001 - as IPython calls it
        printer.text(text(view) or "")

    return print_with


def _refresh(*_result: object) -> None:
    """Let the widgets follow what a cell did to their sessions."""
    import sys  # only to see whether there are widgets at all

    live = sys.modules.get("wasmlab_widgets.live")
    if live is not None:
        live.refresh_all()


def _show_error(
    shell: Any,  # noqa: ANN401 - likewise
    kind: type[WasmlabError],
    error: WasmlabError,
    _traceback: object,
    tb_offset: int | None = None,  # noqa: ARG001 - as IPython calls it
) -> list[str]:
    """Show an error as people see it elsewhere: what, where, what to try."""
    lines = [f"{kind.__name__}: {error}"]
    if isinstance(error, (AssembleError, Invalid)) and error.excerpt():
        lines += error.excerpt().split("\n")
    shell._showtraceback(kind, error, lines)  # noqa: SLF001 - what IPython has for this
    return lines


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UsageError(f"{line}: {error}", hint="close the quotation mark") from error


class Magics:
    """The magics of a shell."""

    def __init__(self, shell: Any) -> None:  # noqa: ANN401 - likewise
        self._shell = shell
        self._stdin = b""
        self._session: Session | None = None

    def wat(self, line: str, cell: str) -> Module:
        """``%%wat name``: assemble the cell; the module is the variable ``name``."""
        name = line.strip() or "module"
        if not name.isidentifier():
            raise UsageError(f"{name!r} is no name for a variable", hint="write %%wat program")
        module = assemble(cell, file=f"<{name}>")
        self._shell.user_ns[name] = module
        return module

    def stdin(self, _line: str, cell: str) -> None:
        """``%%stdin``: what programs started by ``%stepper`` read from now on."""
        self._stdin = cell.encode()

    def stepper(self, line: str) -> object:
        """``%stepper name [function [arguments]]``: step through a module or a session.

        The session is the variable ``session`` as well.
        """
        widget = _stepper_class()
        name, *words = _words(line) or ["module"]
        found = self._shell.user_ns.get(name)
        if isinstance(found, Module):
            invoke, *args = words or [None]
            found = Session(found, stdin=self._stdin, invoke=invoke, invoke_args=args)
        if not isinstance(found, Session):
            raise UsageError(f"{name} is no module and no session", hint="%%wat name makes one")
        self._session = found
        self._shell.user_ns["session"] = found
        return widget(found)

    def hostcalls(self, line: str) -> object:
        """``%hostcalls [session]``: the host calls so far, decoded."""
        found = self._shell.user_ns.get(line.strip()) if line.strip() else self._session
        if not isinstance(found, Session):
            raise UsageError("there is no session", hint="%stepper starts one")
        return found.host_calls

    def explain(self, line: str) -> None:
        """``%explain i32.add``: an instruction, an opcode, a WASI function or a word."""
        if not line.strip():
            raise UsageError("nothing to explain", hint="%explain i32.add")
        print("\n".join(explain(line.strip()).lines))  # noqa: T201 - the answer of a magic
