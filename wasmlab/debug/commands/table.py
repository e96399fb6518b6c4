"""The debugger's commands: one table for the line debugger, scripts and the lab's command line.

Names are those of gdb where gdb has the command.
"""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from wasmlab.debug.commands.examine import examined
from wasmlab.debug.views import plain_text
from wasmlab.debug.views.model import State
from wasmlab.errors import DebugError, UsageError
from wasmlab.explain.lookup import explain
from wasmlab.isa.index import BY_MNEMONIC
from wasmlab.module import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from wasmlab.debug.history.output_origin import Printing
    from wasmlab.debug.session import Session
    from wasmlab.debug.views.model import Stop

_CONDITION = re.compile(
    r"(?P<where>.*?)(?:\s+if\s+(?P<condition>.+?))?(?:\s+hits\s+(?P<hits>\d{1,18}))?"
)
_AROUND = 5
"""Lines of text before and behind the current one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say."""

    lines: tuple[str, ...] = ()
    stop: Stop | None = None
    """Where the program came to, if the command moved it."""
    leave: bool = False
    """The person wants to quit."""


@dataclass(frozen=True, slots=True)
class Command:
    """A row of the table; ``method`` takes the session and what follows the name."""

    name: str
    aliases: tuple[str, ...]
    arguments: str
    help: str
    method: Callable[[Session, str], Answer]
    repeats: bool = False
    """An empty line does it again."""


def execute(session: Session, line: str) -> Answer:
    """Carry out a line such as ``break $main if $n > 3``; an empty line does nothing.

    Raises UsageError for commands and arguments that make no sense, DebugError for what cannot be
    done now.
    """
    name, rest = split(line)
    if not name:
        return Answer()
    return find(name).method(session, rest)


def split(line: str) -> tuple[str, str]:
    """Return the name of the command in a line and what follows it; ``x/4`` is ``x`` and ``/4``."""
    text = line.strip()
    if text.startswith("#"):
        return "", ""
    name = text.split(maxsplit=1)[0] if text else ""
    slash = name.find("/")
    if slash > 0:
        return name[:slash], text[slash:]
    return name, text[len(name) :].strip()


def find(name: str) -> Command:
    """Return the command of a name, an alias or an unambiguous beginning; raises UsageError."""
    for command in COMMANDS:
        if name == command.name or name in command.aliases:
            return command
    if name in INFO:
        return Command(name, (), "", f"The same as info {name}.", INFO[name])
    begun = [command for command in COMMANDS if command.name.startswith(name)]
    if len(begun) == 1:
        return begun[0]
    names = [command.name for command in COMMANDS]
    close = [c.name for c in begun] or get_close_matches(name, names, n=3)
    hint = f"did you mean {' or '.join(close)}?" if close else "help lists the commands"
    raise UsageError(f"no command {name!r}", hint=hint)


# --- moving ------------------------------------------------------------------------------------


def _step(session: Session, rest: str) -> Answer:
    _ready(session)
    return Answer(stop=session.step(_count(rest)))


def _next(session: Session, rest: str) -> Answer:
    _ready(session)
    stop = session.stop
    for _ in range(_count(rest)):
        stop = session.step_over()
        if session.state is not State.PAUSED:
            break
    return Answer(stop=stop)


def _finish(session: Session, _rest: str) -> Answer:
    _ready(session)
    return Answer(stop=session.step_out())


def _continue(session: Session, _rest: str) -> Answer:
    _ready(session)
    return Answer(stop=session.run())


def _until(session: Session, rest: str) -> Answer:
    _ready(session)
    return Answer(stop=session.run_to(_needed(rest, "until", "$main or line 12 or 0x5a")))


def _restart(session: Session, _rest: str) -> Answer:
    return Answer(stop=session.restart())


def _call(session: Session, rest: str) -> Answer:
    name, *args = _words(_needed(rest, "call", _entries(session)))
    return Answer(stop=session.call(name, *args))


