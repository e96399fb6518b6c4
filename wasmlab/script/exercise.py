"""Exercises: a module held against cases, forbidden and required instructions, a step limit."""

from __future__ import annotations

import tomllib
from contextlib import suppress

from wasmlab.binary.body import decode_body
from wasmlab.counted import counted
from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State, Stop, StopReason
from wasmlab.errors import UsageError, WasmlabError
from wasmlab.hints import TYPE_CHECKING, Any, cast
from wasmlab.isa.former import name_hint
from wasmlab.isa.index import BY_MNEMONIC
from wasmlab.records import dataclass
from wasmlab.runtime.values import text_bits
from wasmlab.syntax.types import F32, F64, I32, I64, V128

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from wasmlab.debug.views.model import Value
    from wasmlab.module import Module

MAX_STEPS = 1_000_000
"""Steps that a case may take if the exercise does not say."""
_KEYS = {"title", "max_steps", "forbidden", "required", "case"}
_CASE_KEYS = {"call", "args", "stdin", "returns", "traps", "stdout"}


Number = int | float | str
"""A value; a text is one as results are printed, such as ``nan:0x200001``."""


@dataclass(frozen=True, slots=True)
class Case:
    """One run and its expected results; those that are None are not checked."""

    call: str | None = None
    """Exported function; None runs the program."""
    args: tuple[Number, ...] = ()
    stdin: bytes = b""
    returns: tuple[Number, ...] | None = None
    traps: str | None = None
    """How the message of the trap begins, in the specification's words."""
    stdout: str | None = None

    def __str__(self) -> str:
        """Return ``fac(5)``."""
        return f"{self.call or 'the program'}({', '.join(map(str, self.args))})"


@dataclass(frozen=True, slots=True)
class Exercise:
    """The demands on a module."""

    cases: tuple[Case, ...]
    title: str = ""
    forbidden: tuple[str, ...] = ()
    """Mnemonics, or their beginnings with a star: ``i32.mul``, ``local.*``."""
    required: tuple[str, ...] = ()
    max_steps: int = MAX_STEPS


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of one demand."""

    what: str
    passed: bool
    why: str = ""
    """Empty if it passed."""


def read_exercise(text: str) -> Exercise:
    """Return the exercise that a TOML text describes; raises UsageError for another text."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"not TOML: {error}") from error
    _known(data, _KEYS, "the exercise")
    cases = data.get("case", [])
    if not isinstance(cases, list):
        raise UsageError("case is not a list", hint="write [[case]] above every case")
    return Exercise(
        cases=tuple(_case(entry) for entry in cast("list[object]", cases)),
        title=_text(data, "title") or "",
        forbidden=_instructions(data, "forbidden"),
        required=_instructions(data, "required"),
        max_steps=_steps(data),
    )


def _known(data: Mapping[str, object], keys: set[str], where: str) -> None:
    unknown = sorted(set(data) - keys)
    if unknown:
        raise UsageError(
            f"{where} has no key {unknown[0]!r}", hint=f"it has {', '.join(sorted(keys))}"
        )


def _text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"{key} is a text, not {value!r}")
    return value


def _steps(data: Mapping[str, Any]) -> int:
    value = data.get("max_steps", MAX_STEPS)
    if not isinstance(value, int) or value < 1:
        raise UsageError(f"max_steps is a number from 1 on, not {value!r}")
    return value


