"""The core in a browser's Python: Pyodide on node, where both are installed."""

import os
import shutil
import subprocess
import sys

import pytest

import wasmlab as wl
from tests.hygiene.tree import ROOT

NODE = shutil.which("node")
SCRIPT = """
const { loadPyodide } = require("pyodide");
loadPyodide().then((python) => {
  python.FS.mkdirTree("/project");
  python.FS.mount(python.FS.filesystems.NODEFS, { root: process.argv[1] }, "/project");
  python.runPython(process.argv[2]);
});
"""
PATH = "import sys; sys.path[:0] = ['/project', '/project/notebooks']\n"
PROGRAM = """
import wasmlab as wl
from wasmlab_widgets.state import state_of

session = wl.Session(wl.load("/project/samples/c/hello.wasm"))
session.step(50)
session.step_back(3)
print(session.tick, state_of(session)["instruction"]["text"])
print(session.run().message, session.output[0].data)
print(wl.instantiate(wl.load(ADDER)).exports.add(2, 3))
try:
    wl.assemble("(module)")
except wl.AssembleError as error:
    print(error)
"""
ADDER = """
(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"""
MISSING = ("fcntl", "llvmlite", "mmap", "multiprocessing", "resource", "termios", "textual")
WITHOUT = """
import _thread, sys, subprocess
sys.platform = "emscripten"
sys.modules.update(dict.fromkeys({missing}))
def refuse(*_): raise RuntimeError("can't start new thread")
_thread.start_new_thread = refuse
import wasmlab as wl
session = wl.Session(wl.load({file!r}))
print(session.run().message)
"""


def test_core_runs_without_threads_and_without_what_a_browser_lacks() -> None:
    program = WITHOUT.format(missing=MISSING, file=str(ROOT / "samples" / "c" / "hello.wasm"))
    command = (sys.executable, "-c", program)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "the program ended\n"


def _environment() -> dict[str, str]:
    """Return where node finds the packages that are installed for everybody."""
    there = [os.environ.get("NODE_PATH", "")]
    if npm := shutil.which("npm"):
        asked = (npm, "root", "--global")
        there.append(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)
    return {**os.environ, "NODE_PATH": os.pathsep.join(part.strip() for part in there)}


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    if NODE is None:
        pytest.skip("there is no node here")
    made = _environment()
    look = (NODE, "-e", "require.resolve('pyodide')")
    if subprocess.run(look, env=made, capture_output=True, check=False).returncode:
        pytest.skip("there is no pyodide here: npm install --global pyodide")
    return made


def test_core_runs_and_steps_back_in_pyodide(environment: dict[str, str]) -> None:
    assert NODE is not None
    adder = wl.assemble(ADDER).data
    program = f"{PATH}ADDER = {adder!r}\n{PROGRAM}"
    command = (NODE, "-e", SCRIPT, str(ROOT), program)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    tick, stop, five, error = done.stdout.splitlines()
    assert tick.startswith("47 ")
    assert stop == "the program ended b'Hello from C!\\n'"
    assert five == "5"
    assert "cannot run in a browser" in error