def _answer(session: Session, rest: str) -> Answer:
    session.answer(_needed(rest, "answer", "the result, such as 0"))
    return Answer(stop=session.run())


def _input(session: Session, rest: str) -> Answer:
    waiting = session.state is State.WAITING_FOR_INPUT
    session.feed_input(f"{rest}\n".encode())
    return Answer(stop=session.run()) if waiting else Answer(("The program will read it.",))


def _end_of_input(session: Session, _rest: str) -> Answer:
    waiting = session.state is State.WAITING_FOR_INPUT
    session.feed_input(b"", end=True)
    return Answer(stop=session.run()) if waiting else Answer(("The input ends there.",))


# --- going back --------------------------------------------------------------------------------


def _reverse_step(session: Session, rest: str) -> Answer:
    return Answer(stop=session.step_back(_count(rest)))


def _reverse_next(session: Session, rest: str) -> Answer:
    stop = session.stop
    for _ in range(_count(rest)):
        stop = session.reverse_over()
    return Answer(stop=stop)


def _reverse_finish(session: Session, _rest: str) -> Answer:
    return Answer(stop=session.reverse_out())


def _reverse_continue(session: Session, _rest: str) -> Answer:
    return Answer(stop=session.reverse_run())


def _goto(session: Session, rest: str) -> Answer:
    where = _needed(rest, "goto", "a step such as 17, or start, end, next, previous")
    ways = {
        "start": session.to_start, "end": session.to_end,
        "next": session.next_event, "previous": session.previous_event,
    }  # fmt: skip
    return Answer(stop=ways[where]() if where in ways else session.goto(_number(where)))


def _watch(session: Session, rest: str) -> Answer:
    return _set_watch(session, rest, "w")


def _rwatch(session: Session, rest: str) -> Answer:
    return _set_watch(session, rest, "r")


def _awatch(session: Session, rest: str) -> Answer:
    return _set_watch(session, rest, "rw")


def _set_watch(session: Session, rest: str, access: str) -> Answer:
    what = _needed(rest, "watch", "memory[0x10:0x14], i32[0x10], global 0 or $x")
    watch = session.watch(what, access)
    return Answer((f"Watchpoint {watch.number}: {plain_text.escaped(watch.text)} is {watch.now}",))


def _who(session: Session, rest: str) -> Answer:
    what = _needed(rest, "who", "0x10, $x, global 0, stack[0] or output 7")
    if what.split(maxsplit=1)[0] == "output":
        return _who_printed(session, what.removeprefix("output").strip())
    return _lines(_origins(session, _number(what) if what[0].isdigit() else what))


def _origins(session: Session, what: int | str | Printing) -> Iterator[str]:
    for origin in session.history_of(what):
        place = f"  at {origin.location}" if origin.location else ""
        change = f"{origin.old or '?'} -> {origin.new}"
        yield f"{origin.tick:>6}  {origin.kind}: {origin.text}  {change}{place}"


def _who_printed(session: Session, rest: str) -> Answer:
    what = _needed(rest, "who output", 'an offset, line 2, or "a text"')
    if what.startswith("line "):
        found = session.who_printed(line=_number(what.removeprefix("line ")))
    else:
        found = session.who_printed(_number(what) if what.isdigit() else _quoted_bytes(what))
    places = ", ".join(f"memory[0x{r.start:x}:0x{r.stop:x}]" for r in found.addresses)
    first = f"{found.tick:>6}  printed: {found.call.text}  from {places}  at {found.location}"
    return _lines((first, *_origins(session, found)))


def _set(session: Session, rest: str) -> Answer:
    if _words(rest)[:1] == ["stdin"]:
        session.set("stdin", _quoted_bytes(rest.removeprefix("stdin").lstrip("= ")))
        return _branches(session, "") if len(session.branches) > 1 else Answer()
    what, equals, value = rest.partition("=")
    if not equals:
        raise UsageError("set needs a value", hint="set $n = 7, set i32[0x10] = 1")
    session.set(what.strip(), value.strip())
    return _branches(session, "") if len(session.branches) > 1 else Answer()


