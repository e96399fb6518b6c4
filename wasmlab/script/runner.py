"""Running scripts: the commands in order, and their results."""

from __future__ import annotations

import gc
import tempfile
from contextlib import suppress
from pathlib import Path

from wasmlab.errors import AssembleError, Unlinkable, Unsupported, WasmlabError
from wasmlab.hints import TYPE_CHECKING
from wasmlab.script import actions, modules, threads
from wasmlab.script.agent import ScriptThread, new_agent
from wasmlab.script.convert import Command, convert
from wasmlab.script.report import Failed, Failure, ScriptReport

if TYPE_CHECKING:
    from collections.abc import Generator

    from wasmlab.script.agent import Directive


def run_script(path: Path, file: str = "", engine: str = "auto") -> ScriptReport:
    """Run a script and return the report; no failure of the script raises.

    file: its name in the report, if another. A form that no assembler reads is one failure, and the
    rest runs; a script whose forms cannot be told apart is one failure.
    """
    report = ScriptReport(file or path.name)
    gc.freeze()  # for the collection below, which is to look only at the script's objects
    with tempfile.TemporaryDirectory(prefix="wasmlab-") as name:
        try:
            _run(path, Path(name), report, engine)
        except AssembleError as error:
            report.failed.append(Failure(error.line, "script", str(error)))
        except OSError as error:
            report.failed.append(Failure(0, "script", f"cannot be read: {error.strerror}"))
        except Exception as error:  # noqa: BLE001 - a defect costs one file, and it is told
            report.failed.append(Failure(0, "script", _defect(error)))
    gc.collect()  # stores are cycles, and they hold much address space
    gc.unfreeze()
    return report


def _run(path: Path, folder: Path, report: ScriptReport, engine: str) -> None:
    reader, commands = convert(path, folder)
    agent = new_agent(folder, reader, report, engine)
    running = _carry_out(agent, commands)
    with suppress(StopIteration):
        next(running)
        while True:
            if threads.let_others_go_on(agent):
                next(running)
            else:
                running.throw(Failed("all threads wait for each other"))


def _carry_out(agent: ScriptThread, commands: list[Command]) -> Generator[None]:
    """Carry out commands; yields where another thread has to go on first."""
    for command in commands:
        kind, line = command["type"], command.get("line", 0)
        agent.report.counts[kind] += 1
        try:
            yield from _directive(command)(agent, command)
        except WasmlabError as error:
            agent.report.failed.append(Failure(line, kind, _reason(error)))
        except Exception as error:  # noqa: BLE001 - a defect costs one command, and it is told
            agent.report.failed.append(Failure(line, kind, _defect(error)))
        else:
            agent.report.passed += 1


def _directive(command: Command) -> Directive:
    """Return the directive of a command; a module that cannot be read counts as none."""
    kind: str = command["type"]
    if "refused" in command and kind not in modules.LOADING:
        return _refuse
    return _DIRECTIVES.get(kind, _unknown)


def _refuse(_agent: ScriptThread, command: Command) -> Generator[None]:
    yield from ()
    raise command["refused"]


def _unknown(_agent: ScriptThread, command: Command) -> Generator[None]:
    yield from ()
    raise Unsupported(f"unknown directive {command['type']}")


def _reason(error: WasmlabError) -> str:
    if isinstance(error, Unlinkable):
        error.hint = ""  # it is about options that scripts do not have
    return str(error) if isinstance(error, Failed) else f"{type(error).__name__}: {error}"


def _defect(error: Exception) -> str:
    return f"a defect of wasmlab: {type(error).__name__}: {error}".removesuffix(": ")


_DIRECTIVES = {
    **modules.DIRECTIVES,
    **actions.DIRECTIVES,
    **threads.DIRECTIVES,
    "thread": threads.starting(_carry_out),
}
