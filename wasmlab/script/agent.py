"""The state of a script that runs: one agent for each of its threads."""

from __future__ import annotations

from functools import cache

from wasmlab.binary.decode import decode
from wasmlab.engine.tier import choose
from wasmlab.errors import Unsupported
from wasmlab.exec.instantiate import instantiate
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.runtime.memory import Memory
from wasmlab.runtime.store import ModuleInst, Store
from wasmlab.script.report import Failed
from wasmlab.script.spectest import SPECTEST
from wasmlab.text.assemble import assemble_text

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

    from wasmlab.runtime.store import Extern
    from wasmlab.script.convert import Command
    from wasmlab.script.report import ScriptReport
    from wasmlab.syntax.module import Module
    from wasmlab.tools import Tool

    Directive = Callable[["ScriptThread", Command], Generator[None]]
    """Carries out a command; yields where another thread has to go on first."""


@dataclass(slots=True, eq=False)
class ScriptThread:
    """One thread of a script: a store of its own, instances and definitions by name."""

    folder: Path
    """The folder with the script's modules as files."""
    reader: Tool
    """The assembler that read the script."""
    store: Store
    report: ScriptReport
    engine: str
    """The tier: auto, reference or native."""
    instances: dict[str, ModuleInst] = field(default_factory=dict[str, ModuleInst])
    definitions: dict[str, Module] = field(default_factory=dict[str, "Module"])
    registered: dict[tuple[str, str], Extern] = field(
        default_factory=dict[tuple[str, str], "Extern"]
    )
    current: ModuleInst | None = None
    """The last module, None if it could not be instantiated."""
    defined: Module | None = None
    """The last definition."""
    refused: dict[str, Unsupported] = field(default_factory=dict[str, Unsupported])
    """Modules by name ("" is the last one) that wasmlab does not support."""
    others: dict[str, tuple[ScriptThread, Generator[None]]] = field(
        default_factory=dict[str, "tuple[ScriptThread, Generator[None]]"]
    )
    """The threads that this one has started, each with its remaining commands."""
    ticks: list[int] = field(default_factory=list[int])
    """Ticks of each of them after the last round."""


def new_agent(folder: Path, reader: Tool, report: ScriptReport, engine: str) -> ScriptThread:
    """Return an agent that knows the module ``spectest`` and nothing else."""
    agent = ScriptThread(folder, reader, Store(), report, engine)
    choose(agent.store, engine)
    agent.store.agent.scheduled = True
    register(agent, "spectest", instantiate(agent.store, _spectest(), {}))
    return agent


@cache
def _spectest() -> Module:
    return decode(assemble_text(SPECTEST, file="spectest").data)


def register(agent: ScriptThread, name: str, instance: ModuleInst) -> None:
    """Make an instance's exports available for imports under a module name.

    Another thread's instance offers only its memories: nothing else can be shared.
    """
    shared = instance.store is not agent.store
    for export, extern in instance.exports.items():
        if isinstance(extern, Memory) or not shared:
            agent.registered[name, export] = extern


def importable(agent: ScriptThread) -> Mapping[tuple[str, str], Extern]:
    """Return the imports on offer: registered exports, then exports of instances with a name.

    The latter is a habit of some suites; the official one registers every exporter.
    """
    named = {
        (name.removeprefix("$"), export): extern
        for name, instance in agent.instances.items()
        for export, extern in instance.exports.items()
        if instance.store is agent.store
    }
    return named | agent.registered


def instance_named(agent: ScriptThread, name: str | None) -> ModuleInst:
    """Return the instance of a name, or the last one.

    Raises Failed if there is none, Unsupported if wasmlab refused its module.
    """
    instance = agent.instances.get(name) if name else agent.current
    if instance is None:
        refused = agent.refused.get(name or "")
        if refused is not None:
            raise Unsupported(refused.message, place="the module that it is about")
        raise Failed(f"there is no instance {name}" if name else "there is no instance")
    return instance
