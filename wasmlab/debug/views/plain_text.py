"""View-models as plain text, a fact a line: for screen readers, dumb terminals and logs."""

from __future__ import annotations

from itertools import groupby

from wasmlab.counted import counted
from wasmlab.debug.views.model import Breakpoint, StopReason, Watchpoint
from wasmlab.escape import LONGEST_LINE, cut_in_middle, escaped, escaped_name
from wasmlab.hints import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from wasmlab.debug.views.model import (
        Catchpoint,
        Display,
        Frame,
        Instruction,
        Label,
        Location,
        LogLine,
        MemoryRow,
        Output,
        Pointer,
        StackSlot,
        Step,
        Stop,
        Value,
        Variable,
    )
    from wasmlab.debug.views.source import Source

_STREAMS = {1: "out", 2: "err"}
_TEXT_WIDTH = 28
_INSTRUCTION_WIDTH = 100
"""Characters of an instruction before its place; names may be of any length."""
_MOST_INDENTED = 40
"""Calls by which a step is indented at most."""
_PLACE_WIDTH = 16
_QUIET = {StopReason.STEP, StopReason.ARRIVED}
"""Stops that say no more than where the program is."""


def values_text(values: Iterable[Value]) -> str:
    """Return ``[3 4]``."""
    return f"[{' '.join(value.text for value in values)}]"


def place_text(location: Location) -> str:
    """Return ``0x5a line 12``, with the name of the module where there are several."""
    line = "" if location.line is None else f" line {location.line}"
    module = f"{escaped_name(location.module)}:" if location.module else ""
    return f"{module}0x{location.offset:x}{line}"


def step_line(step: Step) -> str:
    """Return an executed instruction with its effects: a line of the trace."""
    indented = "  " * min(step.depth - 1, _MOST_INDENTED) + step.text
    stack = ""
    if step.popped or step.pushed:
        stack = f"{values_text(step.popped)} -> {values_text(step.pushed)}"
    place = place_text(step.location)
    line = f"{step.tick:>6}  {place:<{_PLACE_WIDTH}}  {indented:<{_TEXT_WIDTH}}  {stack}"
    if step.effect:
        line = f"{line}{'  ' if stack else ''}; {step.effect}"
    return line.rstrip()


def output_lines(output: Iterable[Output]) -> Iterator[str]:
    """Yield what the program printed, a line each: ``out| Hello``.

    A line that was printed in pieces is one, unless the other stream got something meanwhile.
    """
    for stream, pieces in groupby(output, key=lambda printed: printed.stream):
        text = b"".join(printed.data for printed in pieces).decode("utf-8", "backslashreplace")
        for line in text.removesuffix("\n").split("\n"):
            yield f"{_STREAMS.get(stream, 'out')}| {escaped(line)}"


def stop_lines(stop: Stop, instruction: Instruction | None) -> Iterator[str]:
    """Yield why the program stopped, what a function returned that was left, and what is next."""
    if stop.reason not in _QUIET or instruction is None:
        yield f"{stop.message}."
    elif stop.results:
        yield f"{stop.message.partition('; back at ')[0]}."
    if instruction is not None:
        yield next_line(instruction, _INSTRUCTION_WIDTH)


def next_line(instruction: Instruction, most: int = LONGEST_LINE) -> str:
    """Return the next instruction, in ``most`` characters, with its place."""
    where = instruction.location
    text = cut_in_middle(instruction.text, most)
    return f"next: {text}   in {where.short_name} at {place_text(where)}"


def instruction_lines(instruction: Instruction) -> Iterator[str]:
    """Yield the next instruction, explained."""
    yield next_line(instruction)
    yield f"  {instruction.signature}"
    yield f"  {instruction.explanation}"
    if instruction.now:
        yield f"  now: {instruction.now}"
    yield f"  {instruction.spec}"


def stack_lines(stack: Sequence[StackSlot]) -> Iterator[str]:
    """Yield the operands, top first, with marks for what is popped next and what is new."""
    if not stack:
        yield "The operand stack is empty."
    for slot in stack:
        marks = [m for m, on in (("popped next", slot.popped), ("new", slot.changed)) if on]
        note = f"   ({', '.join(marks)})" if marks else ""
        shown = f"{slot.type} {slot.text}{pointer_text(slot.pointer)}"
        yield f"{slot.number:>3}  {shown}{note}"


