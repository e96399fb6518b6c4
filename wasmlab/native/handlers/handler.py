"""The body of one handler while it is written: operands, slots, leaving, going on."""

from __future__ import annotations

from llvmlite import ir  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from wasmlab.hints import TYPE_CHECKING
from wasmlab.isa.bits import BITS
from wasmlab.native.handlers.emitter import UNLIKELY, Ir, IrEmitter
from wasmlab.native.layout import (
    CELL,
    FUNC_SHIFT,
    HANDLER,
    NEXT,
    WORD,
    A,
    B,
    C,
    FuncWord,
    MemoryWord,
    Reason,
    StateWord,
)
from wasmlab.records import NamedTuple
from wasmlab.runtime.memory import DIRTY_SHIFT
from wasmlab.syntax.types import slots

if TYPE_CHECKING:
    from collections.abc import Callable

    from wasmlab.errors import TrapCode
    from wasmlab.records import IntEnum
    from wasmlab.syntax.types import ValType

INT8, INT32, INT64 = (ir.IntType(n) for n in (8, 32, 64))
POINTER: Ir = ir.PointerType()
REGISTERS = ("pc", "fp", "mem", "size", "dirty", "fuel", "frame", "state")
_TYPES: list[Ir] = [POINTER, POINTER, POINTER, INT64, POINTER, INT64, POINTER, POINTER]
SIGNATURE: Ir = ir.FunctionType(ir.VoidType(), _TYPES)
HANDLER_TYPE: Ir = ir.PointerType(SIGNATURE)
SAVED = (StateWord.PC, StateWord.FP, StateWord.MEM, StateWord.SIZE, StateWord.DIRTY,
         StateWord.FUEL, StateWord.FRAME)  # fmt: skip
"""Where all registers but the last are between two runs, in their order."""
_BITS_IN_SLOT = 64


class Style(NamedTuple):
    """How handlers go on: by calling the next one in their place, or by returning to a loop."""

    tail_calls: bool
    convention: str
    byte_lookup: str
    """See ``emitter.byte_lookup``."""


