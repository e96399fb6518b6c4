"""The calls that led to a trap, as text."""

from __future__ import annotations

from wasmlab.debug.views.instruction import instruction_text
from wasmlab.debug.views.plain_text import MOST_CALLS, calls_between, place_text
from wasmlab.debug.views.symbols import inst_name
from wasmlab.debug.views.target import Target, location, position
from wasmlab.escape import cut_in_middle
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.frame import FUNC

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wasmlab.engine.program import Program
    from wasmlab.module import Module


def backtrace_lines(program: Program, modules: Sequence[Module]) -> Iterator[str]:
    """Yield the calls that are open, innermost first; modules are those whose text is known."""
    target = Target(program, {id(module.syntax): module for module in modules})
    depth = program.store.agent.depth
    between = calls_between(depth)
    for number in range(depth):
        if between and MOST_CALLS <= number < depth - MOST_CALLS:
            if number == MOST_CALLS:
                yield f"       {between}"
            continue
        yield f"  #{number:<4} {_call(target, depth - 1 - number)}"


def _call(target: Target, record: int) -> str:
    """Return function, place and instruction of one frame."""
    func = target.store.funcs[target.store.agent.record(record, FUNC)]
    at = position(target, record)
    if at is None:
        return f"{cut_in_middle(inst_name(func))} (host)"
    place = place_text(location(target, func, at.instr.offset))
    return f"{cut_in_middle(inst_name(func))} at {place}: {instruction_text(target, at)}"
