"""``__init__`` of records: general for a class's first objects, then compiled for the class."""

from __future__ import annotations

from wasmlab.records.field import RecordField

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Init = Callable[..., None]

OFTEN = 30
"""Objects of a class that are made in the general way; compiling takes as long as these."""


def first_init(record: dict[str, RecordField], *, frozen: bool, kw_only: bool) -> Init:
    """Return an ``__init__`` that gives its class a quicker one when it was called often."""
    made = 0

    def __init__(self: Any, *args: object, **more: object) -> None:
        nonlocal made
        made += 1
        if made == OFTEN:
            owner = next(c for c in type(self).__mro__ if vars(c).get("__init__") is __init__)
            owner.__init__ = _compiled(owner, record, frozen=frozen, kw_only=kw_only)
            owner.__init__(self, *args, **more)
        elif args and kw_only:
            raise TypeError(f"{type(self).__name__} takes its values by name")
        else:
            _set_fields(self, record, args, more)

    return __init__


def _set_fields(
    self: Any, record: dict[str, RecordField], args: tuple[object, ...], more: dict[str, object]
) -> None:
    put = object.__setattr__
    for name, value in given(type(self).__name__, record, args, more):
        put(self, name, value)
    if hasattr(self, "__post_init__"):
        self.__post_init__()


def given(
    owner: str, record: dict[str, RecordField], args: tuple[object, ...], more: dict[str, object]
) -> Iterator[tuple[str, object]]:
    """Yield the fields that get a value, with that: given by place, by name, or by default.

    owner: the name of the class, for messages. Raises TypeError for values that do not fit.
    """
    left = iter(args)
    for name, f in record.items():
        value = RecordField.MISSING
        if f.init:
            value = next(left, RecordField.MISSING)
            if value is RecordField.MISSING:
                value = more.pop(name, RecordField.MISSING)
        if value is RecordField.MISSING:
            value = f.value()
        if value is not RecordField.MISSING:
            yield name, value
        elif f.init:
            raise TypeError(f"{owner} is missing the argument {name!r}")
    for name in more:
        raise TypeError(f"{owner} got an unexpected keyword argument {name!r}")
    if next(left, RecordField.MISSING) is not RecordField.MISSING:
        raise TypeError(f"{owner} got more values than it has fields")


def _compiled(owner: type, record: dict[str, RecordField], *, frozen: bool, kw_only: bool) -> Init:
    """Return the ``__init__`` of a class, made of text."""
    parameters, lines = list[str](), list[str]()
    known: dict[str, Any] = {"_put": object.__setattr__}
    for name, f in record.items():
        value = name
        if f.default_factory is not RecordField.MISSING:
            known[f"_new_{name}"] = f.default_factory
            value = f"_new_{name}()"
            if f.init:
                parameters.append(f"{name}=_new_{name}")
                value = f"_new_{name}() if {name} is _new_{name} else {name}"
        elif f.default is not RecordField.MISSING:
            known[f"_default_{name}"] = f.default
            value = name if f.init else f"_default_{name}"
            parameters += [f"{name}=_default_{name}"] if f.init else []
        elif f.init:
            parameters.append(name)
        else:
            continue
        lines.append(f"_put(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(owner, "__post_init__"):
        lines.append("self.__post_init__()")
    star = ["*"] if kw_only and parameters else []
    head = ", ".join(["self", *star, *parameters])
    exec(f"def __init__({head}):\n " + ("\n ".join(lines) or "pass"), known)  # noqa: S102 - names
    found: Init = known["__init__"]
    found.__qualname__ = f"{owner.__qualname__}.__init__"  # messages say whose it is
    return found
