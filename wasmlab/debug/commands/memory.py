"""Commands that write memory to files and read it back; what lies where in it."""

from __future__ import annotations

from functools import partial

from wasmlab.counted import counted
from wasmlab.debug.commands.command import CommandOutput, DebuggerCommand, parse_words
from wasmlab.debug.commands.reading import file_bytes
from wasmlab.debug.views.values import NOT_IN_MEMORY
from wasmlab.errors import NotInMemory, UsageError, WasmlabError
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.output_file import Replacing, write_output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.debug.session import Session


def show_memory(session: Session, _rest: str = "") -> CommandOutput:
    """Return the sizes of the memories, and what is known to lie where in the first."""
    sizes = session.memory_sizes
    lines = [
        f"memory {n}: 0x{size:x} bytes, {counted(size >> 16, 'page')}"
        for n, size in enumerate(sizes)
    ]
    return CommandOutput((*lines, *_regions(session)) or ("The module has no memory.",))


def _regions(session: Session) -> Iterator[str]:
    from wasmlab.debug.views.module import memory_regions
    from wasmlab.debug.views.target import selected_instance

    instance = selected_instance(session.control.target)
    if instance is not session.control.program.instance or not instance.mems:
        return
    for found in memory_regions(session.module, instance.mems[0].size, session.globals):
        size = counted(found.end - found.start, "byte")
        yield f"  0x{found.start:08x} to 0x{found.end:08x}  {escaped(found.text)}, {size}"


def _dump(session: Session, rest: str, *, force: bool = False) -> CommandOutput:
    kind, path, where = _three(rest)
    start, end = _range(session, where)
    if kind != "memory":
        raise UsageError(f"dump {kind}: unknown", hint="dump memory copy.bin 0x10:0x40")
    data = session.memory[start:end]
    if len(data) < end - start:
        raise NotInMemory(f"0x{start:x} to 0x{end:x} is {NOT_IN_MEMORY}")
    write_output(path, data, Replacing(force, session.files_read, how="dump! replaces it"))
    return CommandOutput((f"{escaped(path)} holds {counted(len(data), 'byte')}.",))


def _three(rest: str) -> list[str]:
    words = parse_words(rest)
    if len(words) != len(("memory", "FILE", "A:B")):
        raise UsageError("dump needs a file and a range", hint="dump memory copy.bin 0x10:0x40")
    return words


def _range(session: Session, text: str) -> tuple[int, int]:
    first, colon, last = text.partition(":")
    start, end = (int(session.evaluate(part)) if part else -1 for part in (first, last))
    if not colon or not 0 <= start < end:
        raise UsageError(f"{text} is no range of addresses", hint="dump memory copy.bin 0x10:0x40")
    return start, end


def _restore(session: Session, rest: str) -> CommandOutput:
    words = parse_words(rest)
    if len(words) != len(("FILE", "ADDRESS")):
        raise UsageError("restore needs a file and an address", hint="restore part.bin 0x10")
    path, start = words[0], int(session.evaluate(words[1]))
    size = next(iter(session.memory_sizes), 0)
    if not 0 <= start < size:
        raise NotInMemory(f"0x{start:x} is {NOT_IN_MEMORY}")
    try:
        data = file_bytes(path, size - start)
    except OSError as error:
        raise WasmlabError(f"cannot read {escaped(path)}", hint=error.strerror or "") from error
    if not data or start + len(data) > size:
        why = (
            "it is empty"
            if not data
            else f"from 0x{start:x} on there is room for {counted(size - start, 'byte')}"
        )
        raise UsageError(f"{escaped(path)} cannot be restored", hint=why)
    session.set(f"memory[0x{start:x}:0x{start + len(data):x}]", data)
    return CommandOutput((f"memory[0x{start:x}:0x{start + len(data):x}] holds {escaped(path)}.",))


FILES: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("dump", (), "memory FILE A:B", "Write the bytes from address A to before B to FILE.", _dump, forced=partial(_dump, force=True)),
)  # fmt: skip
"""What writes files."""
CHANGES: tuple[DebuggerCommand, ...] = (
    DebuggerCommand("restore", (), "FILE ADDRESS", "Change memory from ADDRESS on to what FILE holds; as set does, in the past on a new branch.", _restore),
)  # fmt: skip
"""What changes the program."""
