"""View-models: frozen snapshots of a session's state, ready to be shown.

Front ends render these and nothing else. All text in them is already safe for a terminal
(control characters of the guest are escaped). Offsets are byte offsets in the module.
"""

from __future__ import annotations

from wasmlab.escape import cut_in_middle
from wasmlab.hints import TYPE_CHECKING, Protocol
from wasmlab.records import Enum, dataclass, field
from wasmlab.syntax.row import BlockKind

if TYPE_CHECKING:
    from wasmlab.debug.views.listed import Listed, Variables


class State(Enum):
    """What a session is doing."""

    WAITING_FOR_CALL = "waiting for a call"
    """There is no start; ``Session.call`` enters an exported function."""
    PAUSED = "paused"
    RUNNING = "running"
    WAITING_FOR_INPUT = "waiting for input"
    WAITING_FOR_RESULT = "waiting for a result"
    """An unknown import was called with ``stub_imports="ask"``; see ``Session.answer``."""
    TRAPPED = "trapped"
    EXITED = "exited"


class StopReason(Enum):
    """Why a step or a run came back."""

    STEP = "step"
    BREAKPOINT = "breakpoint"
    WATCHPOINT = "watchpoint"
    CATCHPOINT = "catchpoint"
    """Before a trap or an exception, or after a call of the host that failed."""
    ARRIVED = "arrived"
    BEGINNING = "beginning"
    """Nothing earlier is recorded."""
    TRAP = "trap"
    EXIT = "exit"
    RETURNED = "returned"
    PAUSED = "paused"
    INPUT = "input"
    ASK = "ask"
    LIMIT = "limit"
    HOST_ERROR = "host error"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the program."""

    func: int
    """Index of the function in its module, imports counted."""
    func_name: str
    """``$name``, a mangled one as it was written, or ``func[3]`` where there is none."""
    offset: int
    line: int | None = None
    """Line in the text that is shown, from 1."""
    column: int | None = None
    module: str = ""
    """Name of the module instance where there are several."""

    def __str__(self) -> str:
        """Return ``$main @0x5a line 12``."""
        line = "" if self.line is None else f" line {self.line}"
        return f"{self.short_name} @0x{self.offset:x}{line}"

    @property
    def short_name(self) -> str:
        """The function's name, without its middle where it is long: for lines that go on."""
        return cut_in_middle(self.func_name)

    def __repr__(self) -> str:
        """Return ``<$main @0x5a line 12>``."""
        return f"<{self}>"


@dataclass(frozen=True, slots=True)
class Moved:
    """Where no instruction starts, and where the next one is that is taken instead."""

    asked: str
    """``line 22`` or ``0x5b``."""
    instead: str
    """``line 23`` or ``0x5d``."""

    def note(self, done: str) -> str:
        """Return ``line 22 has none: set at line 23``, with what was done there."""
        return f"{self.asked} has none: {done} {self.instead}"


@dataclass(frozen=True, slots=True)
class Located:
    """What was typed or pointed at: a place, or several where functions share a name."""

    locations: tuple[Location, ...]
    moved: Moved | None = None
    """What to say if no instruction starts there."""


@dataclass(frozen=True, slots=True)
class Value:
    """A typed value: ``bits`` is its unsigned pattern, ``value`` what Python makes of it."""

    type: str
    bits: int
    value: int | float
    """Signed integer or float; the bits for vectors and references."""
    text: str
    """How to show it: ``-1``, ``0.5``, ``nan:0x1``, ``null``, ``func $f``."""

    def __repr__(self) -> str:
        """Return ``<i32 -1>``."""
        return f"<{self.type} {self.text}>"


class Holder:
    """What holds a value, and reads as that."""

    __slots__ = ()
    held: Value
    """The value as a whole."""

    @property
    def type(self) -> str:
        """Type of its value."""
        return self.held.type

    @property
    def bits(self) -> int:
        """Unsigned pattern of its value."""
        return self.held.bits

    @property
    def value(self) -> int | float:
        """Its value as Python reads it: a signed integer or a float, else the bits."""
        return self.held.value

    @property
    def text(self) -> str:
        """Its value as it is shown."""
        return self.held.text


