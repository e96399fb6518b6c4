"""The Python source of a hot loop: slots are variables, an instruction is a line or two."""

from __future__ import annotations

import operator

from wasmlab.errors import WasmlabError
from wasmlab.exec.bind import semantics
from wasmlab.exec.binder import Binder
from wasmlab.exec.branch import branch_target
from wasmlab.exec.call import callee_in_table
from wasmlab.exec.code import HOT_LOOP
from wasmlab.exec.lazy_code import code_of
from wasmlab.exec.variable import local_slot
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.records import NamedTuple
from wasmlab.runtime.operand import mask_of
from wasmlab.syntax.row import Flow, Imm, Kind
from wasmlab.syntax.types import V128, slot_count, slots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wasmlab.runtime.frame import Agent
    from wasmlab.runtime.store import Code

_FUNCTION = """def hot_loop(fp):
    if fp + {frame} > {limit}: return refuse()
    {load}
    n, left, error = 0, 0, None
    try:
        while n < {ticks}:
{body}
            n += {length}
    except WasmlabError as raised:
        left, error = steps[raised.__traceback__.tb_lineno - {before}], raised
    {store}
    agent.left = n + left, *places[left]
    if error is not None: raise error
    return {result}
"""
_BEFORE_BODY = _FUNCTION[: _FUNCTION.index("{body}")].count("\n") + 1
_SIGNS = {
    "add": "+", "sub": "-", "mul": "*", "and_": "&", "or_": "|", "xor": "^",
    "eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=",
}  # fmt: skip
_OPERATORS: dict[object, str] = {getattr(operator, name): sign for name, sign in _SIGNS.items()}
"""The signs of Python's operators that are the semantics of a row."""


class PathStep(NamedTuple):
    """An instruction on a path."""

    code: Code
    pc: int
    top: int
    """The slot on top before it, when it was followed."""


def compile_path(
    agent: Agent, path: list[PathStep], ticks: int, refuse: Callable[[], int]
) -> Callable[[int], int]:
    """Return a function that executes a path again and again, for at most ``ticks`` instructions.

    It takes the FP and returns HOT_LOOP; ``Agent.left`` says where execution goes on, or which
    instruction raised. ``refuse`` is what it returns where the functions of the path do not fit
    on the stack.
    """
    writer = _Writer(agent)
    for number, step in enumerate(path):
        writer.number = number
        _write(writer, step, path[(number + 1) % len(path)].code)
    source = _FUNCTION.format(
        frame=max(step.code.frame_slots for step in path),
        limit=agent.limits.slots,
        load=_each(writer.slots, "x{0} = s[fp + {0}]"),
        store=_each(writer.written, "s[fp + {0}] = x{0}"),
        body="\n".join(writer.lines),
        length=len(path),
        ticks=ticks,
        before=_BEFORE_BODY,
        result=HOT_LOOP,
    )
    names = writer.names
    names.update(s=agent.stack, agent=agent, refuse=refuse, WasmlabError=WasmlabError)
    names.update(steps=writer.steps, places=[(step.code.addr, step.pc) for step in path])
    exec(source, names)  # noqa: S102 - the text is ours: numbers, and names made from numbers
    return names["hot_loop"]


def _each(numbers: Iterable[int], template: str) -> str:
    return "; ".join(template.format(number) for number in sorted(numbers)) or "pass"


