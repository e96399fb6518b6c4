"""Where the expressions of a frame find their values."""

from __future__ import annotations

import re
import struct
from difflib import get_close_matches

from wasmlab.counted import counted
from wasmlab.debug.stops.expression import is_plain, parse
from wasmlab.debug.views.frames import global_values, local_value, stack_size, stack_values
from wasmlab.debug.views.symbols import global_name, inst_name, local_name
from wasmlab.debug.views.target import Position, position, selected_instance, selected_position
from wasmlab.debug.views.values import NOT_IN_MEMORY
from wasmlab.errors import BadExpression, NoSuchFrame, NotInMemory
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

    from wasmlab.debug.views.model import Value
    from wasmlab.debug.views.target import Target
    from wasmlab.runtime.store import Code, FuncInst, ModuleInst

_FORMATS = {"u8": "<B", "i8": "<b", "u16": "<H", "i16": "<h", "u32": "<I", "i32": "<i",
            "u64": "<Q", "i64": "<q", "f32": "<f", "f64": "<d"}  # fmt: skip


def local_index(code: Code, name: str) -> int | None:
    """Return the local that a name without ``$`` or an index means, None if there is none."""
    module, func = code.instance.module, code.func.index
    for index in range(len(code.typed.locals)):
        if name in {str(index), local_name(module, func, index).lstrip("$")}:
            return index
    return None


IN_FRAME = re.compile(r"(\$?[^@]+)@([0-9]{1,9})")
"""A name with how many calls above it is: ``$x@1`` is a local of the caller."""


def frame_above(target: Target, record: int, above: int) -> Position:
    """Return the frame that is so many calls above the one of a record number.

    Raises NoSuchFrame if there is none, or it is a host function's.
    """
    at = position(target, record - above) if record >= above else None
    if at is None:
        number = target.store.agent.depth - 1 - record + above
        raise NoSuchFrame(f"frame {number} is not a wasm function", hint="see bt")
    return at


def global_index(instance: ModuleInst, name: str) -> int | None:
    """Return the global that a name without ``$`` or an index means, None if there is none."""
    for index in range(len(instance.globals)):
        if name in {str(index), global_name(instance.module, index).lstrip("$")}:
            return index
    return None


def shown_global(instance: ModuleInst, name: str) -> int | None:
    """Return the global that ``$name`` means where no local has the name, None if there is none.

    An index is always a local's.
    """
    return None if name.isdigit() else global_index(instance, name)


def odd_names(instance: ModuleInst, funcs: Iterable[int]) -> set[str]:
    """Return the names of an instance's globals and some functions' locals that are not plain."""
    module = instance.module
    indices = module.names.globals.keys() | module.global_exports.keys()
    named = {global_name(module, index).lstrip("$") for index in indices}
    for func in funcs:
        for index in module.names.locals.get(func, {}):
            named.add(local_name(module, func, index).lstrip("$"))
    return {name for name in named if not is_plain(name)}


def shared_local(code: Code, name: str) -> str:
    """Return a hint with the locals that share a name without ``$``; nothing if none do."""
    module, func = code.instance.module, code.func.index
    indices = [x for x, own in module.names.locals.get(func, {}).items() if own == name]
    return _listed([local_name(module, func, index) for index in indices])


def shared_global(instance: ModuleInst, name: str) -> str:
    """Return a hint with the globals that share a name without ``$``; nothing if none do."""
    module = instance.module
    indices = [x for x, own in module.names.globals.items() if own == name]
    return _listed([f"global {global_name(module, index)}" for index in indices])


_LISTED = 4


def local_names(func: FuncInst) -> Iterator[str]:
    """Yield the named locals of a function, without ``$``; it need not be bound for it."""
    if func.instance is not None:
        module = func.instance.module
        for index in module.names.locals.get(func.index, {}):
            yield local_name(module, func.index, index).removeprefix("$")


def locals_like(func: FuncInst, name: str) -> str:
    """Return a hint with the locals of a function that a name is like, else with the first ones.

    name: without ``$``. The hint is empty where no local has a name.
    """
    known = list(local_names(func))
    close = get_close_matches(name, known, n=_LISTED) or known[:_LISTED]
    return f"its locals are {', '.join(f'${n}' for n in close)}" if close else ""


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"there are {', '.join(names[:_LISTED])}{more}" if names else ""


def _global_value(target: Target, instance: ModuleInst, name: str) -> Value:
    index = global_index(instance, name)
    if index is None:
        raise BadExpression(f"there is no global {name}", hint=shared_global(instance, name))
    return global_values(target, instance)[index]


