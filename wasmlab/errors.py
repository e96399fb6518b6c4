"""Everything that can go wrong, in the words of the WebAssembly specification.

    WasmlabError
    ├─ Malformed      the bytes are not a module (spec: binary format)      assert_malformed
    ├─ Invalid        a module that breaks a validation rule                assert_invalid
    ├─ Unlinkable     imports are missing or have other types               assert_unlinkable
    ├─ Trap           execution met a defined error                         assert_trap
    │  └─ Exhaustion  a limit was reached: calls, stack, memory, steps      assert_exhaustion
    ├─ WasmException  an exception that no handler caught                   assert_exception
    ├─ Unsupported    valid WebAssembly that wasmlab does not run
    ├─ AssembleError  the text is not a module
    ├─ HostError      an imported Python function raised
    ├─ ProcExit       WASI proc_exit; not a failure
    ├─ Interrupted    a pause of a running program was requested
    │  └─ OutOfFuel   a host call would take more fuel than a limit has left
    ├─ WouldBlock     a host function that would wait for input
    ├─ DebugError     a debugger request that cannot be met
    │  ├─ NoSuchLocation
    │  ├─ NoSuchName     nothing has the name; also a KeyError
    │  ├─ NoSuchNumber   nothing has the number; also an IndexError
    │  ├─ TimelineEnd
    │  └─ BadExpression
    │     ├─ NotInMemory  what is to be shown is not in memory at this step
    │     └─ NoSuchFrame  there is no frame of a function so many calls above
    ├─ BadRecording   a file that is no recording, or not one of this wasmlab
    ├─ CommitError    changes to files that cannot be written to their directories
    ├─ UsageError     a command line that makes no sense (exit status 2)
    │  └─ WouldReplace  an output that would replace a file which is not wasmlab's
    └─ Crash          cannot happen for valid code: a defect of wasmlab

Messages start with the words that the official test suite uses. ``str(error)`` is one line:
what happened, where, and what to try.
"""

from __future__ import annotations

from wasmlab.escape import shortened_lines
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import Enum

if TYPE_CHECKING:
    from collections.abc import Sequence


class WasmlabError(Exception):
    """The root: ``str()`` gives one line that ends with the place and, if known, a hint.

    Messages repeat what was asked or what a file says; of megabytes, both ends are kept.

    >>> wl.load("no such file.wasm")
    Traceback (most recent call last):
    wasmlab.errors.WasmlabError: no such file: no such file.wasm; check the name
    """

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        message = shortened_lines(message)
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = shortened_lines(hint)

    def __reduce__(self) -> tuple[object, ...]:
        """Return how pickle and copy make the error again: other processes raise it as it was."""
        return _again, (type(self), self.args, dict(vars(self)))

    def __str__(self) -> str:
        """Return message, place and hint as one line."""
        line = f"{self.message} ({self.place})" if self.place else self.message
        return f"{line}; {self.hint}" if self.hint else line


class _AtOffset(WasmlabError):
    """An error with a byte offset in the module."""

    def __init__(self, message: str, offset: int | None = None, *, hint: str = "") -> None:
        self.offset = offset
        super().__init__(
            message, place="" if offset is None else f"at offset 0x{offset:x}", hint=hint
        )


def _again(cls: type[WasmlabError], args: tuple[object, ...], state: dict[str, object]) -> object:
    error = cls.__new__(cls, *args)
    error.args = args
    vars(error).update(state)
    return error


def _caret(source_line: str, column: int) -> str:
    if not source_line:
        return ""
    line, place = source_line.expandtabs(1), max(column - 1, 0)
    first, end = max(place - _CONTEXT, 0), place + _CONTEXT
    before, after = "…" if first else "", "…" if end < len(line) else ""
    return f"{before}{line[first:end]}{after}\n{' ' * (place - first + len(before))}^"


_CONTEXT = 100
"""Characters of a line that are shown on either side of a place in it."""


class Malformed(_AtOffset):
    """The bytes are not a module; offset is where decoding stopped.

    >>> wl.load(b"no module")
    Traceback (most recent call last):
    wasmlab.errors.Malformed: magic header not detected: <bytes> is not WebAssembly...
    """