class Handler:
    """Registers as values, and the code that every handler is made of.

    A handler changes nothing before it knows that it will not leave.
    """

    def __init__(self, module: Ir, name: str, style: Style) -> None:
        self.function: Ir = ir.Function(module, SIGNATURE, name)
        self.function.calling_convention = style.convention
        self.function.attributes.add("nounwind")
        for argument, register in zip(self.function.args, REGISTERS, strict=True):
            argument.name = register
        self.style = style
        self.builder: Ir = ir.IRBuilder(self.function.append_basic_block())
        self.e = IrEmitter(self.builder, self._trap_to, style.byte_lookup)
        self.registers: dict[str, Ir] = dict(zip(REGISTERS, self.function.args, strict=True))
        self._given = dict(self.registers)
        self._leaving: Ir = None

    # ---- memory of the host ----
    def at(self, base: Ir, offset: Ir | int) -> Ir:
        """Return base plus bytes."""
        index: Ir = INT64(offset) if isinstance(offset, int) else offset
        return self.builder.gep(base, [index], source_etype=INT8)

    def load(self, base: Ir, offset: Ir | int, t: Ir, align: int = WORD) -> Ir:
        """Load a value of an LLVM type."""
        return self.builder.load(self.at(base, offset), typ=t, align=align)

    def store(self, value: Ir, base: Ir, offset: Ir | int, align: int = WORD) -> None:
        """Store a value."""
        self.builder.store(value, self.at(base, offset), align=align)

    def word(self, base: Ir, word: IntEnum, t: Ir = INT64) -> Ir:
        """Load a word of a row, a pool entry or a hook."""
        return self.load(base, int(word) * WORD, t)

    def state(self, word: StateWord, t: Ir = POINTER) -> Ir:
        """Load a word of the state block."""
        return self.word(self.registers["state"], word, t)

    # ---- the cell ----
    def imm32(self, field: int) -> Ir:
        """Return operand A or B, zero-extended."""
        return self.builder.zext(self.load(self.registers["pc"], field, INT32, 4), INT64)

    @property
    def a(self) -> Ir:
        """Operand A."""
        return self.imm32(A)

    @property
    def b(self) -> Ir:
        """Operand B."""
        return self.imm32(B)

    def c(self, t: Ir = INT64) -> Ir:
        """Return operand C."""
        return self.load(self.registers["pc"], C, t)

    def next(self, t: Ir = POINTER) -> Ir:
        """Return operand NEXT."""
        return self.load(self.registers["pc"], NEXT, t)

    @property
    def next_cell(self) -> Ir:
        """The next cell."""
        return self.at(self.registers["pc"], CELL)

    def slot(self, offset: Ir) -> Ir:
        """Return the address of the slot at an offset."""
        return self.at(self.registers["fp"], offset)

    # ---- values in slots ----
    def read(self, slot: Ir, t: ValType, offset: int = 0) -> Ir:
        """Load the bits of a value."""
        return self.load(slot, offset, ir.IntType(BITS[t]))

    def write(self, value: Ir, slot: Ir, offset: int = 0) -> None:
        """Store a value of at most 128 bits; narrow ones are extended with zeros."""
        if value.type.width < _BITS_IN_SLOT:
            value = self.builder.zext(value, INT64)
        self.store(value, slot, offset)

    def read_all(self, slot: Ir, types: tuple[ValType, ...]) -> list[Ir]:
        """Load values that lie one after the other."""
        values, offset = list[Ir](), 0
        for t in types:
            values.append(self.read(slot, t, offset))
            offset += WORD * slots(t)
        return values

    def write_all(self, values: list[Ir], slot: Ir, types: tuple[ValType, ...]) -> None:
        """Store values one after the other."""
        offset = 0
        for value, t in zip(values, types, strict=True):
            self.write(value, slot, offset)
            offset += WORD * slots(t)

    def move(self, source: Ir, destination: Ir, nbytes: Ir) -> None:
        """Move whole slots down (or not at all), the lowest first."""
        self.each(
            INT64(0), nbytes, lambda at: self.store(self.load(source, at, INT64), destination, at)
        )

    def clear(self, base: Ir, first: Ir, last: Ir) -> None:
        """Set the slots from offset first to last to zero."""
        self.each(first, last, lambda at: self.store(INT64(0), base, at))

    def each(self, first: Ir, last: Ir, act: Callable[[Ir], None], step: int = WORD) -> None:
        """Loop over offsets from first to below last, those of slots if nothing else is said."""
        builder, before = self.builder, self.builder.block
        head, body, after = (builder.append_basic_block() for _ in range(3))
        builder.branch(head)
        builder.position_at_end(head)
        at = builder.phi(INT64)
        at.add_incoming(first, before)
        builder.cbranch(builder.icmp_unsigned("<", at, last), body, after)
        builder.position_at_end(body)
        act(at)
        at.add_incoming(builder.add(at, INT64(step)), builder.block)
        builder.branch(head)
        builder.position_at_end(after)

    def copy(self, destination: Ir, source: Ir, nbytes: Ir) -> None:
        """Copy bytes, as if through a buffer."""
        self._bulk(StateWord.COPY, destination, source, nbytes)

    def fill(self, destination: Ir, value: Ir, nbytes: Ir) -> None:
        """Set bytes to an 8-bit value."""
        self._bulk(StateWord.FILL, destination, self.builder.zext(value, INT32), nbytes)

    def _bulk(self, word: StateWord, *args: Ir) -> None:
        """Call a function of the C library; an image refers to nothing outside itself."""
        signature = ir.FunctionType(POINTER, [argument.type for argument in args])
        self.builder.call(self.state(word, ir.PointerType(signature)), args)

    # ---- linear memory ----
    def use_memory(self, row: Ir) -> None:
        """Make a memory the one in the registers."""
        for register, word, t in (
            ("mem", MemoryWord.DATA, POINTER),
            ("size", MemoryWord.SIZE, INT64),
            ("dirty", MemoryWord.DIRTY, POINTER),
        ):
            self.registers[register] = self.word(row, word, t)

    def mark(self, ea: Ir, nbytes: int) -> None:
        """Mark the pages of an access as written."""
        for last in {0, nbytes - 1}:
            address = self.builder.add(ea, INT64(last))
            page = self.builder.lshr(address, INT64(DIRTY_SHIFT))
            self.store(INT8(1), self.registers["dirty"], page, 1)

    # ---- going on ----
    def jump(self, target: Ir) -> None:
        """Go on at a cell, if there is fuel."""
        self._pay(target)
        if self.style.tail_calls:
            self.tail_call(self.load(target, HANDLER, HANDLER_TYPE))
        else:
            self._save()
            self.builder.ret_void()

    def _save(self) -> None:
        """Store the registers that have changed."""
        given = dict(zip(REGISTERS, self.function.args, strict=True))
        for name, word in zip(REGISTERS[:-1], SAVED, strict=True):
            if self.registers[name] is not given[name]:
                self.store(self.registers[name], self.registers["state"], word * WORD)

    def step(self) -> None:
        """Go on with the next cell in this handler, if there is fuel."""
        self._pay(self.next_cell)
        self._given, self._leaving = dict(self.registers), None

    def _pay(self, target: Ir) -> None:
        """Pay for the instruction at a cell, or leave before it."""
        builder, fuel = self.builder, self.registers["fuel"]
        going_on, empty = builder.append_basic_block(), builder.append_basic_block()
        pair = builder.usub_with_overflow(fuel, INT64(1))
        paid, is_empty = builder.extract_value(pair, 0), builder.extract_value(pair, 1)
        self.registers = {**self.registers, "pc": target, "fuel": paid}
        builder.cbranch(is_empty, empty, going_on).set_weights(UNLIKELY)
        builder.position_at_end(empty)
        self.tail_call(builder.module.get_global(exit_name(Reason.FUEL)))
        builder.position_at_end(going_on)

    def tail_call(self, function: Ir) -> None:
        """Go on in another handler."""
        self._tail_call(function, self.registers)

    def _tail_call(self, function: Ir, registers: dict[str, Ir]) -> None:
        arguments = [registers[name] for name in REGISTERS]
        tail = "musttail" if self.style.tail_calls else None
        self.builder.call(function, arguments, cconv=self.style.convention, tail=tail)
        self.builder.ret_void()

    def branches(self, condition: Ir) -> tuple[Ir, Ir]:
        """Return the blocks for a set and a clear bit, having branched to them."""
        blocks = self.builder.append_basic_block(), self.builder.append_basic_block()
        self.builder.cbranch(condition, *blocks)
        return blocks

    def leave_if(self, condition: Ir) -> None:
        """Let the reference execute the instruction if the bit is set."""
        going_on = self.builder.append_basic_block()
        self.builder.cbranch(condition, self.leaving, going_on).set_weights(UNLIKELY)
        self.builder.position_at_end(going_on)

    @property
    def leaving(self) -> Ir:
        """The block that leaves with the registers that the instruction was given."""
        if self._leaving is None:
            self._leaving = self.builder.append_basic_block()
            with self.builder.goto_block(self._leaving):
                exit_: Ir = self.builder.module.get_global(exit_name(Reason.LEAVE))
                self._tail_call(exit_, self._given)
        return self._leaving

    def _trap_to(self, _code: TrapCode) -> Ir:
        return self.leaving

    # ---- calls ----
    def function_row(self, addr: Ir) -> Ir:
        """Return the row of the function at an address of the store."""
        offset = self.builder.shl(addr, INT64(FUNC_SHIFT))
        return self.at(self.state(StateWord.FUNCS), offset)

    def code_of(self, row: Ir) -> Ir:
        """Return the first cell of a function; leaves if it has none."""
        code = self.word(row, FuncWord.CODE)
        self.leave_if(self.builder.icmp_unsigned("==", code, INT64(0)))
        return self.builder.inttoptr(code, POINTER)


def exit_name(reason: Reason) -> str:
    """Return the name of the handler that leaves the loop for a reason."""
    return f"exit.{reason.name}"
