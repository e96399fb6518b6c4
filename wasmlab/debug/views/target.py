"""What is debugged: a program, where it stands, and what is known about its code."""

from __future__ import annotations

from itertools import islice

from wasmlab.debug.views.func_names import FuncNames
from wasmlab.debug.views.model import Location
from wasmlab.debug.views.symbols import inst_name
from wasmlab.engine.work import Work
from wasmlab.exec.lazy_code import code_of
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import NamedTuple, dataclass, field
from wasmlab.runtime.frame import FP, FUNC, PC
from wasmlab.valid.operands import downwards, top_operands

if TYPE_CHECKING:
    from wasmlab.debug.views.landmarks import Landmarks
    from wasmlab.debug.views.uses import LocalUses
    from wasmlab.engine.program import Program
    from wasmlab.module import Module
    from wasmlab.runtime.store import Code, FuncInst, ModuleInst, Store
    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.types import ValType
    from wasmlab.text.line_table import LineTable
    from wasmlab.valid.operands import Operand


class Position(NamedTuple):
    """A frame of a module's function and where it stands in it."""

    number: int
    """Record number in the arena, 0 is the outermost."""
    func: FuncInst
    code: Code
    pc: int
    fp: int

    @property
    def instr(self) -> Instr:
        """The next instruction."""
        return self.code.instrs[self.pc]

    @property
    def height(self) -> int:
        """Slots of operands."""
        return self.code.heights[self.pc]


@dataclass(slots=True)
class Target:
    """A program under the debugger, and what is known about its code."""

    program: Program
    modules: dict[int, Module] = field(default_factory=dict[int, "Module"])
    """Modules with text and line map, by the id of their syntax."""
    tops: dict[int, list[Operand | None]] = field(default_factory=dict[int, "list[Operand | None]"])
    """The topmost operand before every instruction, by function address."""
    texts: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    """Instructions in the text format, by function address and pc, as far as they were shown."""
    places: dict[tuple[int, int], Location] = field(default_factory=dict[tuple[int, int], Location])
    """Places by function address and offset, as far as they were shown."""
    line_tables: dict[int, LineTable | None] = field(default_factory=dict[int, "LineTable | None"])
    """Line tables by function address, as far as they were asked for."""
    landmarks: dict[int, Landmarks] = field(default_factory=dict[int, "Landmarks"])
    """What lies where in the first memory, by ``id`` of the instance."""
    uses: dict[int, LocalUses] = field(default_factory=dict[int, "LocalUses"])
    """What functions use their locals for, by their address, as far as they were shown."""
    names: FuncNames = field(default_factory=FuncNames)
    """Functions by name, as far as they were asked for by one."""
    work: Work = field(default_factory=Work)
    """What a command is doing, and the request to stop it."""
    selected: int = 0
    """The frame that commands and views mean; 0 is the innermost, as it is after every move."""

    @property
    def store(self) -> Store:
        """The program's store."""
        return self.program.store


def position(target: Target, number: int | None = None) -> Position | None:
    """Return the innermost frame of a module's function, or the record of a number."""
    store = target.program.store
    agent = store.agent
    record = agent.record
    numbers = range(agent.depth - 1, -1, -1) if number is None else (number,)
    for n in numbers:
        func = store.funcs[record(n, FUNC)]
        if func.host is None:
            code = func.bound_code
            return Position(n, func, code, min(record(n, PC), len(code.instrs) - 1), record(n, FP))
    return None


def selected_position(target: Target) -> Position | None:
    """Return the selected frame; None if it is a host function's, or no frame is left."""
    if not target.selected:
        return position(target)
    return position(target, target.store.agent.depth - 1 - target.selected)


def running_instance(target: Target) -> ModuleInst:
    """Return the instance whose function is being executed; else that of the program's module."""
    at = position(target)
    return target.program.instance if at is None else at.code.instance


def selected_instance(target: Target) -> ModuleInst:
    """Return the instance of the selected frame's function; of a host's, the running one."""
    at = selected_position(target)
    return running_instance(target) if at is None else at.code.instance


def top_operand(target: Target, at: Position) -> Operand | None:
    """Return the topmost operand before the instruction, which leads to those below it."""
    addr = at.func.addr
    if addr not in target.tops and at.func.instance is not None:
        module = at.func.instance.module
        target.tops[addr] = top_operands(module, at.func.index, at.code.typed)
    return target.tops[addr][at.code.indices[at.pc]]


def operand_types(target: Target, at: Position, count: int | None = None) -> tuple[ValType, ...]:
    """Return the types of the topmost operands before the instruction, bottom first; all if None.

    It takes as long as there are operands that are asked for.
    """
    found = [operand.type for operand in islice(downwards(top_operand(target, at)), count)]
    return tuple(reversed(found))


def held_types(target: Target, at: Position) -> tuple[ValType, ...]:
    """Return the types of a frame's operands, bottom first, without the arguments of its call."""
    types = operand_types(target, at)
    waits = at.number < target.store.agent.depth - 1
    return types[: len(types) - len(at.code.signature(at.pc)[0])] if waits else types


def module_of(target: Target, func: FuncInst) -> Module | None:
    """Return the module of a function, with its text and line map if there are any."""
    return None if func.instance is None else target.modules.get(id(func.instance.module))


def location(target: Target, func: FuncInst, offset: int) -> Location:
    """Return the place of an offset in a function."""
    key = (func.addr, offset)
    found = target.places.get(key)
    if found is None:
        found = target.places[key] = _location(target, func, offset)
    return found


def _location(target: Target, func: FuncInst, offset: int) -> Location:
    module = module_of(target, func)
    line = column = None
    if module is not None and module.line_map is not None:
        found = module.line_map.at(offset)
        if found is not None:
            line, column = found
    several = len(target.store.instances) > 1 and func.instance is not None
    return Location(
        func=func.index,
        func_name=inst_name(func),
        offset=offset,
        line=line,
        column=column,
        module=func.instance.name if several and func.instance else "",
    )


def current_location(target: Target) -> Location | None:
    """Return the place of the next instruction; None if no frame is left."""
    at = position(target)
    return None if at is None else location(target, at.func, at.instr.offset)


def bound_code(func: FuncInst) -> Code:
    """Return the bound body of a function, binding it if need be."""
    return code_of(func)
