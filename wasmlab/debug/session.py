"""The session: the one thing that the terminal, notebooks and the debugger's commands drive.

It moves a program, shows where it stands, and knows its history. What it can do is functions over
its two parts: ``control``, the program with its recorder, and ``views``, what is shown of it.
"""

from __future__ import annotations

from wasmlab.debug.beginning import Anew, ProgramBeginning
from wasmlab.debug.facade.host import Dealings
from wasmlab.debug.facade.looks import Looks
from wasmlab.debug.facade.moves import Moves
from wasmlab.debug.facade.past import Past
from wasmlab.debug.facade.stops import Stops
from wasmlab.debug.forwarded import checked, with_fields_of, with_given_fields_of
from wasmlab.debug.session_views import SessionViews
from wasmlab.debug.stops.breakpoints import Breakpoints
from wasmlab.engine.grants import Grants
from wasmlab.hints import TYPE_CHECKING, Any, Self
from wasmlab.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import ClassVar

    from wasmlab.debug.beginning import Beginning
    from wasmlab.debug.control import Control
    from wasmlab.debug.views.model import Stop
    from wasmlab.debug.whatif.compare import Comparison
    from wasmlab.module import Module


class Session(Moves, Past, Stops, Looks, Dealings):
    """A program under the debugger.

    ``args`` are the program's arguments, without its name; ``env``, ``dirs`` and ``stdin`` are all
    it gets of the host; stdin None means that ``feed_input`` gives it, a function (n) is asked for
    up to n bytes. ``faults`` make WASI calls fail; ``quotas`` limit what it may use;
    ``deterministic`` gives a virtual clock and random bytes from ``seed``. ``imports`` maps module
    names to names to Python functions; ``preload`` maps module names to modules. ``invoke`` names
    the exported function to enter; without it and without ``_start`` the session waits for
    ``call``. ``engine`` is auto, reference or native. ``stub_imports`` is trap, zero or ask.
    Python functions are taken back too where a branch begins, if they, or the object that they
    are methods of, have ``snapshot()`` and ``restore(state)``.
    Every run is recorded; ``record_limit`` is how many bytes that may take. ``max_memory`` is how
    many the program's memories and tables may touch.

    Raises Unlinkable, Invalid, Trap from active segments, UsageError.

    In the examples of methods ``session`` and ``hello`` are these two.

    >>> factorial, greeting = wl.load("samples/factorial.wat"), wl.load("samples/hello.wat")
    >>> session = wl.Session(factorial, invoke="fac", invoke_args=[5])
    >>> hello = wl.Session(greeting)
    >>> session.step(2)
    <Stop step, step 2, $fac @0x32 line 12>
    >>> session
    <Session factorial.wat, paused at step 2, $fac @0x32 line 12>
    >>> session.run()
    <Stop returned, 120, step 50>
    >>> session.step_back()
    <Stop arrived, step 49, $fac @0x43 line 22>
    """

    step_limit: ClassVar[int | None] = None
    """Steps after which a run comes back with reason LIMIT; notebooks set it."""

    @with_fields_of(Grants)
    def __init__(self, module: Module, grants: Grants) -> None:
        self._begin(ProgramBeginning(module, grants))

    @classmethod
    def granted(cls, module: Module, grants: Grants) -> Self:
        """Return a session over a module with what is granted to it.

        >>> from wasmlab.engine.grants import Grants
        >>> wl.Session.granted(hello.module, Grants(args=["-v"]))
        <Session hello.wat, paused at step 0, $main @0x5e line 22>
        """
        return cls.of(ProgramBeginning(module, grants))

    @classmethod
    def of(cls, beginning: Beginning) -> Self:
        """Return a session over anything that can begin: a granted module, a recording.

        >>> from wasmlab.debug.beginning import ProgramBeginning
        >>> from wasmlab.engine.grants import Grants
        >>> wl.Session.of(ProgramBeginning(hello.module, Grants()))
        <Session hello.wat, paused at step 0, $main @0x5e line 22>
        """
        self = cls.__new__(cls)
        self._begin(beginning)
        return self

    def _begin(self, beginning: Beginning, control: Control | None = None) -> None:
        self.control = control or beginning.begin(Breakpoints())
        self.beginning = beginning
        self.control.step_limit = self.step_limit
        self.views = SessionViews(self.control)

    def __repr__(self) -> str:
        """Return ``<Session hello.wat, paused at step 3, $main @0x5a line 12>``."""
        place = "" if self.location is None else f", {self.location}"
        return f"<Session {self.module.name}, {self.state.value} at step {self.tick}{place}>"

    @property
    def module(self) -> Module:
        """The module that is debugged.

        >>> session.module
        <Module factorial.wat, 173 bytes>
        """
        return self.control.program.module

    @property
    def note(self) -> str:
        """What should be known of the file that a recording is from, such as where it is cut.

        >>> hello.note
        ''
        """
        return self.beginning.note

    @property
    def files_read(self) -> tuple[Path, ...]:
        """The files that the program, and what it is linked with, or the recording came from.

        >>> [path.name for path in hello.files_read]
        ['hello.wat']
        """
        return self.beginning.files_read

    @with_given_fields_of(Anew)
    def restart(self, given: Mapping[str, Any]) -> Stop:
        """Begin again at tick 0; breakpoints and watchpoints stay.

        Keywords are those of the session: each takes the place of what was given before, also
        at later restarts. ``module`` is another module: breakpoints go where their instructions
        went, and ``views.lost`` says which have no place any more. What raises changes nothing:
        Unlinkable, Invalid, UsageError, Trap from active segments; DebugError for a recording;
        Interrupted.

        >>> session.run()
        <Stop returned, 120, step 50>
        >>> session.restart(invoke_args=[3])
        <Stop step, step 0, $fac @0x2e line 10>
        >>> session.run()
        <Stop returned, 6, step 28>
        """
        from wasmlab.debug.restarting import begun_again

        old, sources = self.control, self.views.sources
        beginning = self.beginning.anew(given) if given else self.beginning
        control, lost = begun_again(beginning, old, carries=bool(given))
        self._begin(beginning, control)
        self.views.lost = lost
        if not given:
            self.views.sources = sources
        return self.stop

    @checked
    def replay(self, text: str | Module, limit: int | None = None) -> Replay:
        """Run a changed text (or module) under the inputs of this recording, and compare the two.

        It gets the recorded standard input, time, random bytes, calls and results of Python
        functions, each function its n-th result for its n-th call. Beyond the recording it goes on
        as a fresh program, but real directories are not written to. limit: steps at most.

        Raises AssembleError, Invalid, Unlinkable, Trap from segments; UsageError for a recorded
        call that it does not offer; DebugError if the recording's beginning is gone.

        >>> session.run()
        <Stop returned, 120, step 50>
        >>> text = session.module.source.replace("i64.const 2", "i64.const 3", 1)
        >>> session.replay(text).comparison.tick
        1
        """
        return replay_of(self, self.beginning.changed(self.control, text), limit)


@dataclass(frozen=True, slots=True)
class Replay:
    """A run of a changed module under recorded inputs; ``str()`` tells what came of it."""

    session: Session
    """The new program, which stands at the first difference, else where it came to."""
    comparison: Comparison
    notes: tuple[str, ...]
    """What was not repeated, and where the new program was stopped."""

    def __str__(self) -> str:
        """Return the first difference, then the notes."""
        return "\n".join((str(self.comparison), *self.notes))


def replay_of(session: Session, beginning: Beginning, limit: int | None = None) -> Replay:
    """Run what begins under the inputs of a session, and compare the two, as ``Session.replay``.

    Raises Unlinkable, Trap from segments, UsageError, Interrupted.
    """
    from wasmlab.debug.history.reverse import goto_or_raise
    from wasmlab.debug.whatif.replay import replayed

    with session.control.work.query():
        again = type(session).of(beginning)
        comparison, notes = replayed(session.control, again.control, again.call, limit)
        if comparison.tick is not None:
            goto_or_raise(again.control, comparison.tick)
    return Replay(again, comparison, notes)