def _quoted_bytes(text: str) -> bytes:
    r"""Return the bytes that ``"one\n"`` means: a string with the escapes of Python."""
    try:
        value = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        value = None
    if not isinstance(value, str | bytes):
        raise UsageError(f"not a text in quotes: {text}", hint='write it as "one\\ntwo\\n"')
    return value.encode() if isinstance(value, str) else value


def _branches(session: Session, _rest: str) -> Answer:
    return _lines(
        f"{'*' if b.current else ' '} {plain_text.escaped(str(b))}" for b in session.branches
    )


def _switch_branch(session: Session, rest: str) -> Answer:
    return Answer(stop=session.switch(_number(_needed(rest, "switch", "the number of a branch"))))


def _compare(session: Session, rest: str) -> Answer:
    numbers = [_number(word) for word in _words(rest)]
    if len(numbers) != 2:  # noqa: PLR2004 - two branches are compared
        raise UsageError("compare takes two branches", hint="compare 1 2; branches lists them")
    return _lines(str(session.compare(*numbers)).splitlines())


def _replay(session: Session, rest: str) -> Answer:
    module = load(_needed(rest, "replay", "the file of a changed text"))
    return _lines(str(session.replay(module)).splitlines())


_MOST_FOUND = 100
"""Lines that find shows at most."""


def _find(session: Session, rest: str) -> Answer:
    op, _, condition = f" {rest}".partition(" if ")
    if not rest:
        raise UsageError("find what?", hint="find i32.store, find call if $n == 3")
    op = op.strip()
    if op and not any(fnmatchcase(mnemonic, op) for mnemonic in BY_MNEMONIC):
        raise UsageError(f"no instruction is called {op!r}", hint="find i32.store, find *.div_?")
    found = session.find(op=op, where=condition.strip())
    lines = [f"{hit.tick:>6}  {hit.text}  at {hit.location}" for hit in islice(found, _MOST_FOUND)]
    if len(lines) == _MOST_FOUND:
        lines.append(f"These are the first {_MOST_FOUND}; an if says which of them.")
    return Answer(tuple(lines) or ("Nothing in the recorded history.",))


def _timeline(session: Session, _rest: str) -> Answer:
    view = session.timeline
    dropped = "; older steps were dropped, a larger --record-limit keeps more"
    lines = [
        f"step {view.tick}, recorded are {view.first} to {view.last}{dropped if view.first else ''}"
    ]
    lines += [f"{e.tick:>6}  {e.kind}: {plain_text.escaped(e.text)}" for e in view.events]
    return Answer(tuple(lines))


def _save(session: Session, rest: str) -> Answer:
    path = _needed(rest, "save", "a file, such as run.wlab")
    session.save(path)
    first, last = session.recorded
    return Answer((f"{plain_text.escaped(path)} holds steps {first:,} to {last:,}.",))


def _core(session: Session, rest: str) -> Answer:
    path = Path(rest or "core.wasm")
    content = session.core_dump()
    try:
        path.write_bytes(content)
    except OSError as error:
        raise DebugError(f"cannot write {path}: {error.strerror}") from error
    return Answer((f"{plain_text.escaped(str(path))} holds step {session.tick:,}.",))


# --- breakpoints -------------------------------------------------------------------------------


def _break(session: Session, rest: str) -> Answer:
    match = _CONDITION.fullmatch(f" {rest.strip()}")
    here = session.location
    where = match["where"].strip() if match else ""
    if not where and here is None:
        raise UsageError("break where?", hint="break $main, break 12, break 0x5a if $n > 3")
    point = session.break_at(
        where or (here.offset if here else 0),
        (match["condition"] if match else "") or "",
        int((match["hits"] if match else "") or 0),
    )
    return Answer((f"Breakpoint {point.number}: {plain_text.breakpoint_text(point)}",))