def _read(instance: ModuleInst, kind: str, addr: int) -> int | float:
    """Return a typed value from the first memory, little endian."""
    form = _FORMATS[kind]
    if not instance.mems:
        raise BadExpression("the module has no memory")
    memory, end = instance.mems[0], addr + struct.calcsize(form)
    if addr < 0 or end > memory.size:
        place = f"{kind}[{addr:#x}]"
        raise NotInMemory(f"{place} is {NOT_IN_MEMORY}", hint=f"memory has {memory.size:#x} bytes")
    return struct.unpack_from(form, memory.data, addr)[0]


def no_local(at: Position, name: str, text: str) -> BadExpression:
    """Return the error about a local that a frame has not, with a hint at those it has.

    name: without ``$`` and the frame, text: as typed.
    """
    hint = shared_local(at.code, name) or locals_like(at.func, name)
    return BadExpression(f"there is no local {text} in {inst_name(at.func)}", hint=hint)


@dataclass(frozen=True, slots=True)
class FrameScope:
    """The scope of one frame."""

    target: Target
    at: Position

    def local(self, name: str) -> int | float:
        """Return a local by name or index; ``x@1`` is the caller's. Raises BadExpression.

        A global's value where no local has the name.
        """
        return self.typed_local(name).value

    def typed_local(self, name: str) -> Value:
        """Return what ``local`` does, with its type. Raises BadExpression."""
        at, index = self.at, local_index(self.at.code, name)
        if index is None and (found := IN_FRAME.fullmatch(name)):
            at = frame_above(self.target, at.number, int(found[2]))
            index = local_index(at.code, found[1])
        if index is not None:
            return local_value(self.target, at, index)
        own = name if at is self.at else name.partition("@")[0]
        variable = shown_global(at.code.instance, own)
        if variable is None:
            raise no_local(at, own, f"${name}")
        return global_values(self.target, at.code.instance)[variable]

    def global_(self, name: str) -> int | float:
        """Return a global by name or index. Raises BadExpression."""
        return self.typed_global(name).value

    def typed_global(self, name: str) -> Value:
        """Return what ``global_`` does, with its type. Raises BadExpression."""
        return _global_value(self.target, self.at.code.instance, name)

    def operand(self, index: int) -> int | float:
        """Return an operand, 0 being the top of the stack. Raises BadExpression."""
        return self.typed_operand(index).value

    def typed_operand(self, index: int) -> Value:
        """Return what ``operand`` does, with its type. Raises BadExpression."""
        size = stack_size(self.target, self.at)
        if not 0 <= index < size:
            raise BadExpression(f"the stack has {counted(size, 'operand')}")
        return stack_values(self.target, self.at, index, 1)[0]

    def read(self, kind: str, addr: int) -> int | float:
        """Return a typed value from the first memory, little endian."""
        return _read(self.at.code.instance, kind, addr)


@dataclass(frozen=True, slots=True)
class ModuleScope:
    """The scope where no frame of a module's function is meant: globals and memory."""

    target: Target
    instance: ModuleInst

    def local(self, name: str) -> int | float:
        """Return the global that has the name: there is no frame. Raises BadExpression."""
        return self.typed_local(name).value

    def typed_local(self, name: str) -> Value:
        """Return what ``local`` does, with its type. Raises BadExpression."""
        index = shown_global(self.instance, name)
        if index is None:
            raise self._no_frame(f"${name}")
        return global_values(self.target, self.instance)[index]

    def global_(self, name: str) -> int | float:
        """Return a global by name or index. Raises BadExpression."""
        return self.typed_global(name).value

    def typed_global(self, name: str) -> Value:
        """Return what ``global_`` does, with its type. Raises BadExpression."""
        return _global_value(self.target, self.instance, name)

    def operand(self, index: int) -> int | float:
        """Raise BadExpression: there is no frame."""
        return self.typed_operand(index).value

    def typed_operand(self, index: int) -> Value:
        """Raise BadExpression: there is no frame."""
        raise self._no_frame(f"stack[{index}]")

    def read(self, kind: str, addr: int) -> int | float:
        """Return a typed value from the first memory, little endian."""
        return _read(self.instance, kind, addr)

    def _no_frame(self, what: str) -> BadExpression:
        if self.target.store.agent.depth:
            hint = "up and down select another frame"
            return BadExpression(f"there is no {what}: the frame is a host function's", hint=hint)
        way = "restart" if self.target.program.is_command else "call one, or restart"
        hint = f"globals and memory can be read; {way}"
        return BadExpression(f"there is no {what}: no function is being called", hint=hint)


def parsed_here(target: Target, expression: str) -> tuple[ast.expr, FrameScope | ModuleScope]:
    """Return an expression's tree, and where it finds its values: the selected frame.

    Where no function is being called that is the program's module. Raises BadExpression.
    """
    at = selected_position(target)
    if at is None:
        instance = selected_instance(target)
        return parse(expression, odd_names(instance, ())), ModuleScope(target, instance)
    return parse(expression, odd_names(at.code.instance, (at.func.index,))), FrameScope(target, at)