def variable_lines(variables: Sequence[Variable], none: str) -> Iterator[str]:
    """Yield locals or globals; ``none`` where there are none."""
    if not variables:
        yield none
    for variable in variables:
        was = "" if variable.previous is None else f"   (was {variable.previous.text})"
        value, more = variable, f"{was}{pointer_text(variable.pointer)}"
        yield f"{variable.name} = {value.text}   {variable.kind} {value.type}{more}"


def display_lines(displays: Iterable[Display]) -> Iterator[str]:
    """Yield what is shown at every stop: ``1: /x $n = 0x00000005   (was 0x00000004)``."""
    for shown in displays:
        was = "" if shown.previous is None else f"   (was {shown.previous})"
        asked = escaped(f"{shown.form} {shown.expression}".lstrip())
        yield f"{shown.number}: {asked} = {shown.text}{pointer_text(shown.pointer)}{was}"


def pointer_text(pointer: Pointer | None) -> str:
    """Return `` -> "Hello"  data 0`` after a value that points there; empty for any other."""
    return "" if pointer is None else f"   -> {pointer.text}"


_ALL_CALLS = 100
"""So many calls are all shown; more are hardly ever read, and come from endless recursion."""
MOST_CALLS = 20
"""Calls that are shown at each end of a longer list."""


def calls_between(depth: int) -> str:
    """Return what stands for the calls that are left out where ``depth`` of them are open.

    That is, for all but ``MOST_CALLS`` at each end; empty if all are to be shown.
    """
    return f"... {depth - 2 * MOST_CALLS:,} more calls ..." if depth > _ALL_CALLS else ""


class CallFrames(Protocol):
    """What has call frames, innermost first."""

    @property
    def depth(self) -> int:
        """How many there are."""
        ...

    def frame_rows(self, start: int, count: int) -> Sequence[Frame]:
        """Return count frames from number start on."""
        ...


def frame_lines(calls: CallFrames, selected: int = 0) -> Iterator[str]:
    """Yield the call frames, innermost first; of very many, those at both ends.

    A selected frame that is not the innermost has a mark.
    """
    depth = calls.depth
    if not depth:
        yield "No function is being called."
    between = calls_between(depth)
    if not between:
        yield from call_lines(calls.frame_rows(0, depth), selected)
        return
    yield from call_lines(calls.frame_rows(0, MOST_CALLS), selected)
    yield f"     {between}"
    yield from call_lines(calls.frame_rows(depth - MOST_CALLS, MOST_CALLS), selected)


def call_lines(frames: Sequence[Frame], selected: int = 0) -> Iterator[str]:
    """Yield some call frames, a line each."""
    for frame in frames:
        args = ", ".join(arguments_of(frame))
        where = "host" if frame.location is None else place_text(frame.location)
        mark = "*" if selected and frame.number == selected else ""
        name = cut_in_middle(frame.func_name)
        yield f"{mark}{frame.number:>{3 - len(mark)}}  {name}({args})   {where}"


def arguments_of(frame: Frame) -> Iterator[str]:
    """Yield the arguments of a call, with the texts that they point at: ``1024 "Hello"``."""
    pointers = frame.pointers or (None,) * len(frame.args)
    for value, pointer in zip(frame.args, pointers, strict=True):
        quoted = "" if pointer is None else pointer.quoted
        yield f"{value.text} {quoted}" if quoted else value.text


def label_lines(labels: Sequence[Label]) -> Iterator[str]:
    """Yield the open labels, innermost first: as ``br`` counts them."""
    if not labels:
        yield "No label is open."
    for label in reversed(labels):
        target = "" if label.target_line is None else f", a branch goes to line {label.target_line}"
        name = "" if label.name == str(label.depth) else f" {label.name}"
        yield f"{label.depth:>3}  {label.kind}{name} takes {label.arity}{target}"