def _delete(session: Session, rest: str) -> Answer:
    wanted = _words(rest)
    every = (*session.breakpoints, *session.watchpoints)
    numbers = [_number(word) for word in wanted] or [point.number for point in every]
    for number in numbers:
        session.remove_breakpoint(number)
    return Answer((f"{len(numbers)} removed.",))


def _enable(session: Session, rest: str) -> Answer:
    return _switch(session, rest, on=True)


def _disable(session: Session, rest: str) -> Answer:
    return _switch(session, rest, on=False)


def _switch(session: Session, rest: str, *, on: bool) -> Answer:
    numbers = [_number(word) for word in _words(rest)] or [p.number for p in session.breakpoints]
    for number in numbers:
        session.enable_breakpoint(number, on=on)
    return Answer(tuple(plain_text.breakpoint_lines(session.breakpoints)))


# --- looking -----------------------------------------------------------------------------------


def _stack(session: Session, _rest: str) -> Answer:
    return _lines(plain_text.stack_lines(session.stack))


def _locals(session: Session, rest: str) -> Answer:
    none = "The function has no locals."
    return _lines(plain_text.variable_lines(session.locals(_number(rest) if rest else 0), none))


def _globals(session: Session, _rest: str) -> Answer:
    return _lines(plain_text.variable_lines(session.globals, "The module has no globals."))


def _frames(session: Session, _rest: str) -> Answer:
    return _lines(plain_text.frame_lines(session.frames))


def _labels(session: Session, _rest: str) -> Answer:
    return _lines(plain_text.label_lines(session.labels))


def _breakpoints(session: Session, _rest: str) -> Answer:
    watches = [f"{w.number}  {w.access} {plain_text.escaped(w.text)}" for w in session.watchpoints]
    lines = (
        plain_text.breakpoint_lines(session.breakpoints)
        if session.breakpoints or not watches
        else ()
    )
    return _lines((*lines, *watches))


def _calls(session: Session, _rest: str) -> Answer:
    lines = [f"{call.tick:>6}  {call.text}" for call in session.host_calls]
    return Answer(tuple(lines) or ("No host function was called.",))


def _output(session: Session, _rest: str) -> Answer:
    return Answer(tuple(plain_text.output_lines(session.output)) or ("Nothing was printed.",))


def _exports(session: Session, _rest: str) -> Answer:
    lines = [f"{name}  {signature}" for name, signature in session.entries]
    return Answer(tuple(lines) or ("The module exports no function.",))


def _memory_size(session: Session, _rest: str) -> Answer:
    sizes = enumerate(session.memory_sizes)
    lines = [f"memory {number}: 0x{size:x} bytes, {size >> 16} pages" for number, size in sizes]
    return Answer(tuple(lines) or ("The module has no memory.",))


def _status(session: Session, _rest: str) -> Answer:
    lines = [f"{session.state.value}, {session.tick} instructions completed"]
    if session.instruction is not None:
        lines += plain_text.instruction_lines(session.instruction)
    return Answer(tuple(lines))


INFO: dict[str, Callable[[Session, str], Answer]] = {
    "stack": _stack,
    "locals": _locals,
    "globals": _globals,
    "frames": _frames,
    "labels": _labels,
    "memory": _memory_size,
    "breakpoints": _breakpoints,
    "calls": _calls,
    "output": _output,
    "exports": _exports,
    "program": _status,
}
"""What ``info`` knows."""


def _info(session: Session, rest: str) -> Answer:
    name, _, more = rest.partition(" ")
    found = [known for known in INFO if name and known.startswith(name)]
    if not found:
        raise UsageError(f"info {name}: unknown" if name else "info what?", hint=", ".join(INFO))
    return INFO[found[0]](session, more.strip())


def _examine(session: Session, rest: str) -> Answer:
    return Answer(examined(session, rest))


