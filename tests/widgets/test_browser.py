"""The exported page and the stepper in a real browser."""

import json
import random
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.hygiene.tree import ROOT
from tests.widgets.browser import chromium_page, needs_chromium
from tests.widgets.jupyter import (
    LAB,
    NOTEBOOK,
    WHOLE,
    App,
    choose_dark_theme,
    run_all,
    served,
    stop_kernels,
)
from wasmlab.cli.main import main
from wasmlab_widgets.folder import notebook_text, notebooks
from wasmlab_widgets.writing import notebook_of

LESSON = notebooks()[0]
SHOWN = """
```python
%load_ext wasmlab
import wasmlab as wl
from wasmlab import samples
from wasmlab_widgets import CallTree, Diff, HeatMap, Stepper, TimeSlider

session = wl.Session(wl.load(samples.folder() / "walk.wat"))
session.run()
session.goto(300)
session.set("memory[0x100:0x104]", 77)
session.run()
session.break_at("$print")
session.goto(session.host_calls[0].tick)
Stepper(session)
```
```python
TimeSlider(session)
```
```python
HeatMap(session)
```
```python
CallTree(session)
```
```python
Diff(session)
```
```python
Stepper(session)
```
"""
"""A notebook with every widget, all of one session that has two futures."""
LAST = ".wl-list >> text=branch 2"


