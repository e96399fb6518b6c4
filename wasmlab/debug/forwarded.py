"""Functions over the parts of a session, as methods of the session with the same signature."""

from __future__ import annotations

from contextlib import contextmanager
from functools import update_wrapper
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar

from wasmlab.debug.arguments import checked
from wasmlab.debug.history.events import naming_barriers

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from wasmlab.debug.control import Control
    from wasmlab.debug.session_views import SessionViews
    from wasmlab.debug.views.model import Stop

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
M = TypeVar("M")
G = TypeVar("G")


class Parts(Protocol):
    """What a session is made of."""

    control: Control
    """The program, where it may stop, and its recorder."""
    views: SessionViews
    """What it shows."""


def on_control(
    function: Callable[Concatenate[Control, P], R],
) -> Callable[Concatenate[Parts, P], R]:
    """Return the method that leaves the program where it is."""

    def method(self: Parts, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.control.work.query():
            return function(self.control, *args, **kwargs)

    return checked(_described(method, function, _own(function)))


def on_views(
    function: Callable[Concatenate[SessionViews, P], R],
) -> Callable[Concatenate[Parts, P], R]:
    """Return the method that takes a view."""

    def method(self: Parts, *args: P.args, **kwargs: P.kwargs) -> R:
        return function(self.views, *args, **kwargs)

    return checked(_described(method, function, _own(function)))


def moving(function: Callable[Concatenate[Control, P], R]) -> Callable[Concatenate[Parts, P], R]:
    """Return the method that moves the program: later views mark what it changed."""

    def method(self: Parts, *args: P.args, **kwargs: P.kwargs) -> R:
        self.views.note()
        with self.control.work.command():
            return function(self.control, *args, **kwargs)

    return checked(_described(method, function, _own(function)))


def going_back(
    function: Callable[Concatenate[Control, P], Stop],
) -> Callable[Concatenate[Parts, P], Stop]:
    """Return the method that may go back; its stop names what the host did that stays done."""

    def method(self: Parts, *args: P.args, **kwargs: P.kwargs) -> Stop:
        self.views.note()
        before = self.control.timeline.host_log.cursor
        with self.control.work.command():
            return naming_barriers(self.control, function(self.control, *args, **kwargs), before)

    return checked(_described(method, function, _own(function)))


def with_fields_of(
    make: Callable[P, G],
) -> Callable[[Callable[[S, M, G], None]], Callable[Concatenate[S, M, P], None]]:
    """Return what makes ``f(self, module, fields)`` take the fields as keyword arguments.

    make: the dataclass of the fields, whose arguments are all by keyword.
    """

    def changed(init: Callable[[S, M, G], None]) -> Callable[Concatenate[S, M, P], None]:
        def method(self: S, module: M, *args: P.args, **kwargs: P.kwargs) -> None:
            with _naming(make.__name__, type(self).__name__):
                fields = make(*args, **kwargs)
            init(self, module, fields)

        own, module, _ = signature(init).parameters.values()
        return _described(method, init, [own, module, *signature(make).parameters.values()])

    return changed


def with_given_fields_of(
    make: Callable[P, G],
) -> Callable[[Callable[[S, dict[str, Any]], R]], Callable[Concatenate[S, P], R]]:
    """Return what makes ``f(self, given)`` take fields as keyword arguments.

    It gets those that are given, by name. make: the dataclass of the fields.
    """

    def changed(
        function: Callable[[S, dict[str, Any]], R],
    ) -> Callable[Concatenate[S, P], R]:
        def method(self: S, *args: P.args, **kwargs: P.kwargs) -> R:
            with _naming(make.__name__, function.__name__):
                make(*args, **kwargs)
            return function(self, dict(kwargs))

        own, _ = signature(function).parameters.values()
        return _described(method, function, [own, *signature(make).parameters.values()])

    return changed


@contextmanager
def _naming(make: str, shown: str) -> Generator[None]:
    """Let an unknown keyword be one of what a user called."""
    try:
        yield
    except TypeError as error:
        raise TypeError(str(error).replace(make, shown, 1)) from None


def _own(function: Callable[..., object]) -> list[Parameter]:
    """Return the parameters of a function, the first of them as a method calls it."""
    _, *others = signature(function).parameters.values()
    return [Parameter("self", Parameter.POSITIONAL_OR_KEYWORD), *others]


def _described(
    method: Callable[P, R], function: Callable[..., object], parameters: Sequence[Parameter]
) -> Callable[P, R]:
    """Give a method the name and docstring of a function, and parameters, for ``help()``."""
    update_wrapper(method, function)
    shown = signature(function).replace(parameters=parameters)
    vars(method)["__signature__"] = shown
    return method
