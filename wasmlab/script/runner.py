"""Running the commands of a script and judging its assertions."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wasmlab.binary.custom import check_customs
from wasmlab.binary.decode import decode
from wasmlab.errors import (
    AssembleError,
    Exhaustion,
    Invalid,
    Malformed,
    Trap,
    Unlinkable,
    Unsupported,
    WasmException,
    WasmlabError,
    WouldBlock,
)
from wasmlab.exec.instantiate import instantiate
from wasmlab.exec.machine import begin, results_at, run
from wasmlab.runtime.store import FuncInst, GlobalInst, ModuleInst, Store, read_global
from wasmlab.runtime.waiting import time_out
from wasmlab.script.convert import Command, convert, read_text
from wasmlab.script.spectest import SPECTEST
from wasmlab.script.values import bits_of, matches, shown
from wasmlab.text.assemble import assemble_text
from wasmlab.valid.module import validate_module

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from wasmlab.runtime.store import Extern
    from wasmlab.syntax.module import Module
    from wasmlab.text.tools import Tool

_FOREVER = 1 << 62


class Failed(WasmlabError):
    """An assertion does not hold."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An assertion that does not hold, or a command that cannot be carried out."""

    line: int
    kind: str
    reason: str


@dataclass(slots=True)
class Report:
    """What became of a script."""

    file: str
    passed: int = 0
    failed: list[Failure] = field(default_factory=list[Failure])
    counts: Counter[str] = field(default_factory=Counter[str])
    """Commands by kind."""


@dataclass(slots=True)
class Agent:
    """One thread of a script: a store of its own, instances by name."""

    folder: Path
    reader: Tool
    """The assembler that read the script."""
    store: Store
    report: Report
    instances: dict[str, ModuleInst] = field(default_factory=dict[str, ModuleInst])
    definitions: dict[str, Module] = field(default_factory=dict[str, "Module"])
    registered: dict[tuple[str, str], Extern] = field(
        default_factory=dict[tuple[str, str], "Extern"]
    )
    current: ModuleInst | None = None
    defined: Module | None = None
    others: dict[str, tuple[Agent, Generator[None]]] = field(
        default_factory=dict[str, "tuple[Agent, Generator[None]]"]
    )


def run_script(path: Path) -> Report:
    """Run a script and return the report; what the assemblers refuse is one failure."""
    report = Report(path.name)
    with tempfile.TemporaryDirectory(prefix="wasmlab-") as name:
        try:
            reader, commands = convert(path, Path(name))
        except AssembleError as error:
            report.failed.append(Failure(0, "script", str(error)))
            return report
        agent = _agent(Path(name), reader, report)
        for _ in _commands(agent, commands):
            _others_go_on(agent)
    return report


def _agent(folder: Path, reader: Tool, report: Report) -> Agent:
    agent = Agent(folder, reader, Store(), report)
    agent.store.agent.scheduled = True
    module = _spectest()
    _register(agent, "spectest", instantiate(agent.store, module, {}))
    return agent


@cache
def _spectest() -> Module:
    return decode(assemble_text(SPECTEST, file="spectest").data)


def _commands(agent: Agent, commands: list[Command]) -> Generator[None]:
    """Carry out commands; yields where another thread has to go on first."""
    for command in commands:
        kind = command["type"]
        agent.report.counts[kind] += 1
        try:
            handler = _COMMANDS.get(kind)
            if handler is None:
                raise Unsupported(f"unknown directive {kind}")
            yield from handler(agent, command)
        except WasmlabError as error:
            agent.report.failed.append(Failure(command["line"], kind, _reason(error)))
        else:
            agent.report.passed += 1


def _reason(error: WasmlabError) -> str:
    return str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"


def _others_go_on(agent: Agent) -> None:
    """Let every other thread run until it waits; if all wait, end the shortest timeout."""
    before = agent.store.tick, [other.store.tick for other, _ in agent.others.values()]
    for _, commands in agent.others.values():
        next(commands, None)
    after = agent.store.tick, [other.store.tick for other, _ in agent.others.values()]
    waits = agent.store.agent.waiter
    if before == after and (waits is None or waits.outcome is None):
        stores = [agent.store, *(other.store for other, _ in agent.others.values())]
        if not any(time_out(memory) for store in stores for memory in _memories(store)):
            raise Failed("all threads wait for each other")


def _memories(store: Store) -> list[Any]:
    return [memory for instance in store.instances for memory in instance.mems]


# --- modules -----------------------------------------------------------------------------------


def _load(agent: Agent, command: Command) -> Module:
    """Decode and validate a command's module, strictly."""
    name = command.get("binary_filename") or command["filename"]
    if name.endswith(".wat"):
        data = read_text(agent.reader, name, agent.folder)
    else:
        data = (agent.folder / name).read_bytes()
    module = decode(data)
    validate_module(module)
    check_customs(module)
    return module


def _instantiate(agent: Agent, module: Module, name: str | None) -> Generator[None]:
    agent.current = None
    instance = instantiate(agent.store, module, agent.registered, name=name or "")
    if module.start is not None:
        yield from _invoke(agent, instance.funcs[module.start], [])
    agent.current = instance
    if name:
        agent.instances[name] = instance


def _module(agent: Agent, command: Command) -> Generator[None]:
    yield from _instantiate(agent, _load(agent, command), command.get("name"))


def _definition(agent: Agent, command: Command) -> Generator[None]:
    yield from ()
    agent.defined = _load(agent, command)
    agent.definitions[command.get("name", "")] = agent.defined


