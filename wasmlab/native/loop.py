"""The compiled interpreter loop: shipped with the library, or compiled once and kept."""

from __future__ import annotations

import ctypes
import os
from functools import cache

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.cache.object_cache import cached, is_cached
from wasmlab.native.image.executable import executable
from wasmlab.native.image.image import EXPORTS, unpacked
from wasmlab.native.image.platforms import Platform, this_platform
from wasmlab.records import NamedTuple
from wasmlab.sources import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TAIL_CALLS = "WASMLAB_TAIL_CALLS"
"""Set to 0 in the environment, the loop does without tail calls, as on other processors."""
IMAGES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images")
"""The folder of the images that a wheel brings; a checkout has none."""
IMAGE = ".image"
_SOURCES = ("syntax", "isa", "valid", "runtime", "native")
_WORD = ctypes.c_uint64


class Loop(NamedTuple):
    """The loaded loop."""

    run: Callable[[int], None]
    """Runs from a state block's address until there is a reason to come back."""
    relocate: Callable[..., None]
    """What ``relocate.relocate`` runs."""
    keep: Callable[..., int]
    """What ``page_copier.PageCopier.keep`` runs."""
    put: Callable[..., None]
    """What ``page_copier.PageCopier.put`` runs."""
    handlers: dict[str, int]
    """Addresses by name."""
    numbers: dict[str, int]
    """Places in the table of handlers, by name."""
    owner: object
    """What keeps the code alive; None if that stays anyhow."""


def load_loop() -> Loop:
    """Return the loop.

    Raises OSError or RuntimeError where it cannot be had, ImportError where it must be compiled and
    llvmlite is missing.
    """
    return _load(tail_calls=_has_tail_calls())


def is_ready() -> bool:
    """Return whether ``load_loop`` has nothing to compile, which takes seconds."""
    platform, tail_calls = this_platform(), _has_tail_calls()
    if platform is None:
        return False
    is_shipped = tail_calls and os.path.isfile(_shipped(platform))
    return is_shipped or is_cached(_key(platform, tail_calls=tail_calls))


def image_file(platform: Platform, *, tail_calls: bool = True) -> bytes:
    """Return the loop's image for a platform: shipped, compiled earlier, or compiled now.

    Raises ImportError where it must be compiled and llvmlite is missing, RuntimeError where LLVM
    lacks the platform.
    """
    if tail_calls and os.path.isfile(_shipped(platform)):
        with open(_shipped(platform), "rb") as file:
            return file.read()

    def compiled() -> bytes:
        from wasmlab.native.compiler import compiled_image  # may be missing

        return compiled_image(platform, tail_calls=tail_calls)

    return cached(_key(platform, tail_calls=tail_calls), compiled)


def prepare() -> None:
    """Compile the loop into the cache, unless it is there."""
    platform = this_platform()
    if platform is not None:
        image_file(platform, tail_calls=_has_tail_calls())


def _has_tail_calls() -> bool:
    return os.environ.get(TAIL_CALLS) != "0"


@cache
def _load(*, tail_calls: bool) -> Loop:
    platform = this_platform()
    mapped = None if platform is None else _mapped(platform, tail_calls=tail_calls)
    return mapped or _loaded_by_llvm()


def _mapped(platform: Platform, *, tail_calls: bool) -> Loop | None:
    """Return the loop of a platform's image; None where that does not fit."""
    try:
        image = unpacked(image_file(platform, tail_calls=tail_calls))
        base = executable(image.code)
        exports = {name: base + image.exports[name] for name in EXPORTS}
    except (OSError, ValueError, KeyError):  # refused, or damaged
        return None
    if not ctypes.CFUNCTYPE(ctypes.c_uint32)(exports["supported"])():
        return None
    return _loop(exports, base + image.table, image.handlers, None)


def _loaded_by_llvm() -> Loop:
    from wasmlab.native.compiler import LoadedByLlvm  # llvmlite may be missing

    loaded = LoadedByLlvm()
    return _loop(loaded.exports, loaded.table, loaded.handlers, loaded)


def _loop(exports: Mapping[str, int], table: int, names: Sequence[str], owner: object) -> Loop:
    distances = (ctypes.c_int32 * len(names)).from_address(table)
    copies = [_WORD] * 6
    return Loop(
        run=ctypes.CFUNCTYPE(None, _WORD)(exports["run"]),
        relocate=ctypes.CFUNCTYPE(None, *[_WORD] * 8)(exports["relocate"]),
        keep=ctypes.CFUNCTYPE(_WORD, *copies)(exports["keep"]),
        put=ctypes.CFUNCTYPE(None, *copies)(exports["put"]),
        handlers=dict(zip(names, [table + distance for distance in distances], strict=True)),
        numbers={name: number for number, name in enumerate(names)},
        owner=owner,
    )


def _shipped(platform: Platform) -> str:
    """Return where a wheel has its image for a platform; it is trusted as the library itself is."""
    return os.path.join(IMAGES, platform.name + IMAGE)


def _key(platform: Platform, *, tail_calls: bool) -> str:
    """Return what the image depends on: sources, and what it is compiled for."""
    return key_of(_SOURCES, repr((platform, tail_calls)).encode())
