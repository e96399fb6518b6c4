"""The JavaScript: joined without a bundler, and without reaching outside."""

import re
from pathlib import Path

import pytest

from wasmlab_widgets.modules import FOLDER, joined, stylesheet

WIDGETS = ("stepper.js", "slider.js", "heatmap.js", "calltree.js", "diff.js")


@pytest.mark.parametrize("name", [*WIDGETS, "page.js"])
def test_joined_module_imports_nothing_and_defines_every_name_once(name: str) -> None:
    text = joined(name)
    assert not re.search(r"^import\b", text, re.MULTILINE)
    assert text.count("export ") == (name != "page.js")
    names = re.findall(r"^(?:function|const) (\w+)", text, re.MULTILINE)
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.js")), ids=str)
def test_script_never_reaches_for_the_network_or_for_html(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not re.search(r"https?:|fetch\(|innerHTML|eval\(", text)


def test_nothing_moves_by_itself() -> None:
    assert not re.search(r"animation|transition|smooth", stylesheet() + joined("stepper.js"))


@pytest.mark.parametrize("name", WIDGETS)
def test_widget_uses_only_what_every_front_end_of_anywidget_has(name: str) -> None:
    text = joined(name)
    assert not re.search(
        r"\b(?:window|Jupyter|jupyterapp|require|globalThis)\b|\b(?:parent|top)\.", text
    )
    used = set(re.findall(r"\bmodel\.(\w+)\(", text))
    assert used <= {"get", "set", "save_changes", "on", "off", "send"}


def test_style_is_that_of_our_own_elements() -> None:
    assert "url(" not in stylesheet()
    assert "prefers-color-scheme: dark" in stylesheet()
