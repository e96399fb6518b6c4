"""Functions over the parts of a session, as methods of the session with the same signature.

``Late`` puts off the modules that they are in: each is imported when one of its functions is called
or read about.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from types import MethodType

from wasmlab.debug.arguments import accepted
from wasmlab.hints import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar
from wasmlab.runtime.values import Live

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from inspect import Signature

    from wasmlab.debug.beginning import Beginning
    from wasmlab.debug.control import Control
    from wasmlab.debug.session_views import SessionViews
    from wasmlab.debug.views.model import Stop

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")
M = TypeVar("M")
G = TypeVar("G")


class Parts(Live):
    """What a session is made of."""

    control: Control
    """The program with its recorder and breakpoints, below what the views show."""
    views: SessionViews
    """The views, and the state before the last command that they compare with."""
    beginning: Beginning
    """What it was begun from, and restarts from."""


class Late:
    """A module that is imported when one of its functions is called or read about."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a function that stands for one of the module."""
        return _LateFunction(self._module, name)


class _LateFunction:
    """A function of a module that is not imported yet."""

    def __init__(self, module: str, name: str) -> None:
        self.__module__, self.__name__ = module, name

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        """The function itself."""
        return getattr(import_module(self.__module__), self.__name__)

    def __call__(self, *args: object, **kwargs: object) -> Any:  # noqa: ANN401 - as the function
        """Call it."""
        return self.__wrapped__(*args, **kwargs)


class Method(Generic[P, R]):
    """A method that a function describes: help shows its docstring, and its signature with self.

    ``called`` is what a call does. What help shows is made when it is asked for: importing
    ``inspect`` takes as long as the start of a small program.
    """

    def __init__(
        self,
        called: Callable[P, R],
        function: Callable[..., object],
        fields: Callable[..., object] | None = None,
    ) -> None:
        """fields: the record whose fields stand in place of the function's last parameter."""
        self.called = called
        self.__name__, self.__module__ = function.__name__, function.__module__
        self._function, self._fields = function, fields

    def __get__(self, session: object, owner: type | None = None) -> Callable[..., R]:
        """Return it, bound to the session that it was found at."""
        return self if session is None else MethodType(self, session)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call it, with a session first."""
        return self.called(*args, **kwargs)

    @property
    def __wrapped__(self) -> Callable[..., object]:
        """The function where it is written, for its source text."""
        return getattr(self._function, "__wrapped__", self._function)

    @property
    def __doc__(self) -> str | None:  # pyright: ignore[reportIncompatibleVariableOverride] - help reads it
        """The function's."""
        return self.__wrapped__.__doc__

    @property
    def __signature__(self) -> Signature:
        """The function's, with self as the first parameter and fields by their names."""
        from inspect import Parameter, signature

        shown = signature(self._function)
        _, *others = shown.parameters.values()
        own = Parameter("self", Parameter.POSITIONAL_OR_KEYWORD)
        if self._fields is not None:
            others[-1:] = signature(self._fields).parameters.values()
        return shown.replace(parameters=[own, *others])


def checked(method: Callable[P, R]) -> Callable[P, R]:
    """Return a method that refuses arguments of other types than it is annotated with.

    They are refused before it does anything, with UsageError.
    """
    return _checking(method, method)


def _checking(method: Callable[P, R], function: Callable[..., object]) -> Callable[P, R]:
    """Return a method that takes the arguments which its function takes, else does nothing."""

    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        found = accepted(function, args, kwargs)
        if found is None:
            raise _mismatch(made, *args, **kwargs)
        by_place, by_name = found
        return method(*by_place, **by_name)

    made = Method[P, R](called, function)
    return made


def _mismatch(method: Method[..., Any], *args: object, **kwargs: object) -> TypeError:
    """Return the error of arguments that a method does not take."""
    try:
        method.__signature__.bind(*args, **kwargs)
    except TypeError as error:
        return TypeError(f"{method.__name__}: {error}")
    return TypeError(f"{method.__name__}: takes no such arguments")


def on_control(
    function: Callable[Concatenate[Control, P], R],
) -> Callable[Concatenate[Parts, P], R]:
    """Return the method that leaves the program where it is."""

    def method(self: Parts, *args: P.args, **kwargs: P.kwargs) -> R:
        with self.control.work.query():
            return function(self.control, *args, **kwargs)

    return _checking(method, function)


def on_views(
    function: Callable[Concatenate[SessionViews, P], R],
) -> Callable[Concatenate[Parts, P], R]:
    """Return the method that takes a view."""

    def method(self: Parts, *args: P.args, **kwargs: P.kwargs) -> R:
        return function(self.views, *args, **kwargs)

    return _checking(method, function)


def moving(function: Callable[Concatenate[Control, P], R]) -> Callable[Concatenate[Parts, P], R]:
    """Return the method that moves the program: later views mark what it changed."""

    def method(self: Parts, *args: P.args, **kwargs: P.kwargs) -> R:
        self.views.note()
        with self.control.work.command():
            return function(self.control, *args, **kwargs)

    return _checking(method, function)


def going_back(
    function: Callable[Concatenate[Control, P], Stop],
) -> Callable[Concatenate[Parts, P], Stop]:
    """Return the method that may go back; its stop names what the host did that stays done."""

    def method(self: Parts, *args: P.args, **kwargs: P.kwargs) -> Stop:
        from wasmlab.debug.history.events import naming_barriers

        self.views.note()
        before = self.control.timeline.host_log.cursor
        with self.control.work.command():
            return naming_barriers(self.control, function(self.control, *args, **kwargs), before)

    return _checking(method, function)


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

        return Method(method, init, make)

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

        return Method(method, function, make)

    return changed


@contextmanager
def _naming(make: str, shown: str) -> Generator[None]:
    """Let an unknown keyword be one of what a user called."""
    try:
        yield
    except TypeError as error:
        raise TypeError(str(error).replace(make, shown, 1)) from None
