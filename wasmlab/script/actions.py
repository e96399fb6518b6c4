"""Commands that call exported functions or read globals, and check the results."""

from __future__ import annotations

from wasmlab.counted import counted
from wasmlab.errors import Exhaustion, Trap, Unsupported, WasmException, WouldBlock
from wasmlab.exec.invocation import begin, results_at
from wasmlab.exec.machine import run
from wasmlab.hints import TYPE_CHECKING, Any
from wasmlab.runtime.store import FuncInst, GlobalInst, Status, read_global
from wasmlab.runtime.waiting import give_up
from wasmlab.script.agent import instance_named
from wasmlab.script.report import Failed
from wasmlab.script.values import bits_of, expectation, matches, shown
from wasmlab.syntax.types import func_type

if TYPE_CHECKING:
    from collections.abc import Generator

    from wasmlab.errors import WasmlabError
    from wasmlab.runtime.store import Store
    from wasmlab.script.agent import Directive, ScriptThread
    from wasmlab.script.convert import Command

FUEL = 4_000_000_000
"""Instructions that one action may take: a script that loops for ever fails."""
_TURN = 1 << 20
"""Instructions after which other threads have their turn."""


def invoke(
    agent: ScriptThread, func: FuncInst, args: list[int]
) -> Generator[None, None, list[int]]:
    """Call a function to its end; yields where another thread has its turn.

    Raises Failed after ``FUEL`` instructions, and whatever ends the function.
    """
    store = agent.store
    limit = store.tick + FUEL
    try:
        at = begin(store, func, args)
        while _takes_turn(store):
            if store.tick >= limit:
                raise Failed(f"no end after {FUEL} instructions")
            yield
        return results_at(store, func, at)
    finally:
        store.agent.depth = 0
        if store.agent.waiter is not None:
            give_up(store)


def _takes_turn(store: Store) -> bool:
    """Run for a turn, or until the thread has to wait; return whether it has not ended."""
    try:
        return (store.tier or run)(store, store.tick + _TURN) is Status.FUEL
    except WouldBlock:
        return True


def _act(agent: ScriptThread, action: dict[str, Any]) -> Generator[None, None, list[int]]:
    name: str = action["field"]
    instance = instance_named(agent, action.get("module"))
    if instance.store is not agent.store:
        raise Unsupported("an action on another thread's instance")
    extern = instance.exports.get(name)
    if action["type"] == "get" and isinstance(extern, GlobalInst):
        return [read_global(agent.store, extern)]
    if action["type"] == "get" or not isinstance(extern, FuncInst):
        wanted = "global" if action["type"] == "get" else "function"
        raise Failed(f"there is no exported {wanted} {name!r}")
    args = [bits_of(agent.store, value) for value in action["args"]]
    wanted = len(func_type(extern.type).params)
    if len(args) != wanted:
        raise Failed(f"{name!r} takes {counted(wanted, 'argument')}, found {len(args)}")
    return (yield from invoke(agent, extern, args))


def _action(agent: ScriptThread, command: Command) -> Generator[None]:
    yield from _act(agent, command["action"])


def _assert_return(agent: ScriptThread, command: Command) -> Generator[None]:
    results = yield from _act(agent, command["action"])
    expected = command["expected"]
    instance = instance_named(agent, command["action"].get("module"))
    good = len(results) == len(expected) and all(
        matches(instance, e, bits) for e, bits in zip(expected, results, strict=True)
    )
    if not good:
        wanted = ", ".join(expectation(e) for e in expected) or "nothing"
        found = ", ".join(shown(bits) for bits in results) or "nothing"
        raise Failed(f"expected {wanted}, found {found}")


def _failing(error_type: type[WasmlabError], *, says: bool = True) -> Directive:
    """Return a command that holds if its action fails with an error, and the right message."""

    def assertion(agent: ScriptThread, command: Command) -> Generator[None]:
        try:
            yield from _act(agent, command["action"])
        except error_type as error:
            if says:
                check_message(command, error)
        else:
            raise Failed(f"expected {command.get('text') or 'an exception'!r}, found no error")

    return assertion


def begins_with(error: WasmlabError, message: str) -> bool:
    """Return whether an error's message begins with a script's, up to its details."""
    return error.message.startswith(message.partition(":")[0])


def check_message(command: Command, error: WasmlabError) -> None:
    """Raise Failed unless an error's message begins as the script says."""
    expected = command.get("text", "")
    if not begins_with(error, expected):
        raise Failed(f"expected {expected!r}, found {error.message!r}")


DIRECTIVES: dict[str, Directive] = {
    "action": _action,
    "assert_return": _assert_return,
    "assert_trap": _failing(Trap),
    "assert_exhaustion": _failing(Exhaustion),
    "assert_exception": _failing(WasmException, says=False),
}
