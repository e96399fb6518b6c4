"""The project's own scripts: what was found hard."""

from __future__ import annotations

from pathlib import Path

import pytest

from wasmlab.script.runner import run_script

SCRIPTS = sorted((Path(__file__).parents[1] / "wast").glob("*.wast"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_own_script_passes(script: Path) -> None:
    report = run_script(script)
    assert report.failed == []
    assert report.passed == sum(report.counts.values()) > 0
