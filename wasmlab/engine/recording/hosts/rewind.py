"""Python functions whose state can be taken back.

A function that a program imports takes part if it, or the object that it is a method of, has
``snapshot()`` and ``restore(state)``: an object with ``__call__`` and these two, or methods of one
object. ``snapshot`` returns the present state, which later calls must not change; ``restore``
goes back to one. ``snapshot`` is called after every recorded call of a Python function, ``restore``
where a branch begins in the past, or another branch is switched to.
"""

from __future__ import annotations

from contextlib import contextmanager

from wasmlab.errors import HostError
from wasmlab.hints import TYPE_CHECKING, Protocol, TypeGuard
from wasmlab.records import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from wasmlab.engine.recording.hosts.host_log import HostLog


class Rewindable(Protocol):
    """An object whose state can be restored."""

    def snapshot(self) -> object:
        """Return the present state."""
        ...

    def restore(self, state: object) -> object:
        """Go back to a state that ``snapshot`` returned."""
        ...


@dataclass(slots=True)
class RewindableHosts:
    """The objects that a program's Python functions belong to."""

    objects: tuple[Rewindable, ...] = ()
    """The rewindable ones, each once."""
    others: frozenset[tuple[str, str]] = frozenset()
    """(module, name) of the functions whose state cannot be restored."""
    start: tuple[object, ...] = field(default=())
    """The states of ``objects`` before the first call."""


def rewindable_hosts(imports: Mapping[str, Mapping[str, object]]) -> RewindableHosts:
    """Return the objects of the functions that a program may import, with their present states.

    Raises HostError if ``snapshot`` raises.
    """
    functions = {
        (module, name): value
        for module, members in imports.items()
        for name, value in members.items()
        if callable(value)
    }
    holders = {key: _holder(value) for key, value in functions.items()}
    objects = tuple({id(h): h for h in holders.values() if h is not None}.values())
    others = frozenset(key for key, holder in holders.items() if holder is None)
    return RewindableHosts(objects, others, _states(objects))


def _holder(function: object) -> Rewindable | None:
    for holder in (function, getattr(function, "__self__", None)):
        if _is_rewindable(holder):
            return holder
    return None


def _is_rewindable(holder: object) -> TypeGuard[Rewindable]:
    return hasattr(holder, "snapshot") and hasattr(holder, "restore")


def host_states(hosts: RewindableHosts) -> tuple[object, ...]:
    """Return the present states; HostError if ``snapshot`` raises."""
    return _states(hosts.objects)


def _states(objects: tuple[Rewindable, ...]) -> tuple[object, ...]:
    return tuple(_asked(holder.snapshot, holder, "snapshot") for holder in objects)


def restore_hosts(hosts: RewindableHosts, log: HostLog, calls: int) -> None:
    """Restore the states after the first ``calls`` calls of a host log.

    Raises HostError if ``restore`` raises.
    """
    answers = log.answers[: max(calls - log.forgotten, 0)]
    found = next((a.hosts for a in reversed(answers) if a.hosts), hosts.start)
    for holder, state in zip(hosts.objects, found, strict=True):
        _asked(lambda h=holder, s=state: h.restore(s), holder, "restore")


@contextmanager
def hosts_at_start(hosts: RewindableHosts, log: HostLog) -> Generator[None]:
    """Restore the states before the first call; if what is done then raises, those of now again.

    Raises HostError if ``restore`` raises.
    """
    restore_hosts(hosts, log, 0)
    try:
        yield
    except BaseException:
        restore_hosts(hosts, log, log.cursor)
        raise


def _asked(act: Callable[[], object], holder: object, what: str) -> object:
    try:
        return act()
    except Exception as error:
        name = type(holder).__name__
        raise HostError(f"{what} of {name} raised {type(error).__name__}: {error}") from error
