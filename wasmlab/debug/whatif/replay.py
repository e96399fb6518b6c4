"""Changed text under recorded inputs: the new module is given what the recording was given."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.debug import forward
from wasmlab.debug.history.reverse import undisturbed
from wasmlab.debug.history.search import visits
from wasmlab.debug.stops.probes import probing
from wasmlab.debug.views.model import State, Stop, StopReason
from wasmlab.debug.whatif.compare import Run, compare_runs, suspects
from wasmlab.debug.whatif.pairing import match_functions
from wasmlab.engine.recording.hosts.replay_inputs import replay_inputs
from wasmlab.engine.recording.recorder import keep_stdin, restore_at
from wasmlab.errors import DebugError, Interrupted
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.replica import replica
from wasmlab.module import Module, assemble
from wasmlab.records import replace
from wasmlab.runtime.values import from_bits
from wasmlab.syntax.types import func_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wasmlab.debug.control import Control
    from wasmlab.debug.stops.probes import Probes
    from wasmlab.debug.whatif.compare import Comparison
    from wasmlab.engine.program import Call
    from wasmlab.engine.recording.hosts.replay_inputs import ReplayInputs
    from wasmlab.engine.recording.timeline import Timeline
    from wasmlab.host.wasi.wasi import Wasi
    from wasmlab.runtime.values import PyValue

_MORE = 1_000_000
"""Steps that the new program may take beyond twice those of the recording."""


def changed_module(text: str | Module, before: Module) -> Module:
    """Return the module of a changed text, under the name of the one before.

    Raises AssembleError, Invalid.
    """
    if isinstance(text, str):
        return assemble(text, file=before.name)
    return replace(text, name=before.name)


def inputs(control: Control) -> tuple[ReplayInputs, Callable[[], Wasi]]:
    """Return what the recording was given: the host's answers, and what makes WASI as it began.

    DebugError if the beginning is not recorded any more.
    """
    recorder = control.recorder
    timeline, wasi = recorder.timeline, recorder.program.wasi
    _need_beginning(timeline)
    keep_stdin(recorder)
    received, ended = timeline.stdin
    answers = tuple(timeline.host_log.answers)
    reads = [answer.wasi.stdin for answer in answers]
    return replay_inputs(answers), lambda: replica(wasi, received, reads, ended=ended)


def _need_beginning(timeline: Timeline) -> None:
    if timeline.first > 0 or timeline.host_log.forgotten:
        raise DebugError(
            f"the recording begins at step {timeline.first:,}: its first inputs are gone",
            hint="a larger --record-limit keeps more",
        )


def replayed(
    old: Control, new: Control, call: Callable[..., Stop], limit: int | None
) -> tuple[Comparison, tuple[str, ...]]:
    """Run a program that is given the inputs of ``old``, and compare the two.

    Return the first difference, and what was not repeated or kept the new program from going on.
    call: enters an exported function of the new program by name, with arguments. limit: steps
    that it may take at most; None: as far as the recording, if that is paused, else to the end, or
    twice as far and a million steps. Raises Interrupted.
    """
    timeline, new.target.work = old.timeline, old.work
    if limit is None:
        paused = not timeline.ended and old.state is State.PAUSED
        limit = timeline.last if paused else 2 * timeline.last + _MORE
    notes = [*_not_repeated(old), *_driven(old, new, call, limit)]
    return _compared(old, new), tuple(notes)


def _not_repeated(old: Control) -> Iterator[str]:
    if old.recorder.timeline.changes:
        texts = ", ".join(change.text for change in old.recorder.timeline.changes)
        yield f"changes by hand are not repeated: {texts}"
    if None in old.recorder.program.wasi.snapshot().trees:
        yield "real directories are not written to: the new text changes a copy in memory"


def _driven(old: Control, new: Control, call: Callable[..., Stop], limit: int) -> Iterator[str]:
    """Make the recorded calls by hand and run, as far as possible; yield what kept it."""
    entries = iter(old.recorder.timeline.entries)
    while new.tick < limit and new.state in {State.PAUSED, State.WAITING_FOR_CALL}:
        if new.state is State.PAUSED:
            if forward.step(new, limit - new.tick).reason is StopReason.PAUSED:
                raise Interrupted("paused")
            continue
        entry = next(entries, None)
        if entry is None:
            return
        call(entry.call.name, *_arguments(old, entry.call))
    if new.state is State.PAUSED and new.tick >= limit > old.recorder.timeline.last:
        yield f"the new text was stopped after {counted(limit, 'step')}"
    if new.state is State.WAITING_FOR_INPUT:
        yield "the new text waits for more input than was recorded"


def _arguments(control: Control, call: Call) -> list[PyValue]:
    params = func_type(call.func.type).params
    store = control.store
    return [from_bits(store, t, bits) for t, bits in zip(params, call.args, strict=True)]


def _compared(old: Control, new: Control) -> Comparison:
    pairing = match_functions(old.target, new.target)
    a = Run(old, old.recorder.timeline.number, "the recording")
    b = Run(new, new.recorder.timeline.number, "the new text")
    with undisturbed(old), undisturbed(new):
        ticks = {0, *suspects(a.timeline, b.timeline)}
        ticks.update(_first_visit(old, pairing.edited))
        ticks.update(_first_visit(new, pairing.edited_there))
        return compare_runs(a, b, ticks, pairing.counterpart)


def _first_visit(control: Control, probes: Probes) -> Iterator[int]:
    """Yield the first recorded tick at which one of these instructions is next, if there is one."""
    recorder = control.recorder
    if any(probes.values()):
        with probing(control.target, probes):
            restore_at(recorder, 0)
            for _ in visits(control, recorder.timeline.last + 1, probes):
                yield recorder.tick
                return
