"""Limits that keep a guest from using up its host."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.errors import Exhaustion, TrapCode, UsageError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, fields, replace

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Quotas:
    """Limits of one WASI instance; a guest that goes on beyond one is stopped with a message."""

    descriptors: int = 4096
    """Descriptors open at a time."""
    output: int = 64 << 20
    """Bytes of stdout and stderr that are kept."""
    written: int = 4 << 30
    """Bytes written to files in all."""
    storage: int = 1 << 30
    """Bytes of file content held in memory by one directory; beyond it is ENOSPC."""
    files: int = 1 << 20
    """Files made in one directory in memory; beyond it is ENOSPC."""

    def check(self, name: str, used: int) -> None:
        """Raise Exhaustion if used is more than the quota of that name."""
        limit = int(getattr(self, name))
        if used > limit:
            what = {
                "descriptors": f"more than {limit:,} open descriptors",
                "output": f"more than {counted(limit, 'byte')} of output kept",
                "written": f"more than {counted(limit, 'byte')} written to files",
            }[name]
            raise Exhaustion(TrapCode.HOST_QUOTA_EXHAUSTED, f"{what} (quota {name})")


def parse_quota(text: str) -> tuple[str, int]:
    """Return name and limit of a quota like ``descriptors=64``; UsageError lists the names."""
    name, _, number = text.partition("=")
    names = [field.name for field in fields(Quotas)]
    if name not in names or not number.isdecimal():
        raise UsageError(f"not a quota: {text!r}", hint=f"write NAME=N with {', '.join(names)}")
    return name, int(number)


def with_quotas(changes: Iterable[tuple[str, int]]) -> Quotas:
    """Return the default quotas with some of them changed."""
    return replace(Quotas(), **dict(changes))