class Invalid(_AtOffset):
    """A validation rule is broken at offset.

    ``func`` is the index of the function, ``stack`` the operand types found there, bottom first
    (as text), where the error is inside a body. Where the module came from text, ``line`` and
    ``column`` (from 1, else 0) are the place there.

    >>> wl.assemble("(module (func i32.add))")
    Traceback (most recent call last):
    wasmlab.errors.Invalid: type mismatch: i32.add expected i32, found nothing...
    """

    def __init__(
        self,
        message: str,
        offset: int | None = None,
        *,
        func: int | None = None,
        stack: Sequence[str] | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message, offset, hint=hint)
        self.func = func
        self.stack = stack
        self.line = 0
        self.column = 0
        self.source_line = ""

    def at(self, file: str, line: int, column: int, source_line: str) -> None:
        """Record the place in the text."""
        self.line, self.column, self.source_line = line, column, source_line
        self.place = f"{file}:{line}:{column}"

    def excerpt(self) -> str:
        """Return the line of the text with a caret below the column; empty if unknown."""
        return _caret(self.source_line, self.column)


class Unlinkable(WasmlabError):
    """An import cannot be satisfied; ``module`` and ``name`` say which.

    >>> text = '(module (import "env" "log" (func)))'
    >>> wl.instantiate(wl.assemble(text))
    Traceback (most recent call last):
    wasmlab.errors.Unlinkable: unknown import func (import "env" "log")...
    """

    def __init__(self, message: str, module: str = "", name: str = "", *, hint: str = "") -> None:
        super().__init__(message, place=f'import "{module}" "{name}"' if module else "", hint=hint)
        self.module = module
        self.name = name


def unknown_import(kind: str, module: str, name: str, *, hint: str = "") -> Unlinkable:
    """Return the error of an import that nothing provides; kind is func, memory and so on."""
    hint = hint or "give it with --preload, --host or --stub-imports"
    return Unlinkable(f"unknown import {kind}", module, name, hint=hint)


class TrapCode(Enum):
    """Why an instruction trapped; the value is the message, in the test suite's words."""

    UNREACHABLE = "unreachable"
    INTEGER_DIVIDE_BY_ZERO = "integer divide by zero"
    INTEGER_OVERFLOW = "integer overflow"
    INVALID_CONVERSION_TO_INTEGER = "invalid conversion to integer"
    OUT_OF_BOUNDS_MEMORY = "out of bounds memory access"
    OUT_OF_BOUNDS_TABLE = "out of bounds table access"
    UNDEFINED_ELEMENT = "undefined element"
    UNINITIALIZED_ELEMENT = "uninitialized element"
    INDIRECT_CALL_TYPE_MISMATCH = "indirect call type mismatch"
    NULL_REFERENCE = "null reference"
    NULL_FUNCTION_REFERENCE = "null function reference"
    NULL_STRUCTURE_REFERENCE = "null structure reference"
    NULL_ARRAY_REFERENCE = "null array reference"
    NULL_I31_REFERENCE = "null i31 reference"
    NULL_EXCEPTION_REFERENCE = "null exception reference"
    OUT_OF_BOUNDS_ARRAY = "out of bounds array access"
    CAST_FAILURE = "cast failure"
    UNALIGNED_ATOMIC = "unaligned atomic"
    EXPECTED_SHARED_MEMORY = "expected shared memory"
    INVALID_BODY = "invalid function body"
    CALL_STACK_EXHAUSTED = "call stack exhausted"
    OPERAND_STACK_EXHAUSTED = "operand stack exhausted"
    MEMORY_EXHAUSTED = "memory limit exhausted"
    HOST_QUOTA_EXHAUSTED = "host quota exhausted"
    STEPS_EXHAUSTED = "step limit exhausted"
    HOST = "host function failed"


