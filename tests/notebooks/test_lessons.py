"""The teaching notebooks: they run, they are what their sources say, students get no solutions."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from nbconvert import HTMLExporter

import wasmlab as wl
from tests.hygiene.tree import ROOT
from tests.widgets.browser import chromium_page, needs_chromium
from tests.widgets.programs import new_shell
from wasmlab.cli.main import main
from wasmlab_widgets.folder import notebooks, student_copy
from wasmlab_widgets.lesson import NotYet
from wasmlab_widgets.writing import notebook_of

LESSONS = notebooks()
SOURCES = ROOT / "notebooks" / "lessons" / "source"
every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def code(notebook: dict[str, Any]) -> list[str]:
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - untyped IPython
    monkeypatch.setattr(wl.Session, "step_limit", None)
    monkeypatch.setattr(wl.Instance, "step_limit", None)
    return new_shell()


def failures(shell: Any, cells: list[str]) -> list[BaseException]:  # noqa: ANN401 - likewise
    """Run cells and return what they raised."""
    results = [shell.run_cell(cell, silent=True) for cell in cells]
    return [r.error_in_exec or r.error_before_exec for r in results if not r.success]


def test_there_are_ten_lessons() -> None:
    assert [int(path.name[:2]) for path in LESSONS] == list(range(1, 11))


@every_lesson
def test_lesson_is_what_its_source_says(path: Path) -> None:
    source = notebook_of((SOURCES / f"{path.stem}.md").read_text("utf-8"))
    there = read(path)
    assert [cell["source"] for cell in there["cells"]] == [
        cell["source"] for cell in source["cells"]
    ]
    assert [cell["metadata"] for cell in there["cells"]] == [
        cell["metadata"] for cell in source["cells"]
    ]


@every_lesson
def test_lesson_has_goal_questions_exercises_and_summary(path: Path) -> None:
    text = (SOURCES / f"{path.stem}.md").read_text("utf-8")
    assert "**Goal.**" in text
    assert "## Exercise" in text
    assert "## Summary" in text
    assert text.count("prediction = ...") == text.count("answer(prediction, ") >= 2
    assert text.count(" solution\n") == text.count("\ncheck(")


@every_lesson
def test_lesson_runs_from_top_to_bottom(path: Path, shell: Any) -> None:  # noqa: ANN401 - likewise
    assert failures(shell, code(read(path))) == []


@every_lesson
def test_student_copy_has_no_solution_and_its_exercises_fail(
    path: Path,
    shell: Any,  # noqa: ANN401 - likewise
) -> None:
    lesson = read(path)
    copy = student_copy(lesson)
    solutions = {
        "".join(cell["source"])
        for cell in lesson["cells"]
        if "solution" in cell["metadata"].get("tags", ())
    }
    assert solutions
    text = json.dumps(copy)
    assert not [solution for solution in solutions if json.dumps(solution)[1:-1] in text]
    assert '"output_type"' not in text
    exercises = sum("\ncheck(" in f"\n{cell}" for cell in code(copy))
    raised = failures(shell, code(copy))
    assert len(raised) == exercises == len(solutions)
    assert all(isinstance(error, NotYet) for error in raised)


@every_lesson
def test_lesson_reads_without_a_kernel(path: Path) -> None:
    notebook = read(path)
    mimes = {
        mime
        for cell in notebook["cells"]
        for output in cell.get("outputs", ())
        for mime in output.get("data", {})
    }
    assert mimes <= {"text/html", "text/plain"}
    assert "widgets" not in notebook["metadata"]
    text = json.dumps(notebook)
    assert str(Path.home()) not in text
    assert not re.search(r"<script|<img|<link", text)


@pytest.mark.parametrize(("old", "new"), [("i32.const 2", "i32.const 5"), ("i32.mul", "i32.sub")])
def test_answers_follow_a_changed_program(old: str, new: str, shell: Any) -> None:  # noqa: ANN401 - likewise
    cells = [cell.replace(old, new) for cell in code(read(LESSONS[0]))[:2]]
    assert failures(shell, cells) == []
    shell.run_cell("got = wl.Session(arithmetic, invoke='area', invoke_args=[6, 7]).run().results")
    wanted = 47 if old == "i32.const 2" else 1
    shell.run_cell(f"said = answer({wanted}, got[0].value)")
    assert shell.user_ns["said"].right


def test_prediction_is_judged_by_value_and_type(shell: Any) -> None:  # noqa: ANN401 - likewise
    assert failures(shell, code(read(LESSONS[0]))[:1]) == []
    shell.run_cell("verdicts = [answer(p, 1).right for p in (..., 1, 2, True)]")
    assert shell.user_ns["verdicts"] == [None, True, False, False]


def test_notebook_command_copies_and_never_overwrites(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["notebook", "3", str(tmp_path / "mine"), "--student", "--no-open"]) == 0
    (copy,) = (tmp_path / "mine").iterdir()
    assert copy.name == "03_functions.ipynb"
    assert str(copy) in capsys.readouterr().out
    assert "solution" not in copy.read_text("utf-8")
    copy.write_text("work")
    assert main(["notebook", "3", str(tmp_path / "mine"), "--no-open"]) == 0
    assert copy.read_text() == "work"
    assert "was there already" in capsys.readouterr().out


def test_notebook_command_copies_all_and_refuses_unknown_numbers(tmp_path: Path) -> None:
    assert main(["notebook", str(tmp_path), "--no-open"]) == 0
    assert len(list(tmp_path.iterdir())) == 10
    assert main(["notebook", "11", str(tmp_path), "--no-open"]) == 2


def html_page(path: Path) -> str:
    """Return a notebook as nbconvert writes it; MathJax and RequireJS would come from the web."""
    exporter: Any = HTMLExporter(mathjax_url="", require_js_url="", jquery_url="")
    page, _ = exporter.from_filename(str(path))
    return page


@every_lesson
def test_page_of_nbconvert_shows_every_state_and_asks_no_server(path: Path) -> None:
    page = html_page(path)
    states = [
        "".join(output["data"]["text/html"])
        for cell in read(path)["cells"]
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    assert states
    assert not [state for state in states if unescape(state) not in unescape(page)]
    assert not re.search(r'src="https?:|<link|@import|url\(["\']?http', page)


@needs_chromium
def test_page_of_nbconvert_reads_in_a_browser_without_kernel_and_network(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text(html_page(LESSONS[5]), "utf-8")
    with chromium_page() as page:
        page.goto(target.as_uri())
        text = page.inner_text("main")
        assert "▶" in text
        assert "written by" in text
