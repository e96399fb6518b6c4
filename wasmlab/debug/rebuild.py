"""Programs that are built anew while they are debugged: noticing it, and going on with them."""

from __future__ import annotations

from contextlib import contextmanager

from wasmlab.counted import counted_are
from wasmlab.debug.preferences import carried
from wasmlab.debug.session import replay_of
from wasmlab.debug.stops.breakpoints import kinds
from wasmlab.debug.whatif.carried import carry_stops
from wasmlab.engine.work import FUNCTIONS, STEPS
from wasmlab.errors import DebugError, Interrupted
from wasmlab.escape import escaped
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.opening.on_disk import changed_files, read_again
from wasmlab.opening.options import HostFile, host_imports
from wasmlab.records import dataclass
from wasmlab.valid.judge import watched

if TYPE_CHECKING:
    from collections.abc import Generator

    from wasmlab.debug.session import Replay, Session
    from wasmlab.debug.views.model import Stop
    from wasmlab.engine.work import Work
    from wasmlab.module import Module
    from wasmlab.opening.on_disk import DiskChange


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What came of reading a program's files again."""

    files: tuple[DiskChange, ...]
    """Those that held something else than before."""
    kept: str
    """How many breakpoints and watchpoints stay; empty if none does."""
    lost: tuple[str, ...]
    """Breakpoints and watchpoints that have no place any more, a line each."""
    stop: Stop
    replay: Replay | None = None
    """How the new program compares with the recording of the one before."""

    @property
    def lines(self) -> tuple[str, ...]:
        """What to say, a line each."""
        said = tuple(f"{change}." for change in self.files) or ("Nothing changed on disk.",)
        compared = () if self.replay is None else str(self.replay).split("\n")
        kept = (f"{self.kept}.",) if self.kept else ()
        return *said, *self.lost, *kept, *compared


def changes_on_disk(session: Session) -> tuple[DiskChange, ...]:
    """Return which files of a session's modules hold something else than what is debugged.

    It is quick unless a file has another state and the same size: then that is read. What a touch
    did is no change. Modules that were not read from files have none.
    """
    return changed_files(session.beginning.modules, session.views.seen)


def reload(session: Session, *, replay: bool = False) -> Reloaded:
    """Let a session debug what its files hold now, from the beginning.

    Breakpoints and watchpoints stay at their functions and instructions. replay: run it under the
    recorded inputs of the program before, and stop where the two differ first; restarts repeat
    these inputs too. What raises changes nothing: DebugError if the module is of no file or the
    recording has lost its beginning; as ``load`` and ``Session.restart``; Interrupted.
    """
    files = changes_on_disk(session)
    given = _given(session, files)
    if not replay:
        stop = session.restart(**given)
        return Reloaded(files, kept_stops(session), session.views.lost, stop)
    found = replay_of(session, session.beginning.anew(given).replaying(session.control))
    other = found.session
    other.views.lost = carry_stops(session.control, other.control)
    other.control.preferences = carried(session.control.preferences)
    session.control, session.views, session.beginning = other.control, other.views, other.beginning
    return Reloaded(files, kept_stops(session), session.views.lost, session.stop, found)


def kept_stops(session: Session) -> str:
    """Return ``2 breakpoints are kept`` of a session that took another's; empty if none is."""
    return counted_are(kinds(session.control.breakpoints), "kept")


def _given(session: Session, files: tuple[DiskChange, ...]) -> dict[str, Any]:
    """Return the modules of files that changed, and what else is read again."""
    module, beginning, work = session.module, session.beginning, session.control.work
    if module.path is None or module.read_as is None:
        hint = "restart begins it again; replay FILE runs another text under its inputs"
        raise DebugError("what is debugged was not read from a file", hint=hint)
    paths = {change.path for change in files if change.state or change.path == module.path}
    libraries = beginning.grants.preload or {}
    wanted = {
        number: m for number, m in enumerate((module, *libraries.values())) if m.path in paths
    }

    def read_all() -> dict[int, Module]:
        return {number: read_again(m) for number, m in wanted.items()}

    names = ", ".join(escaped(m.path.name) for m in wanted.values() if m.path is not None)
    with work.query(), _checking(work):
        read = work.beside(f"reading {names}", read_all) if wanted else {}
    given: dict[str, Any] = {"module": read.get(0, module)}
    given["preload"] = {
        name: read.get(number, known) for number, (name, known) in enumerate(libraries.items(), 1)
    }
    if isinstance(beginning.grants.imports, HostFile):
        modules = [given["module"], *given["preload"].values()]
        given["imports"] = host_imports(beginning.grants.imports.path, modules)
    return given


@contextmanager
def _checking(work: Work) -> Generator[None]:
    """Let a long check of what is read be stopped, and be told how far it is."""
    is_over = False

    def watch(done: int, total: int) -> None:
        if is_over:  # what comes of it was dropped
            raise Interrupted("nothing waits for this check")
        work.done, work.total, work.unit = done, total, FUNCTIONS
        work.look()

    try:
        with watched(watch):
            yield
    finally:
        is_over = True
        work.total, work.unit = None, STEPS