class Trap(WasmlabError):
    """Execution stopped at an instruction that may not go on.

    ``code`` says why, ``detail`` adds figures (address, size), ``offset`` is the instruction's
    place in the module and ``backtrace`` the calls that led there, innermost first; the engine
    fills both in.

    >>> text = '(module (func (export "f") unreachable))'
    >>> wl.instantiate(wl.assemble(text)).exports.f()
    Traceback (most recent call last):
    wasmlab.errors.Trap: unreachable (at offset 0x1e)
    """

    def __init__(self, code: TrapCode, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        self.offset: int | None = None
        self.backtrace: tuple[str, ...] = ()
        between = " " if detail.isdigit() else ": "
        super().__init__(f"{code.value}{between}{detail}" if detail else code.value)

    def at(self, offset: int, backtrace: Sequence[str] = ()) -> None:
        """Record where the trap happened, once."""
        if self.offset is None:
            self.offset = offset
            self.place = f"at offset 0x{offset:x}"
            self.backtrace = tuple(backtrace)


class Exhaustion(Trap):
    """A limit was reached; traps with one of the ``*_EXHAUSTED`` codes.

    >>> text = '(module (func $f (export "f") (call $f)))'
    >>> wl.instantiate(wl.assemble(text)).exports.f()
    Traceback (most recent call last):
    wasmlab.errors.Exhaustion: call stack exhausted: 65536 frames (at offset 0x1e)
    """


class WasmException(WasmlabError):
    """A WebAssembly exception outside any handler: its tag address and argument bit patterns.

    ``store`` is the one that it was thrown in, None if that is not known.

    >>> text = '(module (tag $bad) (func (export "f") (throw $bad)))'
    >>> wl.instantiate(wl.assemble(text)).exports.f()
    Traceback (most recent call last):
    wasmlab.errors.WasmException: uncaught exception (tag 0)
    """

    def __init__(
        self, tag: int, values: Sequence[int], reference: int = 0, *, store: object = None
    ) -> None:
        super().__init__("uncaught exception", place=f"tag {tag}")
        self.tag = tag
        self.values = tuple(values)
        self.reference = reference
        self.store = store


class Unsupported(WasmlabError):
    """Valid WebAssembly (or a valid request) that this wasmlab does not carry out."""


class AssembleError(WasmlabError):
    """The text is not a module: file, line and column (from 1, 0 if unknown), the line, a caret.

    >>> wl.assemble("(module (func nop")
    Traceback (most recent call last):
    wasmlab.errors.AssembleError: expected `)` (<text>:1:18)
    """

    def __init__(
        self,
        message: str,
        *,
        file: str = "<text>",
        line: int = 0,
        column: int = 0,
        source_line: str = "",
        hint: str = "",
    ) -> None:
        parts = (file, *(str(number) for number in (line, column) if number))
        super().__init__(message, place=":".join(parts), hint=hint)
        self.file = file
        self.line = line
        self.column = column
        self.source_line = source_line

    def excerpt(self) -> str:
        """Return the offending line with a caret below the column; empty if unknown."""
        return _caret(self.source_line, self.column)


class HostError(WasmlabError):
    """A Python function that the module imports raised; ``__cause__`` is its exception.

    >>> text = '''(module (import "env" "half" (func $half (param i32)))
    ...   (func (export "f") (call $half (i32.const 0))))'''
    >>> instance = wl.instantiate(wl.assemble(text), {"env": {"half": lambda n: 1 / n}})
    >>> instance.exports.f()
    Traceback (most recent call last):
    wasmlab.errors.HostError: env.half raised ZeroDivisionError: division by zero
    """


class ProcExit(WasmlabError):
    """The program called WASI proc_exit; code is 0 to 4294967295.

    >>> wl.ProcExit(3).code
    3
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"the program exited with code {code}")
        self.code = code


class Interrupted(WasmlabError):
    """A running program was asked to stop; its state is that of the last whole instruction."""


class SearchStopped(Interrupted):
    """A search through history, backwards, was asked to stop."""

    def __init__(self, message: str, end: int) -> None:
        super().__init__(message)
        self.end = end
        """The first tick that it had looked at, with all after it."""


class OutOfFuel(Interrupted):
    """A host call would take more fuel than is left; it has had no effect and can be made again."""


class WouldBlock(WasmlabError):
    """A host call would wait (for input); it has had no effect and can be made again."""


class DebugError(WasmlabError):
    """The debugger cannot carry out a request.

    >>> hello.call("_start")
    Traceback (most recent call last):
    wasmlab.errors.DebugError: a program with _start takes no calls; give --invoke NAME
    """


class NoSuchLocation(DebugError):
    """No function, offset or line of that name holds an instruction."""


class NoSuchName(DebugError, KeyError):
    """No local, global, export or such has the name."""


class NoSuchNumber(DebugError, IndexError):
    """There is no local, operand, frame or such of that number."""


class TimelineEnd(DebugError):
    """There is nothing before the first or after the last recorded tick."""


class BadExpression(DebugError):
    """A condition or watch expression that cannot be read."""


class NotInMemory(BadExpression):
    """What is to be looked at is not in memory at this step; it may be at another one."""


class NoSuchFrame(BadExpression):
    """No function's frame is so many calls above this one; it may be at another step."""


class CommitError(WasmlabError):
    """Changes of a program cannot be written to the directories that they are of."""


class BadRecording(WasmlabError):
    """A file that is no recording, is damaged, or is of a version that is not read."""


class UsageError(WasmlabError):
    """A command line that makes no sense."""


class WouldReplace(UsageError):
    """An output would replace a file that was read, or that wasmlab did not write."""


class Crash(WasmlabError):
    """A state that valid code cannot reach: a defect of wasmlab itself."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="this is a defect of wasmlab, please report it")
