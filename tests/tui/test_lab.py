"""The lab driven by its keys, over a small program: see conftest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from textual.command import CommandPalette
from textual.widgets import Input, OptionList

from wasmlab.debug.session import Session
from wasmlab.debug.views.model import State
from wasmlab.errors import WasmlabError
from wasmlab.module import assemble
from wasmlab_tui.actions import ACTIONS, key_names
from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.call import CallScreen
from wasmlab_tui.dialogues.chooser import ChooserScreen
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.dialogues.reader import ReaderScreen
from wasmlab_tui.editor import EditorScreen
from wasmlab_tui.layout import TABS
from wasmlab_tui.panes.line_pane import LinePane
from wasmlab_tui.panes.log import LogPane
from wasmlab_tui.program import OpenProgram, open_file
from wasmlab_tui.start import StartScreen
from wasmlab_tui.state.drafts import KeptText, keep_text, kept_texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.tui.conftest import Lab

pytestmark = pytest.mark.asyncio

Enter = Any
"""The fixture ``enter``, see conftest."""

TITLES = {action.id: f"{action.label} ({key_names(action)})" for action in ACTIONS}
"""In the command palette."""
KEYS = {action.id: action.keys.split(",")[0] for action in ACTIONS}
SMALL = (80, 24)
FIRST_LINE = 15
"""Where $main begins."""
LAST_LINE = 30
"""The end of the text."""
LAST_BYTE = 65_535
ROW = 16
OUT = 24
"""The line where ``$out`` ends."""

DISPLAYED = ("D", "7", "enter", "equals_sign")
CHECKS: dict[str, tuple[tuple[str, ...], Callable[[Any], bool]]] = {
    # action: (keys that come before, what must hold after its own key)
    "step": ((), lambda lab: lab.asked == ["step"] and "step 6" in lab.status),
    "step_over": ((), lambda lab: lab.asked == ["step_over"]),
    "step_out": ((), lambda lab: lab.asked == ["step_out"] and "step 16" in lab.status),
    "step_line": ((), lambda lab: lab.asked == ["step_line"] and "step 6" in lab.status),
    "back_line": (("l", "l"), lambda lab: "step 6 of 7" in lab.status),
    "continue": ((), lambda lab: lab.asked == ["run"] and "exited" in lab.status),
    "run_to_cursor": (("down", "down"), lambda lab: lab.asked == [("run_to", "21")]),
    "step_back": (("s", "s"), lambda lab: "step 6 of 7" in lab.status),
    "back_over": (("s", "s"), lambda lab: lab.asked[-1] == "reverse_over"),
    "back_out": (("s", "s"), lambda lab: lab.asked[-1] == "reverse_out"),
    "back_run": (("s", "s"), lambda lab: lab.session.tick == 0 and lab.session.recorded[1] == 7),
    "back_to_cursor": (("s", "s", "s", "up", "up"), lambda lab: lab.session.tick == 6),
    "to_start": (("s", "s"), lambda lab: lab.session.tick == 0),
    "to_end": (("s", "s", "S"), lambda lab: lab.session.tick == 7),
    "next_event": (("c", "less_than_sign"), lambda lab: lab.session.tick == 14),
    "previous_event": (("c",), lambda lab: lab.session.tick == 14),
    "who_wrote": ((), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "follow": (("2", "W"), lambda lab: "▸ step      1  i32.const 8" in lab.seen),
    "branches": ((), lambda lab: "There is one history so far" in lab.seen),
    "display": ((), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "pane_expr": ((), lambda lab: lab.focused == "displays"),
    "display_edit": (DISPLAYED, lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "display_remove": (DISPLAYED, lambda lab: not lab.session.displays),
    "memory_back": (("2", "M"), lambda lab: lab.focused == "stack"),
    "watch": ((), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "pause": ((), lambda lab: lab.asked == []),
    "restart": (("s", "s"), lambda lab: lab.session.tick == 0),
    "breakpoint": (("down",), lambda lab: lab.session.breakpoints[0].location.line == 20),
    **dict.fromkeys(
        ("condition", "logpoint", "input", "watch", "change", "last_write", "next_write"),
        ((), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    ),
    "call": ((), lambda lab: isinstance(lab.app.screen, CallScreen)),
    "end_input": ((), lambda lab: lab.asked == [("feed_input", b"", True)]),
    "no_input": ((), lambda lab: lab.asked == ["no_input"]),
    "edit": ((), lambda lab: isinstance(lab.app.screen, EditorScreen)),
    "frame_up": (
        (),
        lambda lab: lab.screen.selection.frame == 1 and "$of_outer" in lab.pane("variables")[1],
    ),
    "frame_down": (("u",), lambda lab: lab.screen.selection.frame == 0),
    "goto": ((), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "function": ((), lambda lab: isinstance(lab.app.screen, CommandPalette)),
    "here": (("end",), lambda lab: lab.source.cursor == 19),
    "command": ((), lambda lab: lab.focused == "command-line"),
    "leave_line": (("colon", "s"), lambda lab: lab.focused == "source" and lab.typed == "s"),
    "close_log": (("x",), lambda lab: not lab.screen.query_one(LogPane).display),
    "pane_log": (("x",), lambda lab: lab.focused == "log"),
    "search": ((), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "search_memory": ((), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "search_next": ((), lambda lab: lab.source.cursor == 19),
    "module": ((), lambda lab: isinstance(lab.app.screen, ChooserScreen)),
    "copy": ((), lambda lab: lab.app.clipboard == "        i32.store"),
    "copy_trace": (
        ("s", "s"),
        lambda lab: lab.app.clipboard.split("\n")[-1].split()[:4] == ["7", "0x9a", "line", "20"],
    ),
    "base": (("x",), lambda lab: "0x00010000" in " ".join(lab.pane("variables"))),
    "calls": (("c",), lambda lab: lab.pane("console") == ["│ Hello, world!"]),
    "pane_source": (("2",), lambda lab: lab.focused == "source"),
    "pane_stack": ((), lambda lab: lab.focused == "stack"),
    "pane_locals": ((), lambda lab: lab.focused == "variables"),
    "pane_frames": ((), lambda lab: lab.focused == "frames"),
    "pane_memory": ((), lambda lab: lab.focused == "memory"),
    "pane_console": ((), lambda lab: lab.focused == "console"),
    "pane_labels": ((), lambda lab: lab.focused == "labels"),
    "pane_breaks": ((), lambda lab: lab.focused == "breakpoints"),
    "pane_events": ((), lambda lab: lab.focused == "events"),
    "next_pane": ((), lambda lab: lab.focused == "stack"),
    "previous_pane": (("2",), lambda lab: lab.focused == "source"),
    "zoom": (("2",), lambda lab: lab.screen.maximized is not None),
    "line_up": ((), lambda lab: lab.source.cursor == 18),
    "line_down": ((), lambda lab: lab.source.cursor == 20),
    "page_up": (("end",), lambda lab: lab.source.cursor < LAST_LINE),
    "page_down": (("home",), lambda lab: lab.source.cursor > 1),
    "first_line": ((), lambda lab: lab.source.cursor == 1),
    "last_line": ((), lambda lab: lab.source.cursor == LAST_LINE),
    "unfold": (("end",), lambda lab: lab.asked == [("open_line", LAST_LINE)]),
    "frame_above": (("4", "u"), lambda lab: lab.screen.selection.frame == 0),
    "frame_below": (("4",), lambda lab: lab.screen.selection.frame == 1),
    "value_read": (("2",), lambda lab: "as f32 1.1210387714598537e-44" in lab.seen),
    "value_follow": (("2",), lambda lab: lab.focused == "memory" and lab.memory.address == 8),
    "byte_left": (("5", "home", "right", "right"), lambda lab: lab.memory.address == 1),
    "byte_right": (("5", "home"), lambda lab: lab.memory.address == 1),
    "byte_up": (("5", "home", "down", "down"), lambda lab: lab.memory.address == 16),
    "byte_down": (("5", "home"), lambda lab: lab.memory.address == 16),
    "memory_page_up": (("5", "home", "pagedown"), lambda lab: lab.memory.address == 0),
    "memory_page_down": (("5", "home"), lambda lab: lab.memory.address >= 16),
    "memory_first": (("5", "end"), lambda lab: lab.memory.address == 0),
    "memory_last": (("5",), lambda lab: lab.memory.address == LAST_BYTE),
    "memory_follow": (("s", "5"), lambda lab: lab.memory.address == 8),
    "memory_hold": (("5",), lambda lab: lab.memory.holds),
    "memory_map": (("5",), lambda lab: "00000008 .. 00000016" in lab.seen),
    "memory_read": (("s", "5"), lambda lab: "i16  8  0x0008" in lab.seen),
    "break_switch": (("b", "8"), lambda lab: not lab.session.breakpoints[0].enabled),
    "break_remove": (("b", "8"), lambda lab: lab.session.breakpoints == ()),
    "break_edit": (("b", "8"), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "list_up": (("b", "down", "b", "8", "down"), lambda lab: lab.breakpoints.cursor == 0),
    "list_down": (("b", "down", "b", "8"), lambda lab: lab.breakpoints.cursor == 1),
    "list_page_up": (("b", "down", "b", "8", "down"), lambda lab: lab.breakpoints.cursor == 0),
    "list_page_down": (("b", "down", "b", "8"), lambda lab: lab.breakpoints.cursor == 1),
    "list_first": (("b", "down", "b", "8", "down"), lambda lab: lab.breakpoints.cursor == 0),
    "list_last": (("b", "down", "b", "8"), lambda lab: lab.breakpoints.cursor == 1),
    "list_take": (("b", "end", "8"), lambda lab: lab.source.cursor == 19),
    "list_find": (("v",), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "memory_next": (("5",), lambda lab: lab.memory.memory == 1),
    "compare": (
        ("S", "3", "e", "7", "enter", "F"),
        lambda lab: lab.asked[-1] == ("compare", 2, 1),
    ),
    "assemble": (("E",), lambda lab: lab.session is not lab.screen.session),
    "replay": (("E",), lambda lab: lab.asked[-1][0] == "replay"),
    "save_as": (("E",), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "leave_editor": (("E",), lambda lab: lab.app.screen is lab.screen),
    "unsaved_save": (("E", "x", "ctrl+q"), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "unsaved_discard": (("E", "x", "ctrl+q"), lambda lab: lab.app.return_value == 0),
    "unsaved_stay": (("E", "x", "ctrl+q"), lambda lab: isinstance(lab.app.screen, EditorScreen)),
    "recording_save": (("q",), lambda lab: lab.typed == "hello.wlab"),
    "recording_discard": (("q",), lambda lab: lab.app.return_value == 0),
    "recording_stay": (("q",), lambda lab: lab.app.screen is lab.screen),
    "rebuilt_reload": (("s", "r"), lambda lab: is_new(lab) and lab.session.tick == 0),
    "rebuilt_replay": (("s", "r"), lambda lab: is_new(lab) and "differ" in lab.said + lab.seen),
    "rebuilt_old": (("s", "r"), lambda lab: not is_new(lab) and lab.session.tick == 0),
    "rebuilt_stay": (("s", "r"), lambda lab: not is_new(lab) and lab.session.tick == 1),
    "kept_edit": (("ctrl+n", "enter"), lambda lab: isinstance(lab.app.screen, EditorScreen)),
    "kept_discard": (("ctrl+n", "enter"), lambda lab: lab.screen and not kept_texts()),
    "kept_later": (("ctrl+n", "enter"), lambda lab: lab.screen and kept_texts() == [KEPT]),
    "choose_file": (("ctrl+n",), lambda lab: isinstance(lab.app.screen, PromptScreen)),
    "complete": (("colon", "b", "r", "e"), lambda lab: lab.typed == "break"),
    "recall_earlier": (("colon", "i", "enter", "colon"), lambda lab: lab.typed == "i"),
    "recall_later": (("colon", "i", "enter", "colon", "s", "up"), lambda lab: lab.typed == "s"),
    "cancel": (("g",), lambda lab: lab.app.screen is lab.screen),
    "end_stdin": (("i",), lambda lab: lab.asked == [("feed_input", b"", True)]),
    "close": (("question_mark",), lambda lab: lab.app.screen is lab.screen),
    "help": ((), lambda lab: isinstance(lab.app.screen, ReaderScreen)),
    "palette": ((), lambda lab: type(lab.app.screen).__name__ == "CommandPalette"),
    "start": ((), lambda lab: isinstance(lab.app.screen, StartScreen)),
    "suspend": ((), lambda lab: "the shell has the terminal" in lab.seen),
    "quit": ((), lambda lab: lab.app.return_value == 0),
}


KEPT = KeptText("samples/hello.wat", "hello.wat", "(module)", "")
"""A text that was left by an earlier visit."""
ENDLESS = '(module (func (export "_start") (loop $l (br $l))))'
FUNCTIONS = """(module
  (func (export "fac") (param i32) (result i32) local.get 0)
  (func (export "nop")))"""
READING = """(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\10\\00\\00\\00")
  (func (export "_start")
    (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))))"""
UNKNOWN = """(module
  (import "env" "number" (func $number (result i32)))
  (func (export "_start") (drop (call $number))))"""


def program(text: str, **options: Any) -> OpenProgram:  # noqa: ANN401 - options of Session
    """Return a program that asks for its input."""
    return OpenProgram("test.wat", Session(assemble(text), stdin=None, **options))


def built_anew(folder: Path) -> LabApp:
    """Return the lab over a file that holds another text by now."""
    path = folder / "test.wat"
    path.write_text(ENDLESS)
    opened = open_file(path)
    path.write_text(ENDLESS.replace("(loop", "(nop) (loop"))
    return LabApp(opened)


def is_new(lab: Lab) -> bool:
    return "(nop)" in (lab.session.module.source or "")


def _suspended(app: LabApp) -> None:
    app.notify("the shell has the terminal")


async def test_every_action_has_a_check() -> None:
    assert CHECKS.keys() == KEYS.keys()


@pytest.mark.parametrize("action", list(CHECKS))
async def test_action_does_what_it_says_and_is_in_the_palette(
    action: str, enter: Enter, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(LabApp, "action_suspend_process", _suspended)
    keep_text(KEPT)
    before, holds = CHECKS[action]
    app = built_anew(tmp_path) if action.startswith("rebuilt_") else None
    async with enter(app=app) as lab:
        if action.startswith("recording_"):
            lab.session.control.recorder.unsaved = 90.0
        await lab.press(*before)
        offered = [c.title.replace(r"\[", "[") for c in lab.app.get_system_commands(lab.app.screen)]
        await lab.press(KEYS[action])
        assert holds(lab)
        assert action == "palette" or TITLES[action] in offered


@pytest.mark.parametrize("name", ["stack", "variables", "frames", "memory", "console", "labels"])
async def test_small_screen_shows_the_pane_of_the_key(name: str, enter: Enter) -> None:
    keys = {row.id: row.key for row in TABS}
    async with enter(SMALL) as lab:
        await lab.press(keys[name])
        assert lab.focused == name
        assert lab.screen.focused.size.height >= 5
        assert lab.source.size.height >= 5


async def test_running_program_shows_its_rate_and_stops_on_request(enter: Enter) -> None:
    async with enter(app=LabApp(program(ENDLESS))) as lab:
        await lab.pilot.press("c")
        while "running" not in lab.status:
            await lab.pilot.pause(0.02)
        assert "instructions, " in lab.status
        await lab.pilot.press("s")
        await lab.pilot.press("p")
        assert lab.asked == ["run", "pause"]
        await lab.app.workers.wait_for_complete()
        await lab.pilot.pause()
        assert "paused" in lab.status


async def test_stop_where_nothing_runs_is_answered_in_the_status_only(enter: Enter) -> None:
    async with enter() as lab:
        shown, answers = lab.status, list(lab.screen.pane(LogPane).answers)
        await lab.press("p", "p")
        assert lab.status.count("Nothing is running") == 1
        assert shown.strip() in lab.status
        assert list(lab.screen.pane(LogPane).answers) == answers
        await lab.press("s")
        assert "Nothing is running" not in lab.status


async def test_quit_of_a_running_program_asks_once(enter: Enter) -> None:
    async with enter(app=LabApp(program(ENDLESS))) as lab:
        await lab.pilot.press("c")
        while not lab.screen.bridge.running:
            await lab.pilot.pause(0.02)
        await lab.pilot.press("q")
        assert lab.app.return_value is None
        await lab.pilot.press("q")
        assert lab.app.return_value == 0


async def test_condition_is_set_with_the_breakpoint(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("B")
        await lab.answer("$n > 3")
        assert [b.condition for b in lab.session.breakpoints] == ["$n > 3"]
        assert "◆" in lab.seen


async def test_breakpoint_is_removed_by_the_same_key(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("b", "b")
        assert lab.session.breakpoints == ()


async def test_click_in_the_gutter_sets_a_breakpoint(enter: Enter) -> None:
    async with enter() as lab:
        await lab.pilot.click("#source", offset=(1, 9))
        await lab.press()
        assert [b.location.line for b in lab.session.breakpoints] == [17]


async def test_click_on_a_frame_selects_it(enter: Enter) -> None:
    async with enter() as lab:
        await lab.pilot.click("#frames", offset=(4, 2))
        await lab.pilot.pause()
        assert lab.screen.selection.frame == 1


@pytest.mark.parametrize(
    ("text", "line"),
    [("12", 12), ("0x9a", 20), ("$main", 17), ("main", 17), ("15", 17), ("7", 7), ("999", 30)],
)
async def test_goto_moves_the_cursor(text: str, line: int, enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("g")
        await lab.answer(text)
        assert lab.source.cursor == line


async def test_search_goes_on_with_the_next_key(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("slash")
        await lab.answer("STORE")
        assert lab.source.cursor == 22
        await lab.press("plus")
        assert lab.source.cursor == 19


async def test_host_call_brings_its_memory_into_sight_and_prints(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("5", "end", "1", "c")
        assert lab.pane("console")[0].startswith("14 fd_write(fd=1")
        assert lab.pane("console")[-1] == "│ Hello, world!"
        assert "Hello, w" in lab.seen


async def test_waiting_for_a_call_opens_the_dialogue(enter: Enter) -> None:
    async with enter(app=LabApp(program(FUNCTIONS))) as lab:
        assert lab.session.state is State.WAITING_FOR_CALL
        assert "fac  [i32] -> [i32]" in lab.seen
        await lab.press("enter")
        await lab.answer("x")
        assert "i32 expected, found 'x'" in lab.seen
        await lab.answer("5")
        assert lab.asked == [("call", "fac", "5")]


async def test_function_without_parameters_is_called_at_once(enter: Enter) -> None:
    async with enter(app=LabApp(program(FUNCTIONS))) as lab:
        lab.app.screen.query_one(OptionList).focus()
        await lab.press("down", "enter")
        assert lab.asked == [("call", "nop")]


async def test_program_that_reads_is_asked_for_and_goes_on(enter: Enter) -> None:
    async with enter(app=LabApp(program(READING))) as lab:
        await lab.press("c")
        assert lab.app.screen.query_one(Input).has_focus
        await lab.answer("hello")
        assert lab.asked == ["run", ("feed_input", b"hello\n"), "run"]
        assert "exited" in lab.status


async def test_unknown_import_is_asked_for_and_goes_on(enter: Enter) -> None:
    async with enter(app=LabApp(program(UNKNOWN, stub_imports="ask"))) as lab:
        await lab.press("c")
        assert lab.session.state is State.WAITING_FOR_RESULT
        await lab.answer("7")
        assert lab.asked == ["run", ("answer", "7"), "run"]
        assert "exited" in lab.status


async def test_no_breakpoint_without_an_instruction(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("end", "b")
        assert lab.session.breakpoints == ()


async def test_palette_offers_the_actions_of_the_lab(enter: Enter) -> None:
    async with enter() as lab:
        titles = {c.title for c in lab.app.get_system_commands(lab.screen)}
        assert {"Step (s or F11)", "Quit (q or ctrl+q)", "Theme"} <= titles
        step = next(
            c for c in lab.app.get_system_commands(lab.screen) if c.title.startswith("Step")
        )
        step.callback()
        await lab.press("s")
        assert lab.asked == ["step", "step"]


@pytest.mark.parametrize("size", [(20, 5), (300, 80)])
async def test_lab_fits_any_size(size: tuple[int, int], enter: Enter) -> None:
    async with enter(size) as lab:
        await lab.press("s", *"12345678")
        assert lab.asked == ["step"]


async def test_timeline_shows_calls_ahead_and_goes_where_it_is_clicked(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("c")
        assert lab.pane("timeline")[0].endswith("━◆ 18")
        await lab.press("less_than_sign")
        assert lab.pane("timeline")[0].startswith("0 ◆─")
        assert "─╪─" in lab.pane("timeline")[0]
        await lab.pilot.click("#timeline", offset=(80, 0))
        await lab.press()
        assert lab.session.tick == 9
        assert "of 18" in lab.status


async def test_module_browser_leads_to_functions_and_data(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("v", "slash")
        await lab.answer("$main  [")
        await lab.press("enter")
        assert lab.source.cursor == FIRST_LINE
        await lab.press("v", "end", "slash")
        await lab.answer("memory 0 from")
        await lab.press("enter")
        assert lab.focused == "memory"
        assert lab.memory.address == 8


async def test_memory_is_searched_for_text_and_bytes(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("5", "slash")
        await lab.answer("0x6f 2c")
        assert lab.memory.address == 12
        await lab.press("slash")
        await lab.answer("world")
        assert lab.memory.address == 15
        await lab.press("slash")
        await lab.answer("0xzz")
        assert "is not bytes" in lab.seen


async def test_help_begins_with_the_pane_that_has_the_focus(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("5", "question_mark")
        assert lab.app.screen.query_one("#text", LinePane).lines[0].text == " Memory pane"


async def test_history_of_a_byte_leads_to_the_step_that_wrote_it(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("s", "s", "s", "5", "right", "W")
        assert lab.asked[-1] == ("history_of", 1)
        assert "i32.store" in lab.seen
        assert "a constant" in lab.seen
        await lab.press("enter")
        assert lab.session.tick == 5


async def test_last_write_of_a_variable_is_gone_to(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("s", "s", "left_curly_bracket", "enter")
        assert lab.asked[-1] == ("who_wrote", "$n")
        assert lab.session.tick == 1


async def test_watchpoint_stands_among_the_breakpoints(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("5", "home", "w", "enter", "8")
        assert lab.pane("breakpoints") == ["◎ 1 i32[0x0] written  is 00 00 00 00"]


async def test_monochrome_screen_says_the_same(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with enter(app=None) as lab:
        await lab.press("b", *["s"] * 9)
        assert lab.app.no_color
        for sign in ("▶", "●", "◂ taken next", "+", "*0e", "'48"):
            assert sign in lab.seen


async def test_hostile_names_and_texts_are_shown_not_obeyed(enter: Enter) -> None:
    text = '(module (func (export "_start") nop)) ;; [red]x[/red] \x1b]0;owned\x07\u202e'
    session = Session(assemble(text, file="\x1b[2J[red]t"))
    async with enter(app=LabApp(OpenProgram("hostile", session))) as lab:
        for control in ("\x1b", "\x07", "\u202e"):
            assert control not in lab.seen
        assert "[red]x[/red]" in lab.seen
        assert "1 \\x1b[2J[red]t" in lab.seen


async def test_defect_is_said_and_the_lab_goes_on(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise IndexError

    async with enter() as lab:
        monkeypatch.setattr(lab.session, "run", fail)
        await lab.pilot.press("c")
        await lab.pilot.pause(0.05)
        assert "defect of wasmlab" in lab.seen
        await lab.press("s")
        assert "step 6" in lab.status


async def test_hostile_message_is_shown_not_obeyed(enter: Enter) -> None:
    async with enter() as lab:
        lab.screen.complain(WasmlabError("[red]no[/red] \x1b[2J\x07"))
        await lab.pilot.pause()
        assert "[red]no[/red] \\x1b[2J" in lab.seen


async def test_app_without_a_program_opens_the_start_screen(enter: Enter) -> None:
    async with enter(app=LabApp()) as lab:
        assert isinstance(lab.app.screen, StartScreen)


async def test_action_of_a_pane_is_carried_out_from_the_palette(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("5", "home")
        commands = lab.app.get_system_commands(lab.screen)
        next(c for c in commands if c.title.startswith("Row down")).callback()
        await lab.press()
        assert lab.memory.address == ROW


async def test_history_of_a_stack_slot_is_shown_and_followed(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("2", "W")
        assert lab.asked[-1] == ("history_of", "stack[0]")
        await lab.press("W", "W", "W")
        assert "This is the origin" in lab.seen
        await lab.press("enter")
        assert lab.session.tick == 1


async def test_history_of_an_output_line_begins_with_its_call(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("c", "6", "W")
        assert ("who_printed", 0) in lab.asked
        assert "Who wrote what was printed" in lab.seen
        assert "▸ step     13  fd_write(fd=1" in lab.seen
        assert "printed here" in lab.seen


async def test_value_under_the_cursor_is_copied_in_its_base(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("2", "x", "x", "y")
        assert lab.app.clipboard == "0x00000008"
        await lab.press("3", "u", "y")
        assert lab.app.clipboard == "0x00000000"


async def test_label_leads_to_where_a_branch_goes(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("7", "down", "enter")
        assert lab.source.cursor == OUT


async def test_selected_frame_has_its_own_operands_and_labels(enter: Enter) -> None:
    async with enter() as lab:
        await lab.press("u")
        assert lab.pane("stack") == ["0 + i32 77"]
        assert "2 Operand stack of $outer" in lab.seen
        assert len(lab.pane("labels")) == 1
        await lab.press("d")
        assert "8 ◂ taken next" in lab.pane("stack")[0]


async def test_memory_pane_leaves_its_room_to_the_source_if_there_is_none(enter: Enter) -> None:
    async with enter() as lab:
        height = lab.source.size.height
    async with enter(app=LabApp(program(ENDLESS))) as lab:
        await lab.press("5")
        assert lab.source.size.height > height
        assert "The program has no memory." in lab.seen
        await lab.press("4", "tab")
        assert lab.focused == "console"