def _instance(agent: Agent, command: Command) -> Generator[None]:
    module = agent.definitions.get(command.get("module", "")) or agent.defined
    if module is None:
        raise Failed("no module is defined")
    yield from _instantiate(agent, module, command.get("instance"))


def _register(agent: Agent, name: str, instance: ModuleInst) -> None:
    for export, extern in instance.exports.items():
        agent.registered[name, export] = extern


def _register_command(agent: Agent, command: Command) -> Generator[None]:
    yield from ()
    _register(agent, command["as"], _named(agent, command.get("name")))


def _named(agent: Agent, name: str | None) -> ModuleInst:
    instance = agent.instances.get(name) if name else agent.current
    if instance is None:
        raise Failed(f"no instance {name or ''}")
    return instance


# --- actions -----------------------------------------------------------------------------------


def _invoke(agent: Agent, func: FuncInst, args: list[int]) -> Generator[None, None, list[int]]:
    """Call a function to its end; yields while it waits for another thread."""
    store = agent.store
    try:
        at = begin(store, func, args)
        while True:
            try:
                run(store, _FOREVER)
                return results_at(store, func, at)
            except WouldBlock:
                yield
    finally:
        store.agent.depth = 0


def _act(agent: Agent, action: dict[str, Any]) -> Generator[None, None, list[int]]:
    instance = _named(agent, action.get("module"))
    extern = instance.exports.get(action["field"])
    if action["type"] == "get" and isinstance(extern, GlobalInst):
        return [read_global(agent.store, extern)]
    if not isinstance(extern, FuncInst):
        raise Failed(f"no export {action['field']}")
    args = [bits_of(agent.store, value) for value in action["args"]]
    return (yield from _invoke(agent, extern, args))


def _action(agent: Agent, command: Command) -> Generator[None]:
    yield from _act(agent, command["action"])


def _assert_return(agent: Agent, command: Command) -> Generator[None]:
    results = yield from _act(agent, command["action"])
    expected = command["expected"]
    instance = _named(agent, command["action"].get("module"))
    good = len(results) == len(expected) and all(
        matches(instance, e, bits) for e, bits in zip(expected, results, strict=True)
    )
    if not good:
        found = ", ".join(shown(bits) for bits in results) or "nothing"
        raise Failed(f"expected {expected}, found {found}")


def _expecting(
    errors: type[WasmlabError] | tuple[type[WasmlabError], ...], *, says: bool = True
) -> Callable[[Agent, Command], Generator[None]]:
    """Return a command that holds if its action fails with an error, and the right message."""

    def assertion(agent: Agent, command: Command) -> Generator[None]:
        try:
            yield from _act(agent, command["action"])
        except errors as error:
            if says:
                _check_message(command, error)
        else:
            raise Failed("expected an error, found none")

    return assertion


def _check_message(command: Command, error: WasmlabError) -> None:
    expected = command.get("text", "")
    if not error.message.startswith(expected.partition(":")[0]):
        raise Failed(f"expected {expected!r}, found {error.message!r}")


def _assert_uninstantiable(agent: Agent, command: Command) -> Generator[None]:
    kept = agent.current
    try:
        yield from _instantiate(agent, _load(agent, command), None)
    except Trap as error:
        _check_message(command, error)
    else:
        raise Failed("expected a trap, found none")
    finally:
        agent.current = kept


def _assert_unlinkable(agent: Agent, command: Command) -> Generator[None]:
    yield from ()
    try:
        instantiate(agent.store, _load(agent, command), agent.registered)
    except Unlinkable as error:
        _check_message(command, error)
    else:
        raise Failed("expected it not to link, but it does")


def _refusing(
    errors: tuple[type[WasmlabError], ...],
) -> Callable[[Agent, Command], Generator[None]]:
    """Return a command that holds if its module is refused; messages count for binary ones."""

    def assertion(agent: Agent, command: Command) -> Generator[None]:
        yield from ()
        try:
            _load(agent, command)
        except errors as error:
            if command["module_type"] == "binary":
                _check_message(command, error)
        else:
            raise Failed(f"expected {command.get('text')!r}, but the module is accepted")

    return assertion


# --- threads -----------------------------------------------------------------------------------


def _thread(agent: Agent, command: Command) -> Generator[None]:
    yield from ()
    other = _agent(agent.folder, agent.reader, agent.report)
    shared = command.get("shared_module")
    if shared:
        other.instances[shared] = _named(agent, shared)
    agent.others[command["name"]] = (other, _commands(other, command["commands"]))


def _wait(agent: Agent, command: Command) -> Generator[None]:
    other, commands = agent.others[command["thread"]]
    while next(commands, other) is None:
        yield
    del agent.others[command["thread"]]


_TEXT_ERRORS = (Malformed, AssembleError, Invalid)
_COMMANDS: dict[str, Callable[[Agent, Command], Generator[None]]] = {
    "module": _module,
    "module_definition": _definition,
    "module_instance": _instance,
    "register": _register_command,
    "action": _action,
    "assert_return": _assert_return,
    "assert_trap": _expecting(Trap),
    "assert_exhaustion": _expecting(Exhaustion),
    "assert_exception": _expecting(WasmException, says=False),
    "assert_uninstantiable": _assert_uninstantiable,
    "assert_unlinkable": _assert_unlinkable,
    "assert_invalid": _refusing((Invalid, AssembleError)),
    "assert_invalid_custom": _refusing((Invalid, Malformed, AssembleError)),
    "assert_malformed": _refusing(_TEXT_ERRORS),
    "assert_malformed_custom": _refusing(_TEXT_ERRORS),
    "thread": _thread,
    "wait": _wait,
}
