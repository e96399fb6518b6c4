"""``%load_ext wasmlab`` in a shell."""

import subprocess
import sys
from typing import Any

import pytest

import wasmlab as wl
from tests.widgets.programs import SAMPLES, new_shell
from wasmlab.errors import AssembleError, UsageError, WasmlabError
from wasmlab_widgets.extension import CALL_LIMIT, STEP_LIMIT

ADD = """
(module (func (export "add") (param i32 i32) (result i32)
  local.get 0
  local.get 1
  i32.add))"""


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - untyped IPython
    monkeypatch.setattr(wl.Session, "step_limit", None)
    monkeypatch.setattr(wl.Instance, "step_limit", None)
    made = new_shell()
    made.run_line_magic("load_ext", "wasmlab")
    return made


def test_wat_cell_makes_a_module_of_that_name(shell: Any) -> None:  # noqa: ANN401 - untyped IPython
    shell.run_cell_magic("wat", "adder", ADD)
    assert wl.instantiate(shell.user_ns["adder"]).exports.add(2, 3) == 5


def test_wat_cell_with_an_error_names_its_line(shell: Any) -> None:  # noqa: ANN401 - likewise
    with pytest.raises(AssembleError, match="<adder>:4:"):
        shell.run_cell_magic("wat", "adder", ADD.replace("local.get 1", "local.got 1"))


def test_error_of_wasmlab_is_shown_without_a_traceback(
    shell: Any,  # noqa: ANN401 - likewise
    capsys: pytest.CaptureFixture[str],
) -> None:
    shell.run_cell(f"%%wat adder{ADD.replace('local.get 1', 'local.got 1')}")
    shown = capsys.readouterr().out
    assert "local.got 1" in shown
    assert "Traceback" not in shown
    assert "File" not in shown


def test_stepper_of_a_module_enters_the_function(shell: Any) -> None:  # noqa: ANN401 - likewise
    shell.run_cell_magic("wat", "adder", ADD)
    stepper = shell.run_line_magic("stepper", "adder add 2 3")
    session = shell.user_ns["session"]
    assert stepper.session is session
    assert [v.value for v in session.locals] == [2, 3]
    session.step()
    shell.run_cell("session.step()")
    assert stepper.state["tick"] == 2


@pytest.mark.parametrize(
    ("magic", "line"),
    [
        ("stepper", ""),
        ("stepper", '"a'),
        ("stepper", "missing"),
        ("explain", ""),
        ("hostcalls", "x"),
    ],
)
def test_magic_without_what_it_needs_says_so(
    magic: str,
    line: str,
    shell: Any,  # noqa: ANN401 - untyped IPython
) -> None:
    with pytest.raises(UsageError, match="; "):
        shell.run_line_magic(magic, line)


def test_explain_prints_the_row(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: ANN401 - likewise
    shell.run_line_magic("explain", "i32.add")
    assert "0x6a" in capsys.readouterr().out


def test_hostcalls_of_the_last_session(shell: Any) -> None:  # noqa: ANN401 - likewise
    shell.user_ns["hello"] = wl.load(SAMPLES / "hello.wat")
    shell.run_line_magic("stepper", "hello")
    shell.user_ns["session"].run()
    calls = shell.run_line_magic("hostcalls", "")
    assert [call.name for call in calls] == ["fd_write"]


def test_session_has_an_html_view_and_a_step_limit(shell: Any) -> None:  # noqa: ANN401 - likewise
    shell.run_cell_magic("wat", "adder", ADD)
    session = wl.Session(shell.user_ns["adder"], invoke="add", invoke_args=[1, 2])
    data, _ = shell.display_formatter.format(session)
    assert "step 0 of 0" in data["text/html"]
    assert session.step_limit == STEP_LIMIT
    data, _ = shell.display_formatter.format(session.run())
    assert data["text/plain"] == "add returned 3 (step 4)"


def test_stepper_without_anywidget_says_what_to_install(
    shell: Any,  # noqa: ANN401 - likewise
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "wasmlab_widgets.live", raising=False)
    shell.run_cell_magic("wat", "adder", ADD)
    with pytest.raises(WasmlabError, match=r"pip install 'wasmlab\[notebook\]'"):
        shell.run_line_magic("stepper", "adder add 2 3")


def test_views_and_pages_need_no_widget_library() -> None:
    program = (
        "import sys; sys.modules['anywidget'] = sys.modules['IPython'] = None\n"
        "import wasmlab_widgets.page, wasmlab_widgets.extension, wasmlab_widgets.folder"
    )
    subprocess.run((sys.executable, "-c", program), check=True)


def test_endless_call_of_an_export_ends_with_a_message(
    shell: Any,  # noqa: ANN401 - untyped IPython
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert wl.Instance.step_limit == CALL_LIMIT
    monkeypatch.setattr(wl.Instance, "step_limit", 1000)
    shell.run_cell('%%wat endless\n(module (func (export "spin") loop br 0 end))')
    shell.run_cell("wl_spin = __import__('wasmlab').instantiate(endless).exports.spin()")
    shown = capsys.readouterr().out
    assert "step limit exhausted: 1,000 instructions" in shown
    assert "Traceback" not in shown