class _Writer:
    """Lines of the loop's body, and what they mention."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.number = 0
        self.lines = list[str]()
        self.steps = list[int]()
        """For each line the number of its instruction."""
        self.slots = set[int]()
        self.written = set[int]()
        self.names = dict[str, Any]()

    def line(self, text: str) -> None:
        """Add a line."""
        self.lines.append(f"            {text}")
        self.steps.append(self.number)

    def read(self, slot: int) -> str:
        """Return the variable of a slot."""
        self.slots.add(slot)
        return f"x{slot}"

    def assign(self, slot: int, value: str) -> None:
        """Add the line that gives a slot a value."""
        self.written.add(slot)
        self.line(f"{self.read(slot)} = {value}")

    def move(self, src: int, dst: int, n: int) -> None:
        """Add lines that copy n slots, the lowest first."""
        if src != dst:
            for i in range(n):
                self.assign(dst + i, self.read(src + i))

    def leave_if(self, condition: str) -> None:
        """Leave before this instruction if a condition holds."""
        self.line(f"if {condition}: left = {self.number}; break")

    def name(self, value: object) -> str:
        """Return the name by which the source knows a value."""
        name = f"v{len(self.names)}"
        self.names[name] = value
        return name


def _write(w: _Writer, step: PathStep, following: Code) -> None:
    code, pc, _ = step
    instr = code.instrs[pc]
    if instr.row.kind is not Kind.CONTROL:
        _write_straight(w, code, pc)
    elif instr.row.flow is Flow.TAIL_CALL:
        _write_tail_call(w, step, following)
    else:
        WRITERS[instr.row.rule](w, step)


# ---- straight instructions ----


def _write_straight(w: _Writer, code: Code, pc: int) -> None:
    instr, top = code.instrs[pc], code.top_at(pc)
    params, results = code.signature(pc)
    base = top - slot_count(params)
    is_plain = instr.row.kind is Kind.PURE and len(results) == 1 and V128 not in (*params, *results)
    if not is_plain or len(params) > 2 or (params and instr.imms):  # noqa: PLR2004 - see _applied
        _call(w, code, pc, range(base, top), range(base, base + slot_count(results)))
    else:
        mask = mask_of(results[0])
        py = semantics(instr)
        if params:
            operands = [w.read(slot) for slot in range(base, top)]
            w.assign(base, f"{_applied(w, py, operands)} & {mask}")
        else:
            w.assign(base, str(py(*instr.imms) & mask))


def _applied(w: _Writer, py: Callable[..., int], operands: list[str]) -> str:
    if py in _OPERATORS:
        return f"({operands[0]} {_OPERATORS[py]} {operands[1]})"
    return f"{w.name(py)}({', '.join(operands)})"


def _call(w: _Writer, code: Code, pc: int, operands: range, results: range) -> None:
    """Let the bound instruction do it, which knows slots only."""
    for slot in operands:
        w.line(f"s[fp + {slot}] = {w.read(slot)}")
    w.line(f"{w.name(code.steps[pc])}(fp)")
    for slot in results:
        w.assign(slot, f"s[fp + {slot}]")


# ---- control instructions ----


def _nothing(_w: _Writer, _step: PathStep) -> None:
    return


def _select(w: _Writer, step: PathStep) -> None:
    code, pc, _ = step
    width = slots(code.signature(pc)[1][0])
    condition = code.top_at(pc) - 1
    for i in range(condition - width, condition):
        first = w.read(i - width)
        w.assign(i - width, f"{first} if {w.read(condition)} else {w.read(i)}")


def _local(w: _Writer, step: PathStep) -> None:
    code, pc, _ = step
    x = code.instrs[pc].idx(0)
    width, slot, top = slots(code.typed.locals[x]), local_slot(code, x), code.top_at(pc)
    if code.instrs[pc].row.reads_local:
        w.move(slot, top, width)
    else:
        w.move(top - width, slot, width)


def _global(w: _Writer, step: PathStep) -> None:
    code, pc, _ = step
    x, top = code.instrs[pc].idx(0), code.top_at(pc)
    width = slots(code.instance.globals[x].type.value)
    if code.instrs[pc].row.reads_global:
        _call(w, code, pc, range(0), range(top, top + width))
    else:
        _call(w, code, pc, range(top - width, top), range(0))


def _if(w: _Writer, step: PathStep) -> None:
    condition = w.read(step.code.top_at(step.pc) - 1)
    w.leave_if(f"not {condition}" if step.top else condition)


def _br(w: _Writer, step: PathStep) -> None:
    _branch(w, step, step.code.top_at(step.pc))


def _br_if(w: _Writer, step: PathStep) -> None:
    _if(w, step)
    _branch(w, step, step.code.top_at(step.pc) - 1)


def _br_table(w: _Writer, step: PathStep) -> None:
    index = step.code.top_at(step.pc) - 1
    blocks = [target.block for target in step.code.targets(step.pc)]
    chosen, last = blocks[min(step.top, len(blocks) - 1)], len(blocks) - 1
    w.leave_if(f"{w.name(blocks)}[min({w.read(index)}, {last})] != {chosen}")
    _branch(w, step, index)


def _branch(w: _Writer, step: PathStep, top: int) -> None:
    """Move the operands below top to where the branch takes them, if it was taken."""
    target = branch_target(step.code, step.pc, step.top)
    if target is not None:
        n = slot_count(target.types)
        w.move(top - n, step.code.local_slots + target.height, n)


def _write_tail_call(w: _Writer, step: PathStep, callee: Code) -> None:
    code, pc, found = step
    instr, top = code.instrs[pc], code.top_at(pc)
    if not instr.row.is_direct_call:
        top -= 1
    if Imm.TABLEIDX in instr.row.imms:
        binder = Binder(code, w.agent, code_of)
        w.line(f"s[fp + {top}] = {w.read(top)}")
        called = f"{w.name(callee_in_table(binder, instr, top))}(fp)"
        w.leave_if(f"{called} is not {w.name(callee.func)}")
    elif not instr.row.is_direct_call:
        w.leave_if(f"{w.read(top)} != {found}")
    n = callee.param_slots
    w.move(top - n, 0, n)
    for slot in range(n, callee.local_slots):
        w.assign(slot, "0")


WRITERS: dict[str, Callable[[_Writer, PathStep], None]] = {
    "nop": _nothing,
    "drop": _nothing,
    "select": _select,
    "select t": _select,
    "local.get": _local,
    "local.set": _local,
    "local.tee": _local,
    "global.get": _global,
    "global.set": _global,
    "if": _if,
    "br": _br,
    "br_if": _br_if,
    "br_table": _br_table,
}
"""Control instructions that a path can have, besides tail calls; by rule."""
