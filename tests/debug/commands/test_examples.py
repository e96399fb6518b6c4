"""Every example that help and refusals of the debugger's commands give is a line that works."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import wasmlab as wl
from tests.hygiene.tree import ROOT
from wasmlab.debug import commands
from wasmlab.debug.commands.table import COMMANDS, INFO, execute
from wasmlab.errors import WasmlabError

PROGRAM = r"""(module (func $put (import "wasi_snapshot_preview1" "fd_write")
    (param i32 i32 i32 i32) (result i32))
  (memory (export "memory") 1) (data (i32.const 32) "a text\nand more\n")
  (global $name (mut i32) (i32.const 5))
  (func $print (param $n i32) (call $main (local.get $n)))
  (func $main (param $n i32) (local $x i32) (local $ptr i32) (local $locals i32)
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop nop
    (local.set $x (i32.const 4))
    (local.set $ptr (i32.const 16))
    (local.set $n (i32.div_u (local.get $n) (i32.const 1)))
    (i32.store (i32.const 16) (local.get $n))
    (global.set $name (i32.load (i32.const 16)))
    (i32.store (i32.const 0) (i32.const 32))
    (i32.store (i32.const 4) (i32.const 16))
    (drop (call $put (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))
  (func (export "_start")
    (call $print (i32.const 4)) (call $print (i32.const 3)) (call $print (i32.const 5))))"""


def standing() -> wl.Session:
    """Return a session with two branches, in the second call of ``$main``, an operand there."""
    s = wl.Session(wl.assemble(PROGRAM), stdin=None)
    s.run()
    here = list(s.find(op="i32.load"))[1].tick
    s.goto(here)
    s.set("$x", 4)
    s.run()
    s.goto(here)
    s.enable_breakpoint(s.break_at("$main").number, on=False)
    return s


def ended() -> wl.Session:
    """Return a session whose program is over."""
    s = wl.Session(wl.assemble(PROGRAM), stdin=None)
    s.run()
    return s


def asking() -> wl.Session:
    """Return a session that waits for the result of an unknown import."""
    text = """(module (func $f (import "env" "f") (result i32))
      (func (export "_start") (drop (call $f))))"""
    s = wl.Session(wl.assemble(text), stub_imports="ask")
    s.run()
    return s


REFUSED = [*(command.name for command in COMMANDS), "find nosuch", "step 0", "compare 1", "set $n",
           "set stdin = bare", "alias nonsense", "print $n >", "x/q 0", "display/x", "info nosuch",
           "who output",
           "break $main if $n >"]  # fmt: skip
"""Lines that make no sense, whose refusals say what would."""
PROSE = re.compile(
    r"^(?:an?|the|its?|for example:|one of|formats|write it as|type:)\s", re.IGNORECASE
)
MEANT = re.compile(r"\d|[$*\"\[]")
"""What an example of something typed has in it."""


def refusals() -> list[tuple[str, str]]:
    """Return the lines that are refused with a hint, and that."""
    found = list[tuple[str, str]]()
    for line in REFUSED:
        for session in (standing(), ended()):
            try:
                execute(session, line)
            except WasmlabError as error:
                if error.hint:
                    found.append((line, error.hint))
    return found


def examples(line: str, hint: str) -> list[str]:
    """Return the whole lines that a hint of a refused line gives as examples."""
    name, names = line.split(maxsplit=1)[0], {command.name for command in COMMANDS}
    if line == "who output":
        name = line
    if line == "set stdin = bare":
        name = "set stdin ="
    if " if " in line:
        name = line.partition(" if ")[0] + " if"
    found = list[str]()
    for part in re.split(r",\s+or\s+|,\s+|\s+or\s+|;\s+", hint.rpartition("such as ")[2]):
        typed = PROSE.sub("", part) if ":" in part or "write it as" in part else part
        if PROSE.match(typed) or not MEANT.search(typed):
            continue
        is_line = re.split(r"[\s/]", typed, maxsplit=1)[0] in names
        found.append(typed if is_line else f"{name} {typed}")
    return found


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what commands write, and what they read, be in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "part.bin").write_bytes(b"part")


def test_examples_of_refusals_work() -> None:
    tried = [example for line, hint in refusals() for example in examples(line, hint)]
    for example in tried:
        execute(asking() if example.startswith("answer") else standing(), example)
    assert len(tried) > 20
    assert {"break 0x7a if $n > 3", "x/4 $ptr", "until 12", 'who output "a text"'} <= set(tried)


@pytest.mark.parametrize("line", [*(f"info {part}" for part in INFO), "goto start", "goto end",
                                  "goto next event", "goto previous event", "goto next",
                                  "goto previous", "until line 12", "break main"])  # fmt: skip
def test_words_that_help_and_hints_list_work(line: str) -> None:
    said = execute(standing(), line)
    assert said.lines or said.stop


def test_every_hint_with_an_example_is_tried() -> None:
    hints = {hint for _, hint in refusals()}
    written = set[str]()
    for path in Path(commands.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                given = [k.value for k in node.keywords if k.arg == "hint"]
                if isinstance(node.func, ast.Name) and node.func.id == "need_text":
                    given = node.args[2:]
                written |= {str(g.value) for g in given if isinstance(g, ast.Constant)}
    assert {hint for hint in written if MEANT.search(hint)} <= hints


NAMES = {command.name for command in COMMANDS}
README = (ROOT / "README.md").read_text("utf-8")
TYPED = [line for line in re.findall(r"`([^`\n]+)`", README) if " " in line
         and line.split(maxsplit=1)[0] in NAMES]  # fmt: skip
"""Lines of the debugger that README.md names."""


def test_readme_names_commands_of_the_debugger() -> None:
    assert "goto 40" in TYPED


@pytest.mark.parametrize("line", TYPED)
def test_line_of_the_debugger_in_readme_works(line: str) -> None:
    said = execute(standing(), line)
    assert said.lines or said.stop


ASKING = ("watch", "rwatch", "awatch", "who", "print", "expect", "set")
TERM = re.compile(r"memory\[[^\]]*\]|i32\[[^\]]*\]|stack\[\d\]|global[. ]\w+|\$\w+(?:@\d)?"
                  r"|output (?:line )?\d+|(?<!\[|:)0x\d+")  # fmt: skip
HELP = [(c.name, term) for c in COMMANDS if c.name in ASKING for term in TERM.findall(c.help)]


def test_help_has_terms() -> None:
    assert len(HELP) > 10


@pytest.mark.parametrize(("name", "term"), HELP)
def test_terms_of_help_texts_work(name: str, term: str) -> None:
    execute(standing(), f"set {term} = 1" if name == "set" else f"{name} {term}")
