"""``wasmlab run``: a program without the debugger; its output and exit status are ours."""

from __future__ import annotations

import sys
from functools import partial

from wasmlab.cli.command import Command
from wasmlab.cli.profiling import PROFILE, profiling
from wasmlab.cli.recording import recorded
from wasmlab.cli.report import report_trap
from wasmlab.cli.terminal import GuestStream, complain, safe, say, some
from wasmlab.cli.timing import Timing
from wasmlab.counted import counted
from wasmlab.engine.grants import Grants, program_options, wasi_of
from wasmlab.engine.program import (
    Program,
    begin_next,
    current_results,
    load_program,
)
from wasmlab.engine.slices import run_slices
from wasmlab.errors import (
    HostError,
    ProcExit,
    Trap,
    UsageError,
    WasmException,
    WasmlabError,
    WouldBlock,
)
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.quote import escape
from wasmlab.host.wasi.wasi import Wasi
from wasmlab.laps import lap
from wasmlab.opening.arguments import Option
from wasmlab.opening.files import load_module
from wasmlab.opening.inputs import RECORDING
from wasmlab.opening.options import (
    FORCE,
    PROGRAM_OPTIONS,
    OwnInput,
    add_program_arguments,
    files_given,
    given,
)
from wasmlab.runtime.store import FuncInst, Status
from wasmlab.runtime.values import to_bits
from wasmlab.syntax.types import FuncType

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    from wasmlab.engine.profile import Profile
    from wasmlab.engine.recording.file.live import LiveRecording
    from wasmlab.host.wasi.fs.changes import FileChange
    from wasmlab.module import Module
    from wasmlab.opening.parser import Parser
    from wasmlab.output_file import Replacing
    from wasmlab.runtime.host import RawHostCall

OPTIONS = (
    Option(("--strace",), "print every host call, decoded, on standard error"),
    Option(
        ("--record",),
        f"write a recording that wasmlab FILE{RECORDING.suffix} opens anywhere",
        f"FILE{RECORDING.suffix}",
    ),
    Option(("--debug-on-trap",), "record the run; where it traps, open it there in the lab"),
    Option(("--timing",), "print on standard error how long each stage took"),
    PROFILE,
    FORCE,
    Option(("--raw",), "let the program's output act on the terminal (colours, cursor)"),
    Option(("--overlay",), "keep what the program writes to directories in memory, and list it"),
    Option(("--commit",), "like --overlay, then write the changes unless the program trapped"),
    *PROGRAM_OPTIONS,
)


def _add_arguments(parser: Parser) -> None:
    add_program_arguments(parser, OPTIONS)


def _run(found: argparse.Namespace) -> int:
    timing = Timing()
    with timing.noting():
        if not found.debug_on_trap:
            return _timed(found, timing)
        from wasmlab.cli.debug_on_trap import run_for_trap

        return run_for_trap(found, lambda: _timed(found, timing))


def _timed(found: argparse.Namespace, timing: Timing) -> int:
    module = load_module(found.file)
    usual = Grants(stdin=OwnInput(), deterministic=False)
    grants = given(found, module, usual, to_end=True)
    wasi = wasi_of(module, grants, _wasi(found, timing.on_output))
    wasi.stdin.keeps = False  # nothing is taken back
    notes = [*wasi.notes, *(wasi.prepare_commit() if found.commit else ())]
    for note in notes:
        complain(f"wasmlab: {note}")
    options = program_options(grants)
    program = load_program(module, wasi, options)
    _need_a_call(program, module)
    if found.strace:
        program.host_calls.listeners.append(partial(_trace_call, wasi=wasi))
    modules = [module, *options.preload.values()]
    rule = partial(_rule_of_output, found)
    if found.profile:
        from wasmlab.output_file import need_replaceable

        need_replaceable(found.profile, rule())
    lap("instantiate")
    try:
        with (
            recorded(found.record, program, options, rule) as live,
            profiling(found.profile, program, modules, rule) as profile,
        ):
            status = _run_to_end(program, live, profile)
        if grants.invoke is None:
            _tell_library(program)
        _tell_changes(wasi.commit() if found.commit else wasi.diff())
    except (Trap, HostError, WasmException) as error:
        if isinstance(error.__cause__, BrokenPipeError):
            raise BrokenPipeError from error
        found.trapped = True
        status = report_trap(error, program, modules)
        _tell_changes(wasi.diff())
    finally:
        wasi.close()
        if found.timing:
            timing.report(program.store.tick)
        _keep(program, modules)
    return status


def _rule_of_output(found: argparse.Namespace) -> Replacing:
    """Return which files may be replaced by a recording or a profile."""
    from wasmlab.output_file import Replacing  # most runs write neither

    return Replacing(found.force, files_given(found))