def _print(session: Session, rest: str) -> Answer:
    return Answer((str(session.evaluate(_needed(rest, "print", "$n, stack[0], i32[0x10]"))),))


def _expect(session: Session, rest: str) -> Answer:
    value = session.evaluate(_needed(rest, "expect", "a condition, such as $n == 3"))
    if not value:
        raise DebugError(f"expected {rest}", place=str(session.location or session.stop.message))
    return Answer()


def _explain(session: Session, rest: str) -> Answer:
    if rest:
        return Answer(explain(rest).lines)
    if session.instruction is None:
        raise DebugError("no instruction is next", hint="explain WORD explains instructions too")
    return _lines(plain_text.instruction_lines(session.instruction))


def _list(session: Session, rest: str) -> Answer:
    current = session.source.line_at(session.location.offset) if session.location else None
    middle = _number(rest) if rest else current or 1
    shown = plain_text.source_lines(session.source, middle - _AROUND, 2 * _AROUND + 1, current)
    return _lines(shown)


def _help(_session: Session, rest: str) -> Answer:
    if rest:
        command = find(rest)
        also = f"   (also {', '.join(command.aliases)})" if command.aliases else ""
        return Answer((f"{usage(command)}{also}", f"  {command.help}"))
    width = max(len(usage(command)) for command in COMMANDS)
    return Answer(tuple(f"{usage(c):<{width}}  {c.help}" for c in COMMANDS))


def usage(command: Command) -> str:
    """Return the name with its arguments."""
    return f"{command.name} {command.arguments}".rstrip()


def _quit(_session: Session, _rest: str) -> Answer:
    return Answer(leave=True)


# --- words -------------------------------------------------------------------------------------


def _lines(lines: Iterable[str]) -> Answer:
    return Answer(tuple(lines))


def _ready(session: Session) -> None:
    """Raise DebugError, with what to do, unless there is an instruction to execute."""
    if session.state is State.WAITING_FOR_CALL:
        raise DebugError("no function has been called", hint=f"call {_entries(session)}")
    if session.state in {State.EXITED, State.TRAPPED}:
        raise DebugError(
            f"the program is over: {session.stop.message}", hint="restart begins again"
        )
    if session.state is State.WAITING_FOR_INPUT:
        raise DebugError("the program waits for input", hint="input TEXT, or end-of-input")
    if session.state is State.WAITING_FOR_RESULT:
        raise DebugError(session.stop.message, hint="answer VALUE")


def _entries(session: Session) -> str:
    names = [name for name, _ in session.entries]
    return (
        f"one of {', '.join(map(plain_text.escaped, names))}" if names else "an exported function"
    )


def _needed(rest: str, name: str, what: str) -> str:
    if not rest:
        raise UsageError(f"{name} needs more", hint=what)
    return rest


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest)
    except ValueError as error:
        raise UsageError(f"{rest}: {error}") from error


def _number(word: str) -> int:
    try:
        return int(word, 0)
    except ValueError as error:
        raise UsageError(f"not a number: {word!r}") from error


def _count(rest: str) -> int:
    count = _number(rest) if rest else 1
    if count < 1:
        raise UsageError(f"cannot step {count} times", hint="step 3")
    return count