def memory_lines(rows: Sequence[MemoryRow]) -> Iterator[str]:
    """Yield rows of memory; ``*`` marks those that the last step changed."""
    for row in rows:
        shown = "".join(chr(b) if 0x20 <= b < 0x7F else "." for b in row.data)  # noqa: PLR2004 - ASCII
        mark = "*" if row.changed else " "
        yield f"{row.address:08x}{mark} {row.data.hex(' '):<47}  {shown}"


class StopPoints(Protocol):
    """What has breakpoints, watchpoints and catchpoints, each by number."""

    @property
    def breakpoints(self) -> Sequence[Breakpoint]:
        """Breakpoints."""
        ...

    @property
    def watchpoints(self) -> Sequence[Watchpoint]:
        """Watchpoints."""
        ...

    @property
    def catchpoints(self) -> Sequence[Catchpoint]:
        """Catchpoints."""
        ...


def stop_point_lines(session: StopPoints, number: int | None = None) -> Iterator[str]:
    """Yield all that the program stops at, by kind and number; or the one of a number."""
    every: tuple[Breakpoint | Watchpoint | Catchpoint, ...]
    every = (*session.breakpoints, *session.watchpoints, *session.catchpoints)
    if not every:
        yield "There are no breakpoints."
    for found in every:
        if number in {None, found.number}:
            yield f"{found.number:>3}  {_stop_point_text(found)}"


def _stop_point_text(found: Breakpoint | Watchpoint | Catchpoint) -> str:
    times = f"   reached {counted(found.count, 'time')}"
    if isinstance(found, Breakpoint):
        return f"{breakpoint_text(found)}{times}"
    times = times if found.count else ""
    if isinstance(found, Watchpoint):
        return f"{WATCHING[found.access]} {escaped(found.text)}{terms_text(found)}{times}"
    return f"{catchpoint_text(found)}{times}"


WATCHING = {"w": "watch", "r": "rwatch", "rw": "awatch"}
"""The command that stops at an access."""


def breakpoint_text(breakpoint_: Breakpoint) -> str:
    """Return where a breakpoint is and when it stops."""
    terms = terms_text(breakpoint_)
    places = [f"{p.short_name} at {place_text(p)}" for p in breakpoint_.locations]
    if breakpoint_.pattern:
        return f"{counted(len(places), 'function')} like {breakpoint_.name}{terms}"
    call = f"call of {breakpoint_.callee}, first in " if breakpoint_.callee else ""
    several = f"{len(places)} functions are called {breakpoint_.name}: " if breakpoint_.name else ""
    return f"{call}{several}{', '.join(places)}{terms}"


def catchpoint_text(found: Catchpoint) -> str:
    """Return what a catchpoint stops at, and when."""
    return f"catch {found.what}{terms_text(found)}"


def terms_text(found: Breakpoint | Watchpoint | Catchpoint) -> str:
    """Return when a stopping place stops and what it does then; empty if every time."""
    said = f" if {escaped(found.condition)}" if found.condition else ""
    said += f" from hit {found.hits} on" if found.hits > 1 else ""
    said += f", ignores the next {found.ignores}" if found.ignores else ""
    said += " once" if found.temporary else ""
    said += f' logs "{escaped(found.log)}"' if found.log else ""
    said += f" does {escaped('; '.join(found.commands))}" if found.commands else ""
    return said if found.enabled else f"{said} (off)"


def log_lines(lines: Iterable[LogLine]) -> Iterator[str]:
    """Yield what logpoints said, a line each, with the step."""
    for line in lines:
        yield f"{line.tick:>6,}  {line.text}"


def source_lines(source: Source, first: int, count: int, current: int | None) -> Iterator[str]:
    """Yield lines of the text; ``>`` marks the current one."""
    last = min(first + count - 1, source.line_count)
    width = len(str(last))
    for number in range(max(first, 1), last + 1):
        line = source.line(number)
        offset = "" if line.offset is None else f"0x{line.offset:x}"
        mark = ">" if number == current else " "
        yield f"{mark}{number:>{width}} {offset:>8}  {line.text}".rstrip()