def _keep(program: Program, modules: Sequence[Module]) -> None:
    """Keep on disk what the next run of the program begins with."""
    if program.store.keep is not None:
        from wasmlab.binary.known import keep

        program.store.keep()
        for module in modules:
            keep(module.syntax)


def _tell_changes(changes: Mapping[str, Sequence[FileChange]]) -> None:
    """List what an overlay run changed, by guest directory."""
    for guest, found in changes.items():
        for change in found:
            place = escape(f"{guest.rstrip('/')}/{change.path}")
            size = "" if change.what == "removed" else f", {counted(change.size, 'byte')}"
            complain(f"wasmlab: {change.what} {place}{size}")


def _wasi(found: argparse.Namespace, on_output: Callable[[], None]) -> Callable[..., Wasi]:
    """Return a function that makes WASI on our standard streams and with real directories."""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    stdout, stderr = (GuestStream(stream, raw=found.raw) for stream in (sys.stdout, sys.stderr))

    def print_out(data: bytes) -> None:
        on_output()
        stdout(data)

    return partial(
        Wasi,
        stdout=print_out,
        stderr=stderr,
        real_dirs=not (found.overlay or found.commit),
        terminals=[fd for fd, stream in enumerate(streams) if stream.isatty()],
        keep_output=False,
    )


def _need_a_call(program: Program, module: Module) -> None:
    """Raise UsageError, naming the exported functions, if there is nothing to run."""
    if any(not call.library for call in program.calls):
        return
    entries = _entries(program)
    if entries:
        hint = f"choose a function with --invoke: {some(entries)}"
        raise UsageError(f"{module.name or 'the module'} has no _start", hint=hint)
    raise UsageError(
        f"{module.name or 'the module'} exports no function",
        hint="wasmlab inspect shows what there is",
    )


def _entries(program: Program) -> list[str]:
    exports = program.instance.exports.items()
    return [f"{name} {found.type}" for name, found in exports if isinstance(found, FuncInst)]


def _tell_library(program: Program) -> None:
    """Say that only ``_initialize`` of a library was called, and list its functions."""
    if not program.is_command and "_initialize" in program.instance.exports:
        entries = [entry for entry in _entries(program) if not entry.startswith("_initialize ")]
        more = f"; --invoke calls {some(entries)}" if entries else ""
        complain(f"wasmlab: only _initialize was called{more}")


def _trace_call(call: RawHostCall, wasi: Wasi) -> None:
    from wasmlab.debug.views.host_calls import shown_call

    complain(shown_call(call, wasi.fd_name).text)


def _run_to_end(program: Program, live: LiveRecording | None, profile: Profile | None) -> int:
    """Make all calls; print the results of the last one, and return the exit status."""
    status, ended = 0, program.is_command
    try:
        while begin_next(program):
            _run_call(program, live, profile)
            if not program.calls and not program.is_command:
                _print_results(program)
    except ProcExit as exit_:
        status, ended = exit_.code, True
    if live is not None:
        live.ended = ended
    return status


def _run_call(program: Program, live: LiveRecording | None, profile: Profile | None) -> None:
    after = None
    if live is not None:
        live.entered()
        after = live.after
    while True:
        try:
            run = partial(run_slices, program.store, after=after)
            run() if profile is None else _sampled(profile, run)
        except WouldBlock as waiting:
            _answer(program, waiting)
        else:
            return


def _sampled(profile: Profile, run: Callable[[int], Status]) -> None:
    from wasmlab.engine.profile import run_sampled

    run_sampled(profile, run)


def _answer(program: Program, waiting: WasmlabError) -> None:
    """Ask on the terminal for the result of an unknown import."""
    stubs = program.stubs
    wanted = stubs.asked if stubs is not None else None
    if stubs is None or wanted is None:
        raise waiting
    functype = getattr(wanted.type, "comp", None)
    types = functype.results if isinstance(functype, FuncType) else ()
    sys.stderr.write(safe(f"{wanted.module}.{wanted.name} {functype} returns: "))
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        raise UsageError(
            f"standard input ended before it gave a result for {wanted.module}.{wanted.name}",
            hint="--stub-imports zero returns zeros",
        )
    words = line.split()
    if len(words) != len(types):
        complain(f"{counted(len(types), 'value')}, please")
        return
    for t, word in zip(types, words, strict=True):
        to_bits(program.store, t, word)
    stubs.answers.append(words[0] if len(words) == 1 else tuple(words))


def _print_results(program: Program) -> None:
    from wasmlab.debug.views.values import shown_value

    for t, bits in current_results(program):
        say(shown_value(program.store, t, bits).text)


COMMAND = Command(_add_arguments, _run, runs_guest=OPTIONS)
