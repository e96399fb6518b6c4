"""Widgets without a browser: requests and what they do."""

import random
from typing import Any

import pytest
from ipywidgets.widgets import widget as ipywidget  # pyright: ignore[reportMissingTypeStubs] - it has none

import wasmlab as wl
from tests.widgets.programs import factorial, hello, new_shell
from wasmlab.errors import DebugError, UsageError
from wasmlab_widgets.live import (
    COMMANDS,
    CallTree,
    Diff,
    HeatMap,
    SessionWidget,
    Stepper,
    TimeSlider,
    answer_request,
)
from wasmlab_widgets.recording import record_run


def test_stepper_shows_what_a_request_did() -> None:
    stepper = Stepper(factorial())
    stepper.request("step", [])
    assert stepper.state["tick"] == 1
    assert [slot["text"] for slot in stepper.state["stack"]] == ["3"]
    stepper.request("step_back", [])
    assert stepper.state["tick"] == 0
    assert stepper.state["stack"] == []


def test_two_widgets_of_a_session_agree_after_100_random_requests() -> None:
    session = factorial(5)
    a, b, slider = Stepper(session), Stepper(session), TimeSlider(session)
    rng = random.Random(7)  # noqa: S311 - the same clicks every time
    for _ in range(100):
        widget = rng.choice([a, b, slider])
        message: dict[str, Any] = {"id": "x", "command": rng.choice(list(COMMANDS)), "args": []}
        answer_request(widget, message, None)
        assert a.state == b.state
        assert slider.state["tick"] == session.tick == a.state["tick"]


def test_request_is_answered_with_its_id_and_what_went_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    replies: list[dict[str, Any]] = []

    def keep(_widget: SessionWidget, content: dict[str, Any]) -> None:
        replies.append(content)

    monkeypatch.setattr(Stepper, "send", keep)
    stepper = Stepper(factorial())
    answer_request(stepper, {"id": "1", "command": "step"}, None)
    answer_request(stepper, {"id": "2", "command": "step_back", "args": []}, None)
    answer_request(stepper, {"id": "3", "command": "step_back", "args": []}, None)
    assert [set(reply) for reply in replies] == [{"id"}, {"id"}, {"id", "error"}]
    assert "recording begins" in replies[2]["error"]


@pytest.mark.parametrize("command", ["", "exec", "__init__", "goto"])
def test_request_outside_the_table_is_refused(command: str) -> None:
    with pytest.raises(UsageError):
        Stepper(factorial()).request(command, ["1"])


def test_slider_beyond_the_recording_stays_in_it() -> None:
    slider = TimeSlider(factorial())
    slider.request("step", [])
    slider.request("goto", [1 << 80])
    assert slider.state["tick"] == 1


def test_stepper_moves_its_memory_pane() -> None:
    stepper = Stepper(hello())
    stepper.request("show_memory", [0x40])
    assert stepper.state["memory"]["at"] == 0x40


def test_static_view_is_beside_the_widget() -> None:
    shell = new_shell()
    data, _ = shell.display_formatter.format(Stepper(factorial()))
    assert "step 0 of 0" in data["text/html"]
    assert "next: local.get $n" in data["text/plain"]


def test_tree_and_heat_map_go_to_the_step_that_is_clicked() -> None:
    session = hello()
    recording = record_run(session)
    for widget in (CallTree(session, recording), HeatMap(session, recording)):
        widget.request("goto", [3])
        assert session.tick == 3
    assert (
        "func[1]" in CallTree(session, recording).static_html()
        or "$main" in CallTree(session, recording).static_html()
    )


def test_map_and_tree_need_no_recording_and_leave_the_session_where_it_stands() -> None:
    session = hello()
    session.step(2)
    heat, tree = HeatMap(session), CallTree(session)
    assert session.tick == heat.tick == tree.tick == 2
    assert "bytes changed in" in heat.static_text()
    assert "step 0 to" in tree.static_text()
    tree.request("goto", [5])
    assert heat.tick == 5


def test_bytes_of_memory_travel_as_buffers() -> None:
    session = hello()
    library: Any = ipywidget
    shown: tuple[Any, ...] = (Stepper(session), HeatMap(session))
    for widget in shown:
        _, paths, _ = library._remove_buffers(widget.get_state())
        assert len(paths) == 1


def test_breakpoint_is_toggled_and_every_stepper_shows_it() -> None:
    session = factorial()
    a, b = Stepper(session), Stepper(session)
    assert session.location is not None
    offset = session.location.offset
    a.request("toggle_break", [offset])
    assert [point["offset"] for point in b.state["breakpoints"]] == [offset]
    a.request("run", [])
    assert "breakpoint" in b.state["message"]
    b.request("toggle_break", [offset])
    assert a.state["breakpoints"] == []
    with pytest.raises(DebugError):
        a.request("toggle_break", [1])


def two_futures() -> wl.Session:
    session = factorial()
    session.run()
    session.goto(7)
    session.set("$n", 5)
    session.run()
    return session


def test_diff_of_branches_names_the_step_and_what_differs() -> None:
    session = two_futures()
    diff = Diff(session)
    assert diff.diff["summary"] == "They differ from step 7 on."
    assert diff.diff["rows"] == [{"what": "$n", "left": "3", "right": "5"}]
    assert [branch["current"] for branch in diff.diff["branches"]] == [False, True]
    assert "with $n = 5" in diff.static_text()
    assert ">$n</td>" in diff.static_html()
    assert session.timeline.branch == 2


def test_diff_visits_a_branch_and_compares_others() -> None:
    session = two_futures()
    stepper, diff = Stepper(session), Diff(session)
    diff.request("visit", [1, 7])
    assert (session.timeline.branch, session.tick) == (1, 7)
    assert [local["text"] for local in stepper.state["locals"]] == ["3"]
    diff.request("compare", [2, 2])
    assert "the same" in diff.diff["summary"]
    with pytest.raises(DebugError):
        diff.request("compare", [1, 9])
    assert diff.diff["chosen"] == [2, 2]


def test_diff_of_a_session_with_one_future_says_how_to_begin_another() -> None:
    assert "session.set" in Diff(factorial()).static_text()


def test_diff_follows_the_other_session_too() -> None:
    left, right = factorial(3), factorial(3)
    diff, stepper = Diff(left, right), Stepper(right)
    stepper.request("step", [])
    assert diff.diff["rows"]


def test_diff_follows_its_session() -> None:
    left, right = factorial(3), factorial(3)
    diff = Diff(left, right)
    assert diff.diff["rows"] == []
    diff.request("step", [])
    assert [row["what"] for row in diff.diff["rows"]][:1] == ["step"]