@dataclass(frozen=True, slots=True)
class Pointer:
    """What a value points at, or what it means as an argument of the host call that is next."""

    text: str
    """``"Hello"  data 0+0x10``, ``C stack``, ``__heap_base``, ``func $f``, ``fd = 1 <stdout>``."""
    address: int | None = None
    """The place in the first memory, if it is one."""
    place: Location | None = None
    """Where the function begins, if it is one."""
    quoted: str = ""
    """The text that begins there, where one does: ``"Hello"``."""


@dataclass(frozen=True, slots=True)
class StackSlot(Holder):
    """An operand on the stack of a frame."""

    held: Value
    number: int
    """``stack[0]`` is the top of the frame's operands."""
    popped: bool
    """The next instruction takes it."""
    changed: bool
    """The last step put it here."""
    pointer: Pointer | None = None
    """What it points at, where it plausibly is a pointer."""

    def __repr__(self) -> str:
        """Return ``<stack[0] i32 -1>``."""
        return f"<stack[{self.number}] {self.type} {self.text}>"


@dataclass(frozen=True, slots=True)
class Variable(Holder):
    """A local or a global."""

    name: str
    """``$n``, or the index as text where it has no name."""
    index: int
    held: Value
    kind: str
    """``param``, ``local`` or ``global``; in objects ``field`` or ``element``."""
    mutable: bool = True
    changed: bool = False
    previous: Value | None = None
    """What it held before the last step that changed it, if that was the last step."""
    pointer: Pointer | None = None
    """What it points at, where it plausibly is a pointer."""

    def __repr__(self) -> str:
        """Return ``<$n i32 -1>``, of one without a name ``<local 0 i32 -1>``."""
        shown = f"{self.kind} {self.name}" if self.name.isdigit() else self.name
        return f"<{shown} {self.type} {self.text}>"


@dataclass(frozen=True, slots=True)
class HeapObject:
    """An object in the GC heap."""

    ref: int
    """The bits of references to it."""
    kind: str
    """``struct``, ``array`` or ``exception``."""
    type: str
    """``$name``, or ``type[3]`` where the module does not name it; of an exception, its tag."""
    fields: tuple[Variable, ...]
    """Fields, or the elements of an array that were asked for; kind ``field`` or ``element``."""
    references: tuple[int, ...]
    """References to other objects in it, those of elements that are not shown too."""
    length: int | None = None
    """Elements of an array, else None."""


@dataclass(frozen=True, slots=True)
class Label:
    """A structured instruction that is open at the current place, outermost first."""

    kind: str
    """``func``, ``block``, ``loop``, ``if`` or ``try_table``."""
    name: str
    """``$name`` or its depth as ``br`` counts it."""
    depth: int
    arity: int
    """How many operands a branch to it takes along."""
    height: int
    """Operands below the label."""
    line: int | None
    target_line: int | None
    """Where a branch goes."""

    @property
    def is_loop(self) -> bool:
        """Whether a branch to it goes back."""
        return self.kind == BlockKind.LOOP.value

    def __repr__(self) -> str:
        """Return ``<Label 0 loop $again>``."""
        return f"<Label {self.depth} {self.kind} {self.name}>"


class FrameHolds(Protocol):
    """The locals and operands of a frame."""

    @property
    def locals(self) -> Variables[Variable]:
        """Its parameters and locals."""
        ...

    @property
    def stack(self) -> Listed[StackSlot]:
        """Its operands, top first."""
        ...


@dataclass(frozen=True, slots=True)
class Frame:
    """A call frame; number 0 is the innermost."""

    number: int
    func_name: str
    location: Location | None
    """Where it is, or will go on; None for a host function."""
    args: tuple[Value, ...]
    content: FrameHolds = field(repr=False, compare=False)
    """What it holds, made when it is looked at."""
    host: bool = False
    pointers: tuple[Pointer | None, ...] = ()
    """What each of the arguments points at, where it plausibly is a pointer."""

    @property
    def locals(self) -> Variables[Variable]:
        """Its parameters and locals, by number or name; none of a host function."""
        return self.content.locals

    @property
    def stack(self) -> Listed[StackSlot]:
        """Its operands, top first, without the arguments of a call that it waits for."""
        return self.content.stack

    def __repr__(self) -> str:
        """Return ``<Frame 0 $fac @0x2a line 5>``."""
        return f"<Frame {self.number} {self.location or f'{self.func_name} of the host'}>"


