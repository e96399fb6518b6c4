"""Commands about modules: instantiate them, or refuse them as a script says."""

from __future__ import annotations

from wasmlab.binary.custom import check_customs
from wasmlab.binary.decode import decode
from wasmlab.errors import (
    AssembleError,
    Invalid,
    Malformed,
    Trap,
    Unlinkable,
    Unsupported,
    WasmlabError,
)
from wasmlab.exec.instantiate import instantiate
from wasmlab.hints import TYPE_CHECKING
from wasmlab.script.actions import begins_with, check_message, invoke
from wasmlab.script.agent import importable, instance_named, register
from wasmlab.script.convert import read_text
from wasmlab.script.report import Failed
from wasmlab.script.versions import breaks_dropped_rule, proposal_without
from wasmlab.valid.module import validate_module

if TYPE_CHECKING:
    from collections.abc import Generator

    from wasmlab.script.agent import Directive, ScriptThread
    from wasmlab.script.convert import Command
    from wasmlab.syntax.module import Module

_TEXT_SUFFIX = ".wat"


def load(agent: ScriptThread, command: Command) -> Module:
    """Return a command's module, decoded and validated strictly: custom sections too.

    Raises AssembleError, Malformed, Invalid, Unsupported.
    """
    module = decode(_binary(agent, command))
    validate_module(module)
    check_customs(module)
    return module


def _binary(agent: ScriptThread, command: Command) -> bytes:
    if "refused" in command:
        raise command["refused"]
    name: str = command.get("binary_filename") or command["filename"]
    if name.endswith(_TEXT_SUFFIX):
        return read_text(agent.reader, name, agent.folder)
    return (agent.folder / name).read_bytes()


def _load_supported(agent: ScriptThread, command: Command, name: str) -> Module:
    """Load a module that is meant to be good; notes under its names if it is not supported."""
    try:
        return _load_newest(agent, command)
    except Unsupported as error:
        agent.refused[""] = agent.refused[name] = error
        raise


def _load_newest(agent: ScriptThread, command: Command) -> Module:
    try:
        return load(agent, command)
    except (Invalid, Malformed) as error:
        _check_rule(error)
        raise


def _check_rule(error: WasmlabError) -> None:
    """Raise Unsupported if a proposal that wasmlab does not know drops the rule that is broken."""
    proposal = proposal_without(error)
    if proposal is not None:
        raise Unsupported(f"the {proposal} proposal is not supported") from error


def _instantiate(agent: ScriptThread, module: Module, name: str) -> Generator[None]:
    instance = instantiate(agent.store, module, importable(agent), name=name)
    if module.start is not None:
        yield from invoke(agent, instance.funcs[module.start], [])
    agent.current = instance
    if name:
        agent.instances[name] = instance


def _forget(agent: ScriptThread, name: str) -> None:
    """Forget the module of a name, and the last module."""
    agent.current = None
    for known in {"", name}:
        agent.refused.pop(known, None)
    agent.instances.pop(name, None)


def _module(agent: ScriptThread, command: Command) -> Generator[None]:
    name = command.get("name") or ""
    _forget(agent, name)
    yield from _instantiate(agent, _load_supported(agent, command, name), name)


def _definition(agent: ScriptThread, command: Command) -> Generator[None]:
    yield from ()
    name = command.get("name") or ""
    agent.defined = None
    agent.definitions.pop(name, None)
    agent.defined = _load_supported(agent, command, name)
    if name:
        agent.definitions[name] = agent.defined


def _instance(agent: ScriptThread, command: Command) -> Generator[None]:
    of, name = command.get("module") or "", command.get("instance") or ""
    module = agent.definitions.get(of) if of else agent.defined
    if module is None:
        refused = agent.refused.get(of)
        if refused is not None:
            agent.refused[""] = agent.refused[name] = refused
            raise refused
        raise Failed(f"there is no definition {of}".rstrip())
    _forget(agent, name)
    yield from _instantiate(agent, module, name)


def _register(agent: ScriptThread, command: Command) -> Generator[None]:
    yield from ()
    register(agent, command["as"], instance_named(agent, command.get("name")))


def _assert_uninstantiable(agent: ScriptThread, command: Command) -> Generator[None]:
    kept = agent.current
    try:
        yield from _instantiate(agent, load(agent, command), "")
    except Trap as error:
        check_message(command, error)
    else:
        raise Failed("expected a trap, found none")
    finally:
        agent.current = kept


def _assert_unlinkable(agent: ScriptThread, command: Command) -> Generator[None]:
    yield from ()
    try:
        instantiate(agent.store, load(agent, command), importable(agent))
    except (Unlinkable, Trap) as error:  # segments out of bounds were once errors of linking
        check_message(command, error)
    else:
        raise Failed("expected it not to link, but it does")


def _refusing(*errors: type[WasmlabError]) -> Directive:
    """Return a directive that holds if its module is refused; messages count for binary ones."""

    def assertion(agent: ScriptThread, command: Command) -> Generator[None]:
        yield from ()
        message = command.get("text", "")
        try:
            module = load(agent, command)
        except WasmlabError as error:
            if not isinstance(error, errors):
                _check_rule(error)
                raise
            if command["module_type"] == "binary" and not begins_with(error, message):
                _check_rule(error)
                raise Failed(f"expected {message!r}, found {error.message!r}") from error
        else:
            if not breaks_dropped_rule(module, message):
                raise Failed(f"expected {message!r}, but the module is accepted")

    return assertion


LOADING = {"module", "module_definition"}
"""Commands that replace the current module, even if they fail."""

DIRECTIVES: dict[str, Directive] = {
    "module": _module,
    "module_definition": _definition,
    "module_instance": _instance,
    "register": _register,
    "assert_uninstantiable": _assert_uninstantiable,
    "assert_unlinkable": _assert_unlinkable,
    "assert_invalid": _refusing(Invalid, AssembleError),
    "assert_invalid_custom": _refusing(Invalid, Malformed, AssembleError),
    "assert_malformed": _refusing(Malformed, AssembleError, Invalid),
    "assert_malformed_custom": _refusing(Malformed, AssembleError, Invalid),
}
