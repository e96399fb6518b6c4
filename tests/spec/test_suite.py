"""The official test suite, script by script."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.spec.suite import MISSING, is_supported, script, script_names, short
from wasmlab.binary.body import decode_body
from wasmlab.binary.decode import decode
from wasmlab.script.convert import convert
from wasmlab.script.runner import run_script
from wasmlab.text.printer import print_module

if TYPE_CHECKING:
    from pathlib import Path

    from wasmlab.syntax.module import Module

NAMES = script_names()
CODE_SECTION = 10
pytestmark = pytest.mark.skipif(not NAMES, reason=MISSING)


@pytest.mark.parametrize("engine", ["reference", "native"])
@pytest.mark.parametrize("name", NAMES or [""], ids=short)
def test_script_of_the_suite_passes(name: str, engine: str, tmp_path: Path) -> None:
    report = run_script(script(name, tmp_path), engine=engine)
    assert report.counts
    if is_supported(name):
        assert report.failed == []
    else:
        wrong = [f for f in report.failed if not f.reason.startswith("Unsupported: ")]
        assert wrong == []


@pytest.mark.parametrize("name", list(filter(is_supported, NAMES)) or [""], ids=short)
def test_modules_of_the_suite_printed_and_assembled_have_the_same_code(
    name: str, tmp_path: Path
) -> None:
    modules = modules_of(script(name, tmp_path), tmp_path / "first")
    printed = tmp_path / "printed.wast"
    printed.write_text("\n".join(print_module(module).text for module in modules))
    again = modules_of(printed, tmp_path / "second")
    assert len(again) == len(modules)
    for before, after in zip(modules, again, strict=True):
        assert same_code(before, after), print_module(before).text


def modules_of(path: Path, folder: Path) -> list[Module]:
    """Return the modules of a script that are not there to be refused."""
    folder.mkdir()
    _, commands = convert(path, folder)
    modules = [c for c in commands if c["type"] in {"module", "module_definition"}]
    names = [str(command.get("binary_filename") or command["filename"]) for command in modules]
    return [decode((folder / name).read_bytes()) for name in names if name.endswith(".wasm")]


def same_code(before: Module, after: Module) -> bool:
    """Return whether the code sections are the same.

    Where the first one spends more bytes on its numbers than it needs (as binary tests do on
    purpose), what they encode counts.
    """
    first, second = code_section(before), code_section(after)
    return first == second or (len(first) > len(second) and bodies(before) == bodies(after))


def code_section(module: Module) -> bytes:
    spans = [span for number, span in module.sections if number == CODE_SECTION]
    return module.data[spans[0].start : spans[0].end] if spans else b""


def bodies(module: Module) -> list[object]:
    read = [decode_body(module, func) for func in module.funcs]
    return [(body.locals, [(i.row.mnemonic, i.imms) for i in body.instrs]) for body in read]