COMMANDS: tuple[Command, ...] = (
    Command("step", ("s", "si", "stepi"), "[N]", "Execute one instruction, or N, going into calls.", _step, repeats=True),
    Command("next", ("n", "ni", "nexti"), "[N]", "Execute one instruction, a call as a whole.", _next, repeats=True),
    Command("finish", ("fin", "out"), "", "Run until the current function has returned.", _finish, repeats=True),
    Command("continue", ("c", "cont", "run", "r"), "", "Run to the next breakpoint or to the end.", _continue, repeats=True),
    Command("reverse-step", ("rs", "rsi", "reverse-stepi", "back"), "[N]", "Take back one instruction, or N.", _reverse_step, repeats=True),
    Command("reverse-next", ("rn", "rni", "reverse-nexti"), "[N]", "Take back one instruction, a call as a whole.", _reverse_next, repeats=True),
    Command("reverse-finish", ("rf",), "", "Go back to the call of the current function.", _reverse_finish, repeats=True),
    Command("reverse-continue", ("rc",), "", "Go back to the breakpoint or watchpoint before.", _reverse_continue, repeats=True),
    Command("goto", ("g",), "STEP", "Go to a step; or to start, end, or the next or previous event.", _goto),
    Command("watch", (), "WHAT", "Stop when memory[0x10:0x14], global 0 or $x is written.", _watch),
    Command("rwatch", (), "WHAT", "Stop when it is read.", _rwatch),
    Command("awatch", (), "WHAT", "Stop when it is read or written.", _awatch),
    Command("who", ("whowrote",), "WHAT", "Say who wrote 0x10, $x, global 0 or stack[0], or printed output 7 or output line 2.", _who),
    Command("find", (), "[OP] [if CONDITION]", "Find instructions in the recorded history.", _find),
    Command("set", (), "WHAT = VALUE", "Change $n, global 0, stack[0], i32[0x10], a call's result or stdin from here on; in the past on a new branch.", _set),
    Command("branches", (), "", "Show the branches.", _branches),
    Command("switch", (), "NUMBER", "Go to the end of another branch.", _switch_branch),
    Command("compare", (), "A B", "Show where two branches differ first, and in what.", _compare),
    Command("replay", (), "FILE", "Run another text under the recorded inputs, and show the first difference.", _replay),
    Command("timeline", (), "", "Show what happened so far, with the steps.", _timeline),
    Command("save", (), "FILE", "Write the recorded history to FILE; wasmlab FILE opens it anywhere.", _save),
    Command("generate-core-file", ("gcore", "core"), "[FILE]", "Write the state at this step as a Wasm core dump.", _core),
    Command("until", ("u", "advance"), "WHERE", "Run until that place is next.", _until),
    Command("restart", ("start",), "", "Begin the program again; breakpoints stay.", _restart),
    Command("call", (), "NAME [ARGS]", "Enter an exported function.", _call),
    Command("input", (), "TEXT", "Give the program a line of standard input.", _input),
    Command("end-of-input", ("eof",), "", "Say that standard input ends.", _end_of_input),
    Command("answer", (), "VALUE", "Give the result that an unknown import waits for.", _answer),
    Command("break", ("b", "br"), "[WHERE] [if CONDITION] [hits N]", "Stop at a $function, a line or a 0xoffset.", _break),
    Command("delete", ("del", "d", "clear"), "[NUMBERS]", "Remove breakpoints, all without a number.", _delete),
    Command("enable", (), "[NUMBERS]", "Switch breakpoints on.", _enable),
    Command("disable", (), "[NUMBERS]", "Switch breakpoints off; they keep their numbers.", _disable),
    Command("info", ("i",), "PART", f"Show a part of the state: {', '.join(INFO)}.", _info),
    Command("backtrace", ("bt", "where"), "", "Show the call frames.", _frames),
    Command("x", ("examine",), "[/NFU] ADDRESS", "Show memory: rows, or N numbers (d u x, b h w g), or a string (s).", _examine),
    Command("print", ("p",), "EXPRESSION", "Compute with $locals, global.name, stack[0], i32[0x10].", _print),
    Command("expect", ("assert",), "EXPRESSION", "Fail unless it is true; for scripts.", _expect),
    Command("explain", ("e",), "[WORDS]", "Explain the next instruction, or an instruction, opcode or word.", _explain),
    Command("list", ("l",), "[LINE]", "Show the text around the current line or another.", _list),
    Command("help", ("h", "?"), "[COMMAND]", "Show the commands, or what one does.", _help),
    Command("quit", ("q", "exit"), "", "Leave the debugger.", _quit),
)  # fmt: skip
"""Every command."""
