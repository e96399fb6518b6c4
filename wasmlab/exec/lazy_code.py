"""Bound bodies as they are needed: at the first call, and where encoded, decoded on demand.

The native loop may never need the instructions of a body that was encoded in an earlier run.
"""

from __future__ import annotations

from wasmlab.errors import Crash
from wasmlab.hints import TYPE_CHECKING, cast
from wasmlab.runtime.store import Code

if TYPE_CHECKING:
    from wasmlab.runtime.frame import FrameLayout
    from wasmlab.runtime.store import FuncInst, ModuleInst
    from wasmlab.valid.body import TypedBody

_FROM_BODY = ("typed", "instrs", "heights", "indices", "handlers", "landing", "nexts", "blocks",
              "bind")  # fmt: skip
"""Fields that are missing until one of them is asked for."""


def code_of(func: FuncInst) -> Code:
    """Return the bound body of a function of a module, binding it the first time.

    One whose layout the store knows is bound without its instructions.
    Raises Trap(INVALID_BODY) if the body is malformed or invalid: lazily loaded modules find out
    when the function is called (spec: appendix/implementation.html#validation).
    """
    if func.code is None:
        instance = _instance_of(func)
        known = instance.store.known_layout
        layout = None if known is None else known(func)
        if layout is None:
            from wasmlab.exec.body import bound  # with everything that types and binds

            func.code = bound(func, code_of)
        else:
            func.code = LazyCode(func, instance, layout)
        _tell(func.code)
    return func.code


def forget_instructions(func: FuncInst, layout: FrameLayout) -> None:
    """Give a bound function a body that is decoded when one of its instructions is asked for.

    The body must be known to be valid, and layout to be that of its frame. A function with probes
    keeps the body that it has. Raises Crash.
    """
    if not func.bound_code.probes:
        func.code = LazyCode(func, _instance_of(func), layout)


def _instance_of(func: FuncInst) -> ModuleInst:
    if func.instance is None:
        raise Crash("a host function has no body")
    return func.instance


def _tell(code: Code) -> None:
    store = code.instance.store
    if store.bound is not None:
        store.bound(code)


class LazyCode(Code):
    """A bound body that is decoded when a field of ``_FROM_BODY`` is read."""

    __slots__ = ()

    def __init__(self, func: FuncInst, instance: ModuleInst, layout: FrameLayout) -> None:
        nothing = cast("TypedBody", None)
        super().__init__(func.addr, func, instance, nothing, *layout[:3])
        self.clears = layout.locals > layout.params
        self.frame_slots = layout.all
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
            from wasmlab.exec.body import complete  # likewise

            complete(self, code_of)
            return getattr(self, name)
