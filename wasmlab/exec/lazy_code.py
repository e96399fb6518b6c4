"""Bound bodies that are decoded on demand: the native loop may never need their instructions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from wasmlab.runtime.store import Code

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.runtime.frame import FrameLayout
    from wasmlab.runtime.store import FuncInst, ModuleInst
    from wasmlab.valid.body import TypedBody

_FROM_BODY = ("typed", "instrs", "heights", "indices", "handlers", "landing", "nexts", "blocks",
              "bind")  # fmt: skip
"""Fields that are missing until one of them is asked for."""


class LazyCode(Code):
    """A bound body that is decoded when a field of ``_FROM_BODY`` is read."""

    __slots__ = ("_complete",)

    def __init__(
        self,
        complete: Callable[[Code], None],
        func: FuncInst,
        instance: ModuleInst,
        layout: FrameLayout,
    ) -> None:
        nothing = cast("TypedBody", None)
        super().__init__(func.addr, func, instance, nothing, *layout[:3])
        self.clears = layout.locals > layout.params
        self.frame_slots = layout.all
        self._complete = complete
        for name in _FROM_BODY:
            delattr(self, name)

    @property
    def is_missing(self) -> bool:
        """Whether the body has not been decoded yet."""
        try:
            object.__getattribute__(self, "blocks")
        except AttributeError:
            return True
        return False

    if not TYPE_CHECKING:  # or pyright would accept any name

        def __getattr__(self, name: str) -> object:
            """Decode the body and return the attribute, which that provides."""
            if name not in _FROM_BODY:
                raise AttributeError(name)
            self._complete(self)
            return getattr(self, name)
