"""Python functions whose state can be taken back.

A function that a program imports takes part if it, or the object that it is a method of, has
``snapshot()`` and ``restore(state)``: an object with ``__call__`` and these two, or methods of one
object. ``snapshot`` returns the present state, which later calls must not change; ``restore``
goes back to one. It is asked for the state behind every recorded call, and told to restore where
a branch begins in the past, or another branch is switched to.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from wasmlab.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from wasmlab.engine.recording.hosts.journal import Journal


@runtime_checkable
class Rewindable(Protocol):
    """Something that can be put back into a state it was in."""

    def snapshot(self) -> object:
        """Return the present state."""
        ...

    def restore(self, state: object) -> object:
        """Go back to a state that ``snapshot`` returned."""
        ...


@dataclass(slots=True)
class Hosts:
    """The objects behind a program's Python functions."""

    objects: tuple[Rewindable, ...] = ()
    """Those whose state can be taken back, each once."""
    others: frozenset[tuple[str, str]] = frozenset()
    """Functions, by module and name, whose state cannot be taken back."""
    start: tuple[object, ...] = field(default=())
    """The states at the start."""


def hosts_of(imports: Mapping[str, Mapping[str, object]]) -> Hosts:
    """Return what is behind the functions that a program may import, and its present state."""
    functions = {
        (module, name): value
        for module, members in imports.items()
        for name, value in members.items()
        if callable(value)
    }
    holders = {key: _holder(value) for key, value in functions.items()}
    objects = tuple({id(h): h for h in holders.values() if h is not None}.values())
    others = frozenset(key for key, holder in holders.items() if holder is None)
    return Hosts(objects, others, _states(objects))


def _holder(function: object) -> Rewindable | None:
    for holder in (function, getattr(function, "__self__", None)):
        if isinstance(holder, Rewindable):
            return holder
    return None


def states(hosts: Hosts) -> tuple[object, ...]:
    """Return the present states; HostError if one cannot be had."""
    return _states(hosts.objects)


def _states(objects: tuple[Rewindable, ...]) -> tuple[object, ...]:
    return tuple(_asked(holder.snapshot, holder, "snapshot") for holder in objects)


def restore_to(hosts: Hosts, journal: Journal, calls: int) -> None:
    """Put the objects into the state behind the first ``calls`` calls of a journal; HostError."""
    answers = journal.answers[: max(calls - journal.forgotten, 0)]
    found = next((a.hosts for a in reversed(answers) if a.hosts), hosts.start)
    for holder, state in zip(hosts.objects, found, strict=True):
        _asked(lambda h=holder, s=state: h.restore(s), holder, "restore")


def _asked(act: Callable[[], object], holder: object, what: str) -> object:
    try:
        return act()
    except Exception as error:
        name = type(holder).__name__
        raise HostError(f"{what} of {name} raised {type(error).__name__}: {error}") from error
