"""The signature of a record's class, for help and for editors, made when it is asked for."""

from __future__ import annotations

from wasmlab.records.field import RecordField

TYPE_CHECKING = False
if TYPE_CHECKING:
    from inspect import Signature


class LateSignature:
    """What ``inspect.signature`` finds at a class: ``inspect`` itself is imported only then."""

    def __init__(self, record: dict[str, RecordField], *, kw_only: bool) -> None:
        self._record, self._kw_only = record, kw_only

    def __get__(self, _record: object, owner: type) -> Signature:
        """Return the signature: the fields that are given, with their types and defaults."""
        from inspect import Parameter, Signature  # takes as long as a small program

        kind = Parameter.KEYWORD_ONLY if self._kw_only else Parameter.POSITIONAL_OR_KEYWORD
        types = {name: t for c in owner.__mro__[::-1] for name, t in _annotations(c).items()}
        return Signature(
            [
                Parameter(name, kind, default=_default(f), annotation=types[name])
                for name, f in self._record.items()
                if f.init
            ]
        )


class _Factory:
    """A default that is made anew for each record."""

    def __repr__(self) -> str:
        return "<factory>"


_FACTORY = _Factory()


def _default(f: RecordField) -> object:
    from inspect import Parameter  # likewise

    if f.default_factory is not RecordField.MISSING:
        return _FACTORY
    return Parameter.empty if f.default is RecordField.MISSING else f.default


def _annotations(cls: type) -> dict[str, object]:
    found: dict[str, object] = vars(cls).get("__annotations__", {})
    return found