@dataclass(frozen=True, slots=True)
class Instruction:
    """The next instruction, explained."""

    location: Location
    mnemonic: str
    text: str
    """With immediates, as in the text format: ``i32.const 5``."""
    signature: str
    """``[i32 i32] -> [i32]``."""
    explanation: str
    """One sentence from the table."""
    now: str
    """What it does in this very step: ``i32.add pops 3 and 4, pushes 7``; empty if unknown."""
    spec: str
    """Address of the rule in the specification."""

    def __repr__(self) -> str:
        """Return ``<i32.const 5 in $main @0x5a line 12>``."""
        return f"<{self.text} in {self.location}>"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of the text (or disassembly) that is shown."""

    number: int
    text: str
    offset: int | None
    """Lowest offset of an instruction that starts on the line; None if there is none."""
    func: int | None = None

    def __repr__(self) -> str:
        """Return ``<line 12 'nop'>``."""
        return f"<line {self.number} {self.text!r}>"


@dataclass(frozen=True, slots=True)
class HostCall:
    """A call of a host function, decoded."""

    tick: int
    module: str
    name: str
    text: str
    """``fd_write(fd=1, iovs=["Hello"]) -> 5``."""
    args: tuple[tuple[str, str], ...]
    """Parameter names and decoded arguments."""
    result: str
    reads: tuple[tuple[int, int], ...] = ()
    """Guest memory it read: (address, bytes)."""
    writes: tuple[tuple[int, int], ...] = ()
    error: bool = False

    def __repr__(self) -> str:
        """Return ``<step 8: fd_write(fd=1, iovs=["Hello"]) -> 5>``."""
        return f"<step {self.tick}: {self.text}>"


@dataclass(frozen=True, slots=True)
class Output:
    """Something the guest printed in one call: stream 1 is stdout, 2 stderr."""

    tick: int
    stream: int
    data: bytes

    def __repr__(self) -> str:
        """Return ``<step 8, stream 1: b'Hello'>``."""
        return f"<step {self.tick}, stream {self.stream}: {self.data!r}>"


@dataclass(frozen=True, slots=True)
class MemoryRow:
    """Sixteen bytes (or fewer, at the end) of a memory, with what changed in the last step."""

    address: int
    data: bytes
    changed: frozenset[int]
    """Addresses that the last step wrote."""
    touched: frozenset[int]
    """Addresses that the last host call read or wrote."""

    def __repr__(self) -> str:
        """Return ``<0x10: 48 65 6c 6c 6f>``."""
        return f"<{self.address:#x}: {self.data.hex(' ')}>"


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A breakpoint as set."""

    number: int
    location: Location
    condition: str
    """Empty if it always stops."""
    hits: int
    """Stops only from this hit on; 0 or 1 mean every time."""
    count: int
    """How often it was reached so far."""
    enabled: bool = True
    callee: str = ""
    """The host function, if it stops where that is called; ``location`` is then the first call."""
    name: str = ""
    """The name that several functions have, if it stops in each of them."""
    others: tuple[Location, ...] = ()
    """Where else it stops: in the other functions of that name."""
    note: str = ""
    """``line 22 has none: set at line 23``, when it was set just now at another place than said."""
    pattern: bool = False
    """The name is a pattern that the functions' names match."""
    temporary: bool = False
    """It is removed once it has stopped the program."""
    log: str = ""
    """What it says at each hit in place of stopping."""
    commands: tuple[str, ...] = ()
    """What a front end carries out when it has stopped."""
    ignores: int = 0
    """How many further hits it passes over."""

    @property
    def locations(self) -> tuple[Location, ...]:
        """All places at which it stops; of calls of a host function the first."""
        return (self.location, *self.others)

    def __repr__(self) -> str:
        """Return ``<Breakpoint 1 $fac @0x5a line 12 if $n > 3>``."""
        where = self.callee or str(self.location)
        return f"<Breakpoint {self.number} {where}{_terms(self.condition, on=self.enabled)}>"