def _instructions(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = data.get(key, [])
    if not isinstance(names, list):
        raise UsageError(f"{key} is a list of instructions, not {names!r}")
    for name in cast("list[object]", names):
        if not isinstance(name, str) or not any(_matches(m, name) for m in BY_MNEMONIC):
            hint = name_hint(name) if isinstance(name, str) else ""
            raise UsageError(f"{key}: there is no instruction {name!r}", hint=hint)
    return tuple(cast("list[str]", names))


def _case(entry: object) -> Case:
    if not isinstance(entry, dict):
        raise UsageError("case is not a table", hint="write [[case]] above every case")
    data = cast("dict[str, Any]", entry)
    _known(data, _CASE_KEYS, "a case")
    returns = data.get("returns")
    return Case(
        call=_text(data, "call"),
        args=_numbers(data.get("args", [])),
        stdin=(_text(data, "stdin") or "").encode(),
        returns=None if returns is None else _numbers(returns),
        traps=_text(data, "traps"),
        stdout=_text(data, "stdout"),
    )


def _numbers(value: object) -> tuple[Number, ...]:
    numbers = cast("list[object]", value) if isinstance(value, list) else [value]
    for number in numbers:
        is_value = _is_text_of_value(number) if isinstance(number, str) else True
        if isinstance(number, bool) or not isinstance(number, Number) or not is_value:
            raise UsageError(f"not a number: {number!r}")
    return tuple(cast("list[Number]", numbers))


def _is_text_of_value(text: str) -> bool:
    for t in (I64, F64, V128):
        with suppress(UsageError):
            text_bits(text, t)
            return True
    return text == "null"


def grade(module: Module, exercise: Exercise) -> tuple[Verdict, ...]:
    """Return the result of every demand: instructions first, then the cases in order."""
    return (*_judge_text(module, exercise), *(_judge(module, c, exercise) for c in exercise.cases))


def _judge_text(module: Module, exercise: Exercise) -> Iterator[Verdict]:
    used = {
        instr.row.mnemonic
        for func in module.syntax.funcs
        for instr in decode_body(module.syntax, func).instrs
    }
    for pattern in exercise.forbidden:
        found = sorted(name for name in used if _matches(name, pattern))
        yield Verdict(f"without {pattern}", not found, f"it uses {', '.join(found)}" * bool(found))
    for pattern in exercise.required:
        there = any(_matches(name, pattern) for name in used)
        yield Verdict(f"with {pattern}", there, "" if there else "it is not used")


def _matches(mnemonic: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return mnemonic.startswith(pattern[:-1])
    return mnemonic == pattern


def _judge(module: Module, case: Case, exercise: Exercise) -> Verdict:
    try:
        why = _fault(module, case, exercise.max_steps)
    except WasmlabError as error:
        why = str(error)
    return Verdict(str(case), not why, why)


def _fault(module: Module, case: Case, max_steps: int) -> str:
    """Run a case and return its fault; empty if it passed."""
    session = Session(module, stdin=case.stdin, invoke=case.call, invoke_args=case.args)
    session.control.step_limit = max_steps
    stop = session.run()
    if session.state is State.PAUSED:
        return f"it takes more than {counted(max_steps, 'step')}"
    printed = b"".join(o.data for o in session.output if o.stream == 1).decode(errors="replace")
    if stop.reason is StopReason.TRAP:
        return _wrong_trap(stop, case)
    if case.traps is not None:
        return f"it does not trap; {stop.message}"
    if case.returns is not None and not _same(stop.results, case.returns):
        shown = ", ".join(v.text for v in stop.results) or "nothing"
        return f"it returns {shown}, not {', '.join(map(str, case.returns)) or 'nothing'}"
    if case.stdout is not None and printed != case.stdout:
        return f"it prints {printed!r}, not {case.stdout!r}"
    return ""


def _wrong_trap(stop: Stop, case: Case) -> str:
    message = stop.message.removeprefix("trap: ")
    return "" if case.traps is not None and message.startswith(case.traps) else stop.message


def _same(found: Sequence[Value], wanted: Sequence[Number]) -> bool:
    return len(found) == len(wanted) and all(map(_is_value, found, wanted))


def _is_value(found: Value, wanted: Number) -> bool:
    """Return whether a result is the wanted value; any NaN is one that is given as a number."""
    if isinstance(wanted, str):
        t = next((t for t in (I32, I64, F32, F64, V128) if str(t) == found.type), None)
        return found.bits == text_bits(wanted, t) if t is not None else found.text == wanted
    return found.value == wanted or (wanted != wanted and found.value != found.value)  # noqa: PLR0124 - so NaN is told
