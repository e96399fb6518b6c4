"""Commands about the recorded history: going back, questions, branches, files."""

from __future__ import annotations

from functools import partial
from itertools import islice

from wasmlab.counted import counted
from wasmlab.debug.commands.command import (
    CommandOutput,
    DebuggerCommand,
    in_lines,
    looked_at,
    need_text,
    parse_count,
    parse_number,
    parse_words,
)
from wasmlab.debug.commands.lines import by_lines
from wasmlab.debug.views.model import StopReason
from wasmlab.debug.whatif.quoted import quoted_bytes
from wasmlab.errors import Interrupted, UsageError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.opening.inputs import RECORDING, load
from wasmlab.output_file import Replacing, need_replaceable, write_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.history.output_origin import Printing
    from wasmlab.debug.session import Session


def _reverse_step(session: Session, rest: str) -> CommandOutput:
    count = parse_count(rest)
    return CommandOutput(
        stop=session.reverse_line(count) if by_lines(session) else session.step_back(count)
    )


def _reverse_stepi(session: Session, rest: str) -> CommandOutput:
    return CommandOutput(stop=session.step_back(parse_count(rest)))


def _reverse_next(session: Session, rest: str) -> CommandOutput:
    if by_lines(session):
        return CommandOutput(stop=session.reverse_over_line(parse_count(rest)))
    return _reverse_nexti(session, rest)


def _reverse_nexti(session: Session, rest: str) -> CommandOutput:
    stop = session.stop
    for _ in range(parse_count(rest)):
        stop = session.reverse_over()
        if stop.reason is StopReason.PAUSED:
            break
    return CommandOutput(stop=stop)


def _reverse_finish(session: Session, _rest: str) -> CommandOutput:
    return CommandOutput(stop=session.reverse_out())


def _reverse_continue(session: Session, _rest: str) -> CommandOutput:
    return CommandOutput(stop=session.reverse_run())


def _goto(session: Session, rest: str) -> CommandOutput:
    where = need_text(rest, "goto", "a step such as 17, or start, end, next, previous")
    ways = {
        "start": session.to_start, "end": session.to_end,
        "next": session.next_event, "previous": session.previous_event,
    }  # fmt: skip
    way = ways.get(where.removesuffix(" event"))
    return CommandOutput(stop=session.goto(parse_number(where)) if way is None else way())


def _who(session: Session, rest: str) -> CommandOutput:
    what = need_text(rest, "who", "0x10, $x, global 0, stack[0] or output 7")
    if what.split(maxsplit=1)[0] == "output":
        return _who_printed(session, what.removeprefix("output").strip())
    wanted = parse_number(what) if what[0].isdigit() else what
    return looked_at(lambda: _origins(session, wanted))


def _origins(session: Session, what: int | str | Printing) -> Iterator[str]:
    for origin in session.history_of(what):
        place = f"  at {origin.location}" if origin.location else ""
        reading = f" {origin.reading}" if origin.reading else ""
        change = f"{origin.old or '?'} -> {origin.new}{reading}"
        yield f"{origin.tick:>6,}  {origin.kind}: {origin.text}  {change}{place}"


def _who_printed(session: Session, rest: str) -> CommandOutput:
    what = need_text(rest, "who output", 'an offset, line 2, or "a text"')
    if what.startswith("line "):
        found = session.who_printed(line=parse_number(what.removeprefix("line ")))
    else:
        found = session.who_printed(parse_number(what) if what.isdigit() else quoted_bytes(what))
    places = ", ".join(f"memory[0x{r.start:x}:0x{r.stop:x}]" for r in found.addresses)
    first = f"{found.tick:>6,}  printed: {found.call.text}  from {places}  at {found.location}"
    return in_lines((first, *_origins(session, found)))


def _find(session: Session, rest: str) -> CommandOutput:
    op, _, condition = f" {rest}".partition(" if ")
    if not rest:
        raise UsageError("find what?", hint="find i32.store, find call if $n == 3")
    lines = list[str]()
    try:
        for hit in islice(session.find(op=op.strip(), where=condition.strip()), _MOST_FOUND):
            lines.append(f"{hit.tick:>6,}  {hit.text}  at {hit.location}")
    except Interrupted as stopped:
        return CommandOutput((*lines, f"{stopped}."))
    if len(lines) == _MOST_FOUND:
        lines.append(f"These are the first {_MOST_FOUND}; an if says which of them.")
    return CommandOutput(tuple(lines) or ("Nothing in the recorded history.",))


_MOST_FOUND = 100
"""Lines that find shows at most."""


def _timeline(session: Session, _rest: str) -> CommandOutput:
    view = session.timeline
    dropped = "; older steps were dropped, a larger --record-limit keeps more"
    recorded = f"{view.first:,} to {view.last:,}{dropped if view.first else ''}"
    lines = [f"step {view.tick:,}, recorded are {recorded}"]
    lines += [f"{e.tick:>6,}  {e.kind}: {escaped(e.text)}" for e in view.events]
    return CommandOutput(tuple(lines))


