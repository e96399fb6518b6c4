"""Threads of a script: they take turns, and one that waits is passed over."""

from __future__ import annotations

from wasmlab.errors import Unsupported
from wasmlab.hints import TYPE_CHECKING
from wasmlab.runtime.waiting import time_out
from wasmlab.script.agent import instance_named, new_agent
from wasmlab.script.report import Failed

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from wasmlab.runtime.memory import Memory
    from wasmlab.runtime.store import Store
    from wasmlab.script.agent import Directive, ScriptThread
    from wasmlab.script.convert import Command

    CarryOut = Callable[[ScriptThread, list[Command]], Generator[None]]


def let_others_go_on(agent: ScriptThread) -> bool:
    """Let every other thread have its turn; if nothing moves any more, end the shortest timeout.

    Returns whether anything can go on: False if all wait for ever.
    """
    for _, commands in agent.others.values():
        next(commands, None)
    ticks = _ticks(agent)
    if ticks != agent.ticks:
        agent.ticks = ticks
        return True
    stores = [agent.store, *(other.store for other, _ in agent.others.values())]
    return any(time_out(memory) for store in stores for memory in _memories(store))


def _ticks(agent: ScriptThread) -> list[int]:
    return [agent.store.tick, *(other.store.tick for other, _ in agent.others.values())]


def _memories(store: Store) -> Iterator[Memory]:
    return (memory for instance in store.instances for memory in instance.mems)


def starting(carry_out: CarryOut) -> Directive:
    """Return the directive that starts a thread, whose commands ``carry_out`` carries out."""

    def thread(agent: ScriptThread, command: Command) -> Generator[None]:
        yield from ()
        other = new_agent(agent.folder, agent.reader, agent.report, agent.engine)
        shared = command.get("shared_module")
        if shared:
            other.instances[shared] = instance_named(agent, shared)
        agent.others[command["name"]] = (other, carry_out(other, command["commands"]))

    return thread


def wait(agent: ScriptThread, command: Command) -> Generator[None]:
    """Carry out a thread's commands to their end; raises Failed if all threads wait for ever."""
    name: str = command["thread"]
    if name not in agent.others:
        raise Failed(f"there is no thread {name}")
    _, commands = agent.others[name]
    running = object()
    while next(commands, running) is not running:
        yield
    del agent.others[name]


def _unsupported(_agent: ScriptThread, command: Command) -> Generator[None]:
    yield from ()
    raise Unsupported(f"{command['type']}: the stack-switching proposal is not supported")


DIRECTIVES: dict[str, Directive] = {"wait": wait, "assert_suspension": _unsupported}
