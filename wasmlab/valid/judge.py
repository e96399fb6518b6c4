"""Whether a module is valid, before it runs: ``wasm-tools`` is asked where checking here is slower.

It only ever says yes: whatever else it answers, the module is checked here, and that decides and
words the error. Each body is typed here too, when it is first needed.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from time import monotonic

from wasmlab.errors import AssembleError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.valid.module import faults, validate_module

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from wasmlab.errors import Invalid, Malformed, Unsupported
    from wasmlab.syntax.module import Module
    from wasmlab.valid.module import Watch

WORTH_ASKING = 16_000
"""Bytes that are checked here in the time that the tool takes to start, and Python to start it."""
_FEATURES = (
    "wasm3,threads,legacy-exceptions,custom-page-sizes,relaxed-simd,wide-arithmetic,compact-imports"
)
"""What is decoded here; the tool has other proposals too. One that it does not know is no yes."""
_CUSTOM, _DATA = 0, 11
"""Numbers of the sections whose size costs nothing."""
_FIRST_TOLD = 2.0
"""Seconds after which the log says how far a check is; each next time after twice as long."""

_watch: ContextVar[Watch | None] = ContextVar("watch", default=None)


@contextmanager
def watched(watch: Watch) -> Generator[None]:
    """Let a function see how far each check of a large module is; it may raise to stop that.

    Without one, the log says how far a long check is.
    """
    token = _watch.set(watch)
    try:
        yield
    finally:
        _watch.reset(token)


def judge(module: Module) -> None:
    """Check a whole module. Raises Invalid, Malformed, Unsupported, as ``validate_module`` does."""
    if not _is_large(module):
        validate_module(module)
    elif not _is_accepted(module.data):
        validate_module(module, watch=_watch.get() or _teller())
        _log("info", "wasm-tools does not accept a module that is valid")


def judged_faults(module: Module) -> Iterator[Invalid | Malformed | Unsupported]:
    """Yield what is wrong with a whole module, as ``faults`` does."""
    if not _is_large(module):
        yield from faults(module)
    elif not _is_accepted(module.data):
        yield from faults(module, watch=_watch.get() or _teller())


def _is_large(module: Module) -> bool:
    spans = (span for number, span in module.sections if number not in {_CUSTOM, _DATA})
    return sum(span.end - span.start for span in spans) >= WORTH_ASKING


def _is_accepted(data: bytes) -> bool:
    try:
        return tool_status(data) == 0
    except AssembleError:
        return False


def tool_status(data: bytes) -> int:
    """Return the status with which the tool leaves a binary: 0 if it is valid, 1 if not.

    Others mean that it could not judge. Raises AssembleError if it cannot be asked.
    """
    from wasmlab import tools

    return tools.status(tools.WASM_TOOLS, ("validate", "--features", _FEATURES), data)


def _teller() -> Watch:
    """Return a function that tells the log at growing intervals how far a check is."""
    began, wait = monotonic(), _FIRST_TOLD

    def tell(done: int, total: int) -> None:
        nonlocal wait
        if monotonic() - began >= wait:
            wait *= 2
            _log("warning", f"checking the module: function {done + 1:,} of {total:,}")

    return tell


def _log(level: str, message: str) -> None:
    import logging

    getattr(logging.getLogger(__name__), level)(message)
