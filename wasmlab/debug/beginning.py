"""How a session begins: what is loaded, with which host, and where its history starts."""

from __future__ import annotations

from wasmlab.debug import forward
from wasmlab.debug.control import Control
from wasmlab.debug.views.target import Target
from wasmlab.engine.grants import WASI_FIELDS, Grants, program_options, wasi_of
from wasmlab.engine.program import load_program
from wasmlab.engine.recording.hosts.rewind import rewindable_hosts
from wasmlab.engine.recording.recorder import Recorder, snapshot_now
from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING, Any, Protocol
from wasmlab.module import need_module
from wasmlab.records import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wasmlab.debug.stops.breakpoints import Breakpoints
    from wasmlab.engine.program import ProgramOptions
    from wasmlab.engine.recording.hosts.replay_inputs import ReplayInputs
    from wasmlab.host.wasi.wasi import Wasi
    from wasmlab.module import Module


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew(Grants):
    """What may be another when a session restarts; what is not given stays as it is."""

    module: Module | None = None
    """The module in place of the one before."""


class Beginning(Protocol):
    """What a session is begun from, and from again when it restarts."""

    @property
    def grants(self) -> Grants:
        """What its program is given, and another text of it would be."""
        ...

    @property
    def modules(self) -> tuple[Module, ...]:
        """The modules that are loaded, of files and others."""
        ...

    @property
    def options(self) -> ProgramOptions:
        """How the program is loaded."""
        ...

    @property
    def files_read(self) -> tuple[Path, ...]:
        """The files that it was read from."""
        ...

    @property
    def note(self) -> str:
        """What should be known of it, such as where a file is cut; mostly empty."""
        ...

    def begin(self, breakpoints: Breakpoints) -> Control:
        """Load the program and enter it; the history begins there."""
        ...

    def anew(self, given: Mapping[str, Any]) -> Beginning:
        """Return it with other values of fields of ``Anew``; UsageError, DebugError."""
        ...

    def changed(self, control: Control, text: str | Module) -> Beginning:
        """Return how a changed text begins under the inputs that a program was given.

        Raises AssembleError, Invalid; DebugError if the inputs are not known.
        """
        ...

    def replaying(self, control: Control) -> Beginning:
        """Return it under the inputs that a program was given; DebugError if they are unknown."""
        ...


@dataclass(frozen=True, slots=True)
class ProgramBeginning:
    """A module with what it is granted."""

    module: Module
    grants: Grants
    inputs: ReplayInputs | None = None
    """Recorded answers that host calls are given, as far as they go."""
    make_wasi: Callable[[], Wasi] | None = None
    """What makes its WASI instance, if grants do not."""

    def __post_init__(self) -> None:
        """Raise UsageError for what is no module."""
        need_module(self.module)

    @property
    def options(self) -> ProgramOptions:
        """How the program is loaded."""
        return program_options(self.grants)

    @property
    def files_read(self) -> tuple[Path, ...]:
        """The files of the module and of those that it is linked with."""
        return tuple(module.path for module in self.modules if module.path is not None)

    @property
    def modules(self) -> tuple[Module, ...]:
        """The module, then those that it is linked with."""
        return self.module, *(self.grants.preload or {}).values()

    @property
    def note(self) -> str:
        """How its text was assembled, if that should be known."""
        return self.module.note

    def begin(self, breakpoints: Breakpoints) -> Control:
        """Load the program and enter its first call."""
        from wasmlab.engine.recording.hosts.replay_inputs import InputFunction

        wasi = self.make_wasi() if self.make_wasi else wasi_of(self.module, self.grants)
        limit = self.grants.record_limit
        control = loaded(self.module, wasi, self.options, breakpoints, limit)
        if self.inputs is not None:
            function = InputFunction(self.inputs, control.recorder.host)
            control.program.host_calls.function = function
        forward.start(control)
        snapshot_now(control.recorder)
        return control

    def anew(self, given: Mapping[str, Any]) -> ProgramBeginning:
        """Return it with another module or other grants, without recorded answers; UsageError."""
        grants = {name: value for name, value in given.items() if name != "module"}
        beside = [name for name in given if name in WASI_FIELDS]
        if beside and given.get("wasi", self.grants.wasi) is not None:
            what = f"{beside[0]} has no effect beside a WASI instance that is given as a whole"
            raise UsageError(what, hint="give another one, wasi=")
        return ProgramBeginning(given.get("module", self.module), replace(self.grants, **grants))

    def changed(self, control: Control, text: str | Module) -> ProgramBeginning:
        """Return how a changed text begins under the same inputs; AssembleError, Invalid.

        DebugError if the recording's first inputs are gone.
        """
        from wasmlab.debug.whatif.replay import changed_module

        module = changed_module(text, self.module)
        return self.anew({"module": module}).replaying(control)

    def replaying(self, control: Control) -> ProgramBeginning:
        """Return it under the inputs that a program was given; DebugError if the first are gone."""
        from wasmlab.debug.whatif.replay import inputs

        return ProgramBeginning(self.module, self.grants, *inputs(control))


def loaded(
    module: Module,
    wasi: Wasi,
    options: ProgramOptions,
    breakpoints: Breakpoints,
    record_limit: int,
) -> Control:
    """Return a program that is loaded and recorded, before its first call is entered."""
    program = load_program(module, wasi, options)
    target = Target(program, {id(m.syntax): m for m in (module, *options.preload.values())})
    recorder = Recorder(program, record_limit)
    recorder.host.hosts = rewindable_hosts(options.imports)
    return Control(target, breakpoints, recorder)
