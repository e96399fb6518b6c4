"""What a value points at, where it plausibly is a pointer.

What an instruction takes as an address, or a local that the code uses as one, is a pointer whatever
it is. Any other number must be 1,024 at least, where LLVM puts the first data, and lie at a symbol;
at the start of a data segment, or of a text in one, from the second page on anywhere in it; aligned
in the used part of the C stack; or at the start of a text elsewhere. A loop's counter is not
annotated as it passes by.
"""

from __future__ import annotations

from wasmlab.debug.views.landmarks import landmarks_of
from wasmlab.debug.views.model import Pointer
from wasmlab.debug.views.target import bound_code, location
from wasmlab.debug.views.uses import calls_through_table, uses_of
from wasmlab.debug.views.values import reference_text
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.quote import quote
from wasmlab.runtime.reference import RefTag, payload, ref_tag
from wasmlab.runtime.store import read_global

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wasmlab.debug.views.landmarks import Landmarks
    from wasmlab.debug.views.model import Value
    from wasmlab.debug.views.target import Position, Target
    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import ModuleInst
    from wasmlab.runtime.table import Table

LOWEST = 1_024
"""Smaller numbers are pointers only where the code uses them so."""
_PAGE = 1 << 16
_ALIGNED = 4
_LEAST_TEXT = 4
"""Bytes that are a text; fewer may be anything."""
_PREVIEWED = 24
"""Bytes of a text that are shown."""
_BYTES = 8
"""Bytes that are shown of what is no text."""


def pointer_of(
    target: Target, instance: ModuleInst, value: Value, *, used: bool = False, offset: int = 0
) -> Pointer | None:
    """Return what a value points at in the first memory; None if it is no plausible pointer.

    used: the code takes it as an address. offset: what is added to it then.
    """
    if not value.bits or not instance.mems:
        return None
    memory = instance.mems[0]
    if value.type != str(memory.type.addr):
        return None
    address = value.bits + offset
    if not (used or value.bits >= LOWEST) or address >= memory.size:
        return None
    before = f"+{offset}: " if offset else ""
    return _described(target, instance, memory, address, used=used, before=before)


def _described(
    target: Target, instance: ModuleInst, memory: Memory, address: int, *, used: bool, before: str
) -> Pointer | None:
    """Return what is at an address, with a text before it; None if nothing is known of it."""
    marks = landmarks(target, instance)
    segment = marks.segment_at(address)
    text = text_at(memory, address)
    starts = segment is not None and address == segment.start
    begins = bool(text) and (starts or not _is_text(memory, address - 1))
    where = marks.symbols.get(address, "")
    if not where and segment is not None and (used or begins or starts or address >= _PAGE):
        where = segment.name if starts else f"{segment.name}+0x{address - segment.start:x}"
    elif not where and _is_in_stack(instance, marks, address, used=used):
        where = "C stack"
    is_text = bool(text) and (begins or (segment is not None and bool(where)))
    quoted = quote(text, _PREVIEWED) if is_text else ""
    if not where and not quoted:
        return None
    is_data = segment is not None and not text
    shown = _bytes_at(memory, address) if is_data else quoted
    return Pointer(before + "  ".join(filter(None, (shown, where))), address, quoted=quoted)


def landmarks(target: Target, instance: ModuleInst) -> Landmarks:
    """Return what is known of the first memory of an instance; found out once."""
    found = target.landmarks.get(id(instance))
    if found is None:
        found = target.landmarks[id(instance)] = landmarks_of(instance)
    return found


def _is_in_stack(instance: ModuleInst, marks: Landmarks, address: int, *, used: bool) -> bool:
    """Return whether an address, aligned unless used, is in the used part of the C stack."""
    if marks.stack_pointer is None or (address % _ALIGNED and not used):
        return False
    now = read_global(instance.store, instance.globals[marks.stack_pointer])
    return now <= address < marks.stack_top


_TEXT = frozenset((*range(0x20, 0x7F), *b"\n\r\t"))
_NO_TEXT = frozenset(range(0x80)) - _TEXT


def text_at(memory: Memory, address: int) -> bytes:
    """Return the text that begins at an address, up to its NUL, or some bytes more than are shown.

    Empty if there are fewer than four characters of ASCII, or of UTF-8.
    """
    data = bytes(memory.data[address : min(address + _PREVIEWED + _LEAST_TEXT, memory.size)])
    end = next((n for n, byte in enumerate(data) if byte in _NO_TEXT), len(data))
    text = data[:end].decode("utf-8", "ignore").encode()
    if not data.startswith(text):
        text = text[: _agreeing(text, data)]
    return text if len(text) >= _LEAST_TEXT and not text.isspace() else b""


def _agreeing(a: bytes, b: bytes) -> int:
    """Return how many bytes two begin with in common."""
    return next(
        (n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )


def _is_text(memory: Memory, address: int) -> bool:
    return address >= 0 and memory.data[address] in _TEXT


def _bytes_at(memory: Memory, address: int) -> str:
    return bytes(memory.data[address : min(address + _BYTES, memory.size)]).hex(" ")


def element_of(target: Target, table: Table, index: int) -> Pointer | None:
    """Return the function at an index of a table; None if none is there."""
    if index >= table.size:
        return None
    ref = table.get(index)
    if ref == 0 or ref_tag(ref) is not RefTag.FUNC:
        return None
    func = target.store.funcs[payload(ref)]
    place = None if func.func is None else location(target, func, bound_code(func).instrs[0].offset)
    return Pointer(reference_text(target.store, ref), None, place)


def local_pointer(target: Target, at: Position, index: int, value: Value) -> Pointer | None:
    """Return what a frame's local points at, which holds a value."""
    uses, instance = uses_of(target.uses, at.code), at.code.instance
    if index in uses.tables:
        return element_of(target, instance.tables[uses.tables[index]], value.bits)
    return pointer_of(target, instance, value, used=index in uses.addresses)


def operand_pointers(
    target: Target, at: Position, popped: Sequence[Value]
) -> dict[int, Pointer | None]:
    """Return what the operands point at that the next instruction uses as pointers.

    popped: those that it takes, in push order; by their place among these.
    """
    row, instr, instance = at.instr.row, at.instr, at.code.instance
    if calls_through_table(row):
        table = instance.tables[instr.idx(1)]
        return {len(popped) - 1: element_of(target, table, popped[-1].bits)}
    if not (row.reads_memory or row.writes_memory):
        return {}
    if row.bulk is None:
        arg = instr.memarg
        shown = pointer_of(target, instance, popped[0], used=True, offset=arg.offset)
        return {} if arg.mem else {0: shown}
    source = row.bulk.source if row.reads_memory else None
    places = (row.bulk.to, *(() if source is None else (source,)))
    return {n: pointer_of(target, instance, popped[n], used=True) for n in places}