def _save(session: Session, rest: str, *, force: bool = False) -> CommandOutput:
    path = need_text(rest, "save", f"a file, such as run{RECORDING.suffix}")
    what, _, file = path.partition(" ")
    if what in {"breakpoints", "breakpoints!"}:
        return _save_stops(session, file.strip(), force=force or what.endswith("!"))
    rule = Replacing(force, session.files_read, RECORDING.magic, how="save! replaces it")
    need_replaceable(path, rule)
    session.save(path, force=force)
    first, last = session.recorded
    return CommandOutput((f"{escaped(path)} holds steps {first:,} to {last:,}.",))


def _save_stops(session: Session, rest: str, *, force: bool) -> CommandOutput:
    from wasmlab.debug.commands.saving import setting_lines

    path = need_text(rest, "save breakpoints", "a file, such as stops.cmds")
    rule = Replacing(force, session.files_read, how="save! breakpoints replaces it")
    lines = list(setting_lines(session))
    write_output(path, "".join(f"{line}\n" for line in lines).encode(), rule)
    return CommandOutput((f"{escaped(path)} holds {counted(len(lines), 'command')}.",))


def _core(session: Session, rest: str, *, force: bool = False) -> CommandOutput:
    path = rest or "core.wasm"
    rule = Replacing(force, session.files_read, how="generate-core-file! replaces it")
    write_output(path, session.core_dump, rule)
    return CommandOutput((f"{escaped(path)} holds step {session.tick:,}.",))


def _set(session: Session, rest: str) -> CommandOutput:
    if rest.split(maxsplit=1)[:1] == ["stdin"]:
        session.set("stdin", quoted_bytes(rest.removeprefix("stdin").lstrip("= ")))
        return _branches(session, "") if len(session.branches) > 1 else CommandOutput()
    what, equals, value = rest.partition("=")
    if not equals:
        raise UsageError("set needs a value", hint="set $n = 7, set i32[0x10] = 1")
    session.set(what.strip(), value.strip())
    return _branches(session, "") if len(session.branches) > 1 else CommandOutput()


def _branches(session: Session, _rest: str) -> CommandOutput:
    return in_lines(f"{'*' if b.current else ' '} {escaped(str(b))}" for b in session.branches)


def _switch_branch(session: Session, rest: str) -> CommandOutput:
    return CommandOutput(
        stop=session.switch(parse_number(need_text(rest, "switch", "the number of a branch")))
    )


def _compare(session: Session, rest: str) -> CommandOutput:
    numbers = [parse_number(word) for word in parse_words(rest)]
    if len(numbers) != 2:  # noqa: PLR2004 - two branches are compared
        raise UsageError("compare takes two branches", hint="compare 1 2; branches lists them")
    return in_lines(str(session.compare(*numbers)).splitlines())


def _replay(session: Session, rest: str) -> CommandOutput:
    module = load(need_text(rest, "replay", "the file of a changed text"))
    return in_lines(str(session.replay(module)).splitlines())


BACK: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("reverse-step", ("rs", "back"), "[N]", "Take back one instruction, or N; lines after unit line.", _reverse_step, repeats=True),
    DebuggerCommand("reverse-next", ("rn",), "[N]", "Take back one instruction, a call as a whole; a line after unit line.", _reverse_next, repeats=True),
    DebuggerCommand("reverse-stepi", ("rsi",), "[N]", "Take back one instruction, or N, also after unit line.", _reverse_stepi, repeats=True),
    DebuggerCommand("reverse-nexti", ("rni",), "[N]", "Take back one instruction, a call as a whole, also after unit line.", _reverse_nexti, repeats=True),
    DebuggerCommand("reverse-finish", ("rf",), "", "Go back to the call of the selected frame's function.", _reverse_finish, repeats=True),
    DebuggerCommand("reverse-continue", ("rc",), "", "Go back to the breakpoint or watchpoint before.", _reverse_continue, repeats=True),
    DebuggerCommand("goto", ("g",), "STEP", "Go to a step; or to start, end, or the next or previous event.", _goto),
)  # fmt: skip
"""The ways back."""
QUESTIONS: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("who", ("whowrote",), "WHAT", "Say who wrote 0x10, $x, global 0 or stack[0], or printed output 7 or output line 2.", _who),
    DebuggerCommand("find", (), "[OP] [if CONDITION]", "Find instructions in the recorded history.", _find),
    DebuggerCommand("timeline", (), "", "Show what happened so far, with the steps.", _timeline),
    DebuggerCommand("branches", (), "", "Show the branches.", _branches),
    DebuggerCommand("compare", (), "A B", "Show where two branches differ first, and in what.", _compare),
)  # fmt: skip
"""Questions about the past, and about other histories."""
CHANGES: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("set", (), "WHAT = VALUE", "Change $n, global 0, stack[0], i32[0x10], a call's result or stdin from here on; in the past on a new branch.", _set),
    DebuggerCommand("switch", (), "NUMBER", "Go to the end of another branch.", _switch_branch),
    DebuggerCommand("replay", (), "FILE", "Run another text under the recorded inputs, and show the first difference.", _replay),
)  # fmt: skip
"""What changes the program, or goes on elsewhere."""
FILES: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("save", (), "FILE", "Write the recorded history to FILE; save breakpoints FILE: commands that set them, for source.", _save, forced=partial(_save, force=True)),
    DebuggerCommand("generate-core-file", ("gcore", "core"), "[FILE]", "Write the state at this step as a Wasm core dump.", _core, forced=partial(_core, force=True)),
)  # fmt: skip
"""What writes files."""
