"""The decorator: it reads a class's fields; ``init`` has what sets them."""

from __future__ import annotations

from operator import attrgetter
from reprlib import recursive_repr

from wasmlab.records.field import RecordField, field
from wasmlab.records.init import first_init
from wasmlab.records.signature import LateSignature

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Members = dict[str, Any]

_REPLACED = ("__record__", "__hash__", "__signature__")
"""What a class gets although Python, or a base, gave it one of that name."""


class FrozenInstanceError(AttributeError):
    """A field of a frozen record was to be changed."""


def dataclass(
    cls: type | None = None,
    /,
    *,
    frozen: bool = False,
    slots: bool = False,
    eq: bool = True,
    kw_only: bool = False,
    weakref_slot: bool = False,
) -> Any:
    """Return the class as a record of its annotated fields, or what makes it one."""

    def decorated(cls: type) -> type:
        own = _own_fields(cls)
        record = {**_inherited(cls), **own}
        added = _methods(record, frozen=frozen, kw_only=kw_only)
        if eq:
            added.update(_comparison(cls, record, frozen=frozen))
        if slots:
            return _with_slots(cls, record, added, weakref_slot=weakref_slot)
        for name in own:  # a description is no value
            if isinstance(cls.__dict__.get(name), RecordField):
                delattr(cls, name)
        for name, value in added.items():
            if name in _REPLACED or name not in cls.__dict__:
                setattr(cls, name, value)
        return cls

    return decorated if cls is None else decorated(cls)


def fields(record: object) -> tuple[RecordField, ...]:
    """Return the fields of a record, or of its class, in their order."""
    return tuple(_record_of(record).values())


def is_dataclass(record: object) -> bool:
    """Return whether this is a record, or the class of one."""
    return hasattr(record, "__record__")


def replace(record: Any, /, **changes: object) -> Any:
    """Return a record with some fields changed."""
    names = [name for name, f in _record_of(record).items() if f.init]
    return type(record)(**{name: getattr(record, name) for name in names} | changes)


def asdict(record: object) -> dict[str, Any]:
    """Return the fields of a record by name, records in it and in its sequences likewise."""
    return {name: _plain(getattr(record, name)) for name in _record_of(record)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return asdict(value)
    return value.__class__(map(_plain, value)) if _is_sequence(value) else value


def _is_sequence(value: object) -> bool:
    return isinstance(value, (list, tuple))


def _record_of(record: Any) -> dict[str, RecordField]:
    found: dict[str, RecordField] = record.__record__
    return found


def _own_fields(cls: type) -> dict[str, RecordField]:
    own = dict[str, RecordField]()
    annotations: Mapping[str, object] = vars(cls).get("__annotations__", {})
    for name, kind in annotations.items():
        if "ClassVar" not in str(kind):
            default = vars(cls).get(name, RecordField.MISSING)
            own[name] = default if isinstance(default, RecordField) else field(default=default)
            own[name].name = name
    return own


def _inherited(cls: type) -> dict[str, RecordField]:
    found = dict[str, RecordField]()
    for base in cls.__mro__[:0:-1]:
        found.update(vars(base).get("__record__", {}))
    return found


def _methods(record: dict[str, RecordField], *, frozen: bool, kw_only: bool) -> Members:
    by_place = () if kw_only else tuple(name for name, f in record.items() if f.init)
    added: Members = {
        "__record__": record,
        "__match_args__": by_place,
        "__init__": first_init(record, frozen=frozen, kw_only=kw_only),
        "__repr__": _repr,
        "__signature__": LateSignature(record, kw_only=kw_only),
    }
    if frozen:
        added |= {"__setattr__": _refuse_change, "__delattr__": _refuse_change}
    return added


def _comparison(cls: type, record: dict[str, RecordField], *, frozen: bool) -> Members:
    names = [name for name, f in record.items() if f.compare]
    key = attrgetter(*names) if names else _nothing
    added: Members = {"__eq__": _equality(key)}
    if vars(cls).get("__hash__") is None:  # none of its own
        added["__hash__"] = _hashing(key) if frozen else None
    return added


def _nothing(_record: object) -> object:
    return ()


def _with_slots(
    cls: type, record: dict[str, RecordField], added: Members, *, weakref_slot: bool
) -> type:
    """Return the class made anew: slots must be named when a class is made."""
    inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "__slots__", ())}
    left_out = {*record, "__dict__", "__weakref__"}
    members = {name: value for name, value in vars(cls).items() if name not in left_out}
    for name, value in added.items():
        if name in _REPLACED or name not in members:
            members[name] = value
    own = tuple(name for name in record if name not in inherited)
    members["__slots__"] = own + (("__weakref__",) if weakref_slot else ())
    members.setdefault("__reduce__", _reduced)
    made: type = type(cls)(cls.__name__, cls.__bases__, members)
    return made


def _equality(key: Callable[[Any], object]) -> Callable[[Any, object], bool]:
    def __eq__(self: Any, other: object) -> bool:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _hashing(key: Callable[[Any], object]) -> Callable[[Any], int]:
    def __hash__(self: Any) -> int:
        return hash(key(self))

    return __hash__


@recursive_repr()
def _repr(self: Any) -> str:
    shown = [f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse_change(self: object, name: str, *_value: object) -> None:
    raise FrozenInstanceError(f"cannot change {name} of a {type(self).__name__}")


def _reduced(self: object) -> object:
    """Return how pickle and copy make a record again, although its fields cannot be set."""
    values = {name: getattr(self, name) for name in _record_of(self) if hasattr(self, name)}
    return _restored, (type(self), values)


def _restored(cls: type[object], values: dict[str, object]) -> object:
    made = object.__new__(cls)
    for name, value in values.items():
        object.__setattr__(made, name, value)
    return made