@dataclass(frozen=True, slots=True)
class Watchpoint:
    """A watchpoint as set; numbers are shared with breakpoints."""

    number: int
    text: str
    """What is watched: ``memory[0x10:0x14]``, ``global 0``, ``$x of $f``."""
    access: str
    """w, r or rw."""
    now: str
    """What it holds; may be empty."""
    enabled: bool = True
    again: str = ""
    """What sets it in another run of the program; empty for a local, whose frame is gone then."""
    condition: str = ""
    """Asked after the access; empty if it always stops."""
    hits: int = 0
    """Stops only from this hit on; 0 or 1 mean every time."""
    count: int = 0
    """How often it was reached so far."""
    temporary: bool = False
    """It is removed once it has stopped the program."""
    log: str = ""
    """What it says at each hit in place of stopping."""
    commands: tuple[str, ...] = ()
    """What a front end carries out when it has stopped."""
    ignores: int = 0
    """How many further hits it passes over."""

    def __repr__(self) -> str:
        """Return ``<Watchpoint 2 global 0, w>``."""
        terms = _terms(self.condition, on=self.enabled)
        return f"<Watchpoint {self.number} {self.text}, {self.access}{terms}>"


def _terms(condition: str, *, on: bool) -> str:
    return f"{f' if {condition}' if condition else ''}{'' if on else ', off'}"


@dataclass(frozen=True, slots=True)
class Catchpoint:
    """What stops at a trap, an exception or a call of the host that fails; numbers are shared."""

    number: int
    what: str
    """``trap``, ``throw``, ``path_open=ENOENT`` or ``path_open=fails``: what sets it again."""
    condition: str = ""
    """Empty if it always stops."""
    hits: int = 0
    """Stops only from this hit on; 0 or 1 mean every time."""
    count: int = 0
    """How often it was reached so far."""
    enabled: bool = True
    temporary: bool = False
    """It is removed once it has stopped the program."""
    log: str = ""
    """What it says at each hit in place of stopping."""
    commands: tuple[str, ...] = ()
    """What a front end carries out when it has stopped."""
    ignores: int = 0
    """How many further hits it passes over."""

    def __repr__(self) -> str:
        """Return ``<Catchpoint 1 path_open=ENOENT>``."""
        return f"<Catchpoint {self.number} {self.what}{_terms(self.condition, on=self.enabled)}>"


@dataclass(frozen=True, slots=True)
class LogLine:
    """What a logpoint said at a hit."""

    tick: int
    """``goto(tick)`` stands before the instruction; of a watchpoint, after the access."""
    number: int
    """The logpoint's."""
    location: Location
    text: str

    def __repr__(self) -> str:
        """Return ``<LogLine step 27, n=2>``."""
        return f"<LogLine step {self.tick:,}, {self.text}>"


@dataclass(frozen=True, slots=True)
class Display:
    """An expression that is shown at every stop, and what it is at this one."""

    number: int
    expression: str
    form: str
    """``/x``, or nothing."""
    text: str
    """Its value, or why it has none here: ``not in memory at this step``."""
    pointer: Pointer | None = None
    """What it points at, where it plausibly is a pointer."""
    missing: bool = False
    """It cannot be read here."""
    changed: bool = False
    previous: str | None = None
    """What it was at the stop before, if that was another value."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why and where execution stopped."""

    reason: StopReason
    tick: int
    location: Location | None
    """The next instruction; for a trap, the one that trapped; None once the program is over."""
    message: str
    """One sentence that explains it."""
    exit_code: int | None = None
    results: tuple[Value, ...] = ()
    """What a function has returned: the one that was called from outside, with reason RETURNED, or
    the one that a step went over or out of."""
    breakpoint: int | None = None

    def __repr__(self) -> str:
        """Return ``<Stop breakpoint, step 17, $main @0x5a line 12>``."""
        place = "" if self.location is None else f", {self.location}"
        results = f", {' '.join(value.text for value in self.results)}" if self.results else ""
        return f"<Stop {self.reason.value}{results}, step {self.tick}{place}>"


@dataclass(frozen=True, slots=True)
class Step:
    """One executed instruction with its effect: a line of ``wasmlab trace``."""

    tick: int
    """The instruction is the tick-th (from 1) that completed."""
    location: Location
    text: str
    popped: tuple[Value, ...]
    pushed: tuple[Value, ...]
    depth: int
    """Call frames, 1 for the entry function."""
    effect: str = ""
    """What else it did: ``memory[0x10:0x14] = 05 00 00 00``, ``$n = 4``, ``fd_write(..) -> 14``."""

    def __repr__(self) -> str:
        """Return ``<step 17: i32.add in $main @0x5a line 12>``."""
        return f"<step {self.tick}: {self.text} in {self.location}>"
