"""Which instructions of a changed text are those of the text before."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher
from itertools import takewhile

from wasmlab.debug.stops.probes import codes
from wasmlab.debug.views.symbols import func_symbol, global_name, inst_symbol
from wasmlab.debug.views.target import bound_code
from wasmlab.debug.whatif.program_state import FrameAt
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass
from wasmlab.syntax.row import Imm

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from wasmlab.debug.stops.probes import Probes
    from wasmlab.debug.views.target import Target
    from wasmlab.runtime.store import Code, FuncInst
    from wasmlab.syntax.instr import Instr
    from wasmlab.syntax.module import Module


COMPARED = 500_000
"""Pairs of equal items up to which two parts are compared, which is what it costs."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """Functions of one program by address, with those of another and the pcs that are the same."""

    funcs: dict[int, int]
    pcs: dict[int, dict[int, int]]
    """For functions that were edited; in others every pc is its own counterpart."""
    edited: Probes
    """Pcs without a counterpart, by address of the function."""
    edited_there: Probes
    """Pcs of the other program without a counterpart here, by address of the function."""

    def counterpart(self, frame: FrameAt) -> FrameAt | None:
        """Return what a frame is in the other program; None if that has no such instruction."""
        func = self.funcs.get(frame.func)
        pc = self.pcs[frame.func].get(frame.pc) if frame.func in self.pcs else frame.pc
        return None if func is None or pc is None else FrameAt(func, pc, frame.fp)


def match_functions(a: Target, b: Target) -> Pairing:
    """Pair functions by name, and their instructions from both ends up to where they differ."""
    there = {_key(func): func for func in b.store.funcs}
    codes_a, codes_b = ({code.addr: code for code in codes(t)} for t in (a, b))
    found = Pairing({}, {}, {}, {})
    for func in a.store.funcs:
        other = there.pop(_key(func), None)
        if other is not None:
            found.funcs[func.addr] = other.addr
    for addr, code in codes_a.items():
        other = codes_b.pop(found.funcs.get(addr, -1), None)
        if other is None:
            found.edited[addr] = set(range(len(code.instrs)))
        else:
            _pair(found, code, other)
    for addr, code in codes_b.items():
        found.edited_there[addr] = set(range(len(code.instrs)))
    return found


def _key(func: FuncInst) -> tuple[str, str]:
    return "" if func.instance is None else func.instance.name, inst_symbol(func)


def _pair(found: Pairing, a: Code, b: Code) -> None:
    """Pair the instructions of two bodies, if they are not the same."""
    keys_a, keys_b = instr_keys(a), instr_keys(b)
    if keys_a == keys_b and a.typed.locals == b.typed.locals:
        return
    least = min(len(keys_a), len(keys_b))
    same = [one == other for one, other in zip(keys_a, keys_b, strict=False)]
    head = sum(takewhile(bool, same))
    backwards = zip(reversed(keys_a), reversed(keys_b), strict=False)
    tail = sum(takewhile(bool, [one == other for one, other in backwards]))
    tail = min(tail, least - head)
    pcs_a = {index: pc for pc, index in enumerate(a.indices)}
    pcs_b = {index: pc for pc, index in enumerate(b.indices)}
    pcs = {pcs_a[i]: pcs_b[i] for i in range(head) if i in pcs_a and i in pcs_b}
    for back in range(1, tail + 1):
        old, new = pcs_a.get(len(keys_a) - back), pcs_b.get(len(keys_b) - back)
        if old is not None and new is not None:
            pcs[old] = new
    found.pcs[a.addr] = pcs
    found.edited[a.addr] = set(range(len(a.instrs))) - pcs.keys()
    found.edited_there[b.addr] = set(range(len(b.instrs))) - set(pcs.values())


def instr_keys(code: Code) -> list[tuple[object, ...]]:
    """Return what makes an instruction what it is: names in place of indices that may move."""
    return [_instr_key(code.instance.module, instr) for instr in code.typed.body.instrs]


def _instr_key(module: Module, instr: Instr) -> tuple[object, ...]:
    return (instr.row.mnemonic, *map(_imm_key, instr.row.imms, instr.imms, [module] * 8))


def _imm_key(kind: Imm, imm: object, module: Module) -> object:
    if not isinstance(imm, int):
        return imm
    match kind:
        case Imm.FUNCIDX:
            return func_symbol(module, imm)
        case Imm.GLOBALIDX:
            return global_name(module, imm)
        case Imm.TYPEIDX | Imm.BLOCKTYPE:
            return str(module.types[imm])
        case _:
            return imm


def places(old: Sequence[Hashable], new: Sequence[Hashable]) -> dict[int, int]:
    """Return, by its index in old, where each item is in new; those that are gone are left out.

    An item that was replaced is where the other one is: that is known if as many were put there as
    were taken, and of the first one. Of very long parts the ends are compared only.
    """
    least = min(len(old), len(new))
    head = _same(zip(old, new, strict=False), least)
    tail = _same(zip(reversed(old), reversed(new), strict=False), least - head)
    found = {i: i for i in range(head)}
    found |= {len(old) - n: len(new) - n for n in range(1, tail + 1)}
    between = _between(old[head : len(old) - tail], new[head : len(new) - tail])
    return found | {head + i: head + j for i, j in between}


def _between(old: Sequence[Hashable], new: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    counts, there = Counter(old), Counter(new)
    if sum(count * there[item] for item, count in counts.items()) > COMPARED:
        yield from zip(
            range(len(old)), range(len(new) if len(old) == len(new) else 0), strict=False
        )
        return
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for tag, i, i_end, j, j_end in opcodes:
        if tag == "equal" or (tag == "replace" and i_end - i == j_end - j):
            yield from zip(range(i, i_end), range(j, j_end), strict=True)
        elif tag == "replace":
            yield i, j


def _same(pairs: Iterator[tuple[Hashable, Hashable]], most: int) -> int:
    """Return how many pairs at the beginning are equal, up to a number."""
    for count, (one, other) in enumerate(pairs):
        if count == most or one != other:
            return count
    return most


def same_instruction(old: FuncInst, new: FuncInst, pc: int) -> int | None:
    """Return the pc in a changed function of what is at a pc of the one before; None if it is gone.

    The beginning of a function is that of the other. Trap if a body is not valid.
    """
    if pc == 0 or old.func is new.func:
        return pc
    before, after = bound_code(old), bound_code(new)
    index = places(instr_keys(before), instr_keys(after)).get(before.indices[pc])
    return next((pc for pc, known in enumerate(after.indices) if known == index), None)


def is_alike(old: FuncInst, new: FuncInst) -> bool:
    """Return whether at least half of a function is in another; Trap if a body is not valid."""
    before, after = instr_keys(bound_code(old)), instr_keys(bound_code(new))
    same = sum(before[i] == after[j] for i, j in places(before, after).items())
    return 2 * same >= max(len(before), len(after))
