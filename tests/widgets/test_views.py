"""Every object has a text and, where there are several, a table."""

from typing import Any

import pytest

import wasmlab as wl
from tests.widgets.programs import SAMPLES, factorial, hello, new_shell, trap
from wasmlab.debug.history import events, find, provenance
from wasmlab.debug.views import model
from wasmlab.debug.whatif import branches, compare
from wasmlab.records import is_dataclass
from wasmlab_widgets.views import VIEWS, view_text, views_html

KINDS = [
    kind
    for module in (model, branches, compare, provenance, find, events)
    for kind in vars(module).values()
    if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == module.__name__
]
INNER = {"InstructionQuery", "Divergence", "CallDifference"}
"""Parts of others, and what is asked."""


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - untyped IPython
    monkeypatch.setattr(wl.Session, "step_limit", None)
    monkeypatch.setattr(wl.Instance, "step_limit", None)
    made = new_shell()
    made.run_line_magic("load_ext", "wasmlab")
    return made


def shown(shell: Any, thing: object) -> tuple[str, str]:  # noqa: ANN401 - likewise
    """Return the HTML and the text of something, as a cell shows it."""
    data, _ = shell.display_formatter.format(thing)
    return data.get("text/html", ""), data["text/plain"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_view_model_has_a_text(kind: type) -> None:
    public = not kind.__name__.startswith("_") and kind.__name__ not in INNER
    assert (kind in VIEWS) == public


def views_of(session: wl.Session) -> list[tuple[object, ...]]:
    return [
        session.stack,
        session.locals,
        session.frames,
        session.labels,
        session.globals,
        session.memory_rows(0, 2),
        session.host_calls,
        session.output,
        session.breakpoints,
        session.branches,
        session.timeline.events,
    ]


@pytest.mark.parametrize("make", [factorial, hello, trap])
def test_views_of_a_session_have_a_line_each_and_a_table(make: Any) -> None:  # noqa: ANN401 - programs
    session = make()
    session.break_at(session.location.offset)
    session.run()
    session.step_back()
    for views in filter(None, views_of(session)):
        html = views_html(views)
        assert html is not None
        assert html.count("<tr>") == len(views) + 1
        for one in views:
            text = view_text(one)
            assert text
            assert "object at" not in text
            assert "=<" not in text


def test_answers_about_history_are_tables(shell: Any) -> None:  # noqa: ANN401 - likewise
    session = factorial(3)
    session.run()
    html, text = shown(shell, session.calls("$fac"))
    assert html.count("<tr>") == 3
    assert len(text.splitlines()) == 2
    html, text = shown(shell, session.find(op="i64.rotl"))
    assert "nothing was found" in html
    assert text == "nothing was found"
    session.goto(20)
    html, text = shown(shell, session.history_of("$n"))
    assert "written by" in html
    assert "written by" in shown(shell, session.who_wrote("$n"))[1]
    session.set("$n", 9)
    assert "$n: " in shown(shell, session.compare(1, 2))[1]


def test_module_is_a_line_and_its_functions_are_folded(shell: Any) -> None:  # noqa: ANN401 - likewise
    html, text = shown(shell, wl.load(SAMPLES / "hello.wat"))
    assert "<code>wasi_snapshot_preview1.fd_write</code>" in html
    assert "<summary>2 functions</summary>" in html
    assert text.endswith("exports memory, _start")
    html, _ = shown(shell, wl.load(SAMPLES / "go" / "hello.wasm"))
    assert "functions, the first 40</summary>" in html