@needs_chromium
@pytest.mark.parametrize("sample", ["hello.wat", "trap.wat"])
def test_page_shows_at_every_position_what_the_trace_says(
    sample: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(ROOT / "samples" / sample)
    main(["trace", "--format", "json", file])
    trace = json.loads(capsys.readouterr().out)
    target = tmp_path / "page.html"
    assert main(["export", file, "-o", str(target)]) == 0
    with chromium_page() as page:
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType] - playwright is optional
        page.goto(target.as_uri())
        page.focus("#wl-slider")
        shown: list[object] = []
        for _ in range(len(trace)):
            page.keyboard.press("ArrowRight")
            shown.append(json.loads(page.get_attribute(".wl-step", "data-step")))
        assert shown == trace
        page.keyboard.press("Home")
        assert "step 0" in page.inner_text(".wl-where")
        assert not problems


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_has_no_barrier(scheme: str, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    main(["export", str(ROOT / "samples" / "hello.wat"), "-o", str(target)])
    with chromium_page() as page:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.goto(target.as_uri())
        page.focus("#wl-slider")
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        assert barriers(page) == []


@needs_chromium
@pytest.mark.parametrize("app", [LAB, NOTEBOOK], ids=lambda app: app.module)
def test_stepper_in_jupyter_steps_both_ways_by_mouse_and_keys(app: App, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    shutil.copy(LESSON, folder / "lesson.ipynb")
    skip_without(app)
    with served(app, folder, tmp_path) as address, chromium_page() as page:
        page.set_viewport_size(WHOLE)
        page.goto(f"{address}lesson.ipynb")
        run_all(page, ".wasmlab [data-command=step]")
        assert page.inner_text(".wasmlab .wl-where") == "step 0 of 0"
        page.click(".wasmlab [data-command=step]")
        wait_for_step(page, 1)
        assert stack_of(page) == ["6"]
        page.keyboard.press("s")
        wait_for_step(page, 2)
        assert stack_of(page) == ["7", "6"]
        page.keyboard.press("S")
        wait_for_step(page, 1)
        assert stack_of(page) == ["6"]
        page.click(".wasmlab [data-command=run]")
        page.wait_for_selector("text=area returned 44")
        stop_kernels(address)
        page.click(".wasmlab [data-command=to_start]")
        page.wait_for_selector(".wl-trouble >> text=disconnected")


@needs_chromium
def test_all_widgets_follow_each_other_and_have_no_barrier(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "all.ipynb").write_text(notebook_text(notebook_of(SHOWN)), "utf-8")
    skip_without(LAB)
    with served(LAB, folder, tmp_path) as address, chromium_page() as page:
        page.set_viewport_size(WHOLE)
        page.goto(f"{address}all.ipynb")
        run_all(page, LAST)
        cells = page.locator(".jp-Cell").count()
        check_keys_stay_in_the_widget(page)
        check_breakpoint_and_marks(page)
        check_100_clicks(page)
        check_tree_map_and_diff(page)
        assert page.locator(".jp-Cell").count() == cells
        assert barriers(page) == []
        choose_dark_theme(page)
        assert barriers(page) == []


def skip_without(app: App) -> None:
    if not app.is_there:
        pytest.skip(f"{app.module} is not installed")


def wait_for_step(page: Any, step: int) -> None:  # noqa: ANN401 - playwright is optional
    """Wait until the first stepper shows a step."""
    said = f"document.querySelector('.wl-where').textContent.startsWith('step {step} ')"
    page.wait_for_function(said)


def stack_of(page: Any) -> list[str]:  # noqa: ANN401 - likewise
    return [slot.inner_text() for slot in page.query_selector_all(".wl-stack b")]


def check_keys_stay_in_the_widget(page: Any) -> None:  # noqa: ANN401 - likewise
    """No key means something to the notebook as well: b would add a cell, o fold the output."""
    page.locator(".wasmlab button[data-command=step]").first.focus()
    for key in "bboscuSOB":
        page.keyboard.press(key)
    page.locator("input[type=range]").first.focus()
    page.keyboard.press("Home")
    wait_for_step(page, 0)
    page.keyboard.press("ArrowRight")
    wait_for_step(page, 1)
    page.wait_for_selector("p[aria-live=polite] >> text=step 1 of")
    page.click("[data-command=to_end] >> nth=0")
    page.keyboard.press("[")


def check_breakpoint_and_marks(page: Any) -> None:  # noqa: ANN401 - likewise
    """The host's bytes are marked; a breakpoint is set and removed by a key and by a click."""
    page.wait_for_selector("td.wl-touched[data-address='16']")
    assert page.locator(".wl-panes >> nth=0 >> .wl-stop").count() == 1
    page.locator(".wasmlab button[data-command=step]").first.focus()
    page.keyboard.press("b")
    page.wait_for_selector(".wl-panes >> nth=1 >> .wl-stop.wl-now")
    page.locator(".wl-stop.wl-now .wl-number").first.click()
    page.wait_for_function("!document.querySelector('.wl-stop.wl-now')")


def check_100_clicks(page: Any) -> None:  # noqa: ANN401 - likewise
    """Two steppers agree after 100 clicks, and so does the slider."""
    rng = random.Random(3)  # noqa: S311 - the same clicks every time
    buttons = page.query_selector_all(".wl-bar > button[data-command]:not([data-command*=break])")
    for _ in range(100):
        rng.choice(buttons).dispatch_event("click")
    page.click("[data-command=to_start] >> nth=0")
    page.click("[data-command=step] >> nth=1")
    wait_for_step(page, 1)
    page.wait_for_function(
        """() => {
            const [a, b] = document.querySelectorAll('.wl-panes');
            const slider = document.querySelector('input[type=range]');
            return a.innerText === b.innerText && slider.value === "1";
        }"""
    )


def check_tree_map_and_diff(page: Any) -> None:  # noqa: ANN401 - likewise
    """Each goes where it says, by click or by key."""
    page.click("text=step 157")
    wait_for_step(page, 157)
    assert page.inner_text(".wl-call.wl-now >> nth=1").startswith("▶ $sum")
    page.focus(".wl-map")
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    wait_for_step(page, 10)
    page.click("[aria-label='go to step 300 of branch 1']")
    wait_for_step(page, 300)
    page.wait_for_selector(".wl-list .wl-now >> text=branch 1")
    page.select_option("select[data-side='1']", "1")
    page.wait_for_selector("text=They are the same")


def barriers(page: Any) -> list[str]:  # noqa: ANN401 - likewise
    """Return what axe-core finds serious or critical in the widgets."""
    found = find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-playwright-python is not installed")
    page.evaluate((Path(found.origin).parent / "axe.min.js").read_text("utf-8"))
    result = page.evaluate("axe.run('.wasmlab')")
    assert result["passes"]
    return [
        f"{violation['id']}: {violation['nodes'][0]['html']}"
        for violation in result["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
