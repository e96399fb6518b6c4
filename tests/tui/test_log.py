"""Answers stay: the log below the panes, and the command line that asks."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest
from textual.geometry import Offset
from textual.selection import Selection

from tests.tui.conftest import Lab, strips_of
from wasmlab.debug.session import Session
from wasmlab.module import assemble
from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.panes.log import LogPane
from wasmlab_tui.program import OpenProgram
from wasmlab_tui.render.log import LONGEST, LogEntry

Enter = Callable[..., AbstractAsyncContextManager[Lab]]
SIZES = [(60, 16), (80, 24), (120, 36), (200, 55)]
NEXT = "▶ 19"
"""How the next instruction is marked where the lab is entered."""


def log(lab: Lab) -> LogPane:
    return lab.screen.query_one(LogPane)


def toasts(lab: Lab) -> list[str]:
    return [found.message for found in lab.app._notifications]  # pyright: ignore[reportPrivateUsage] - no public way to read them


def colours_of_the_status(lab: Lab) -> list[tuple[str, object, object]]:
    """Return every character of the status line with its colours."""
    strip = strips_of(lab.app)[lab.screen.status.region.y]
    styles = [(segment.text, segment.style) for segment in strip]
    return [(c, style and style.color, style and style.bgcolor) for t, style in styles for c in t]


async def command(lab: Lab, text: str) -> None:
    """Type a command and carry it out."""
    await lab.press("colon")
    await lab.answer(text)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_answer_is_seen_with_its_command_and_stays(
    size: tuple[int, int], enter: Enter
) -> None:
    async with enter(size) as lab:
        await command(lab, "print $n + 1")
        assert ": print $n + 1  9" in lab.seen
        await lab.press("s", "s", "S")
        assert ": print $n + 1  9" in lab.seen
        assert lab.focused == "source"
        assert not toasts(lab)


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_long_answer_leaves_the_next_instruction_and_the_status_in_sight(
    size: tuple[int, int], enter: Enter
) -> None:
    async with enter(size) as lab:
        await command(lab, "help")
        assert ": help" in lab.seen
        assert "step [N]" in lab.seen
        assert NEXT in lab.seen
        assert "paused" in lab.seen
        assert "s Step" in lab.seen
        assert log(lab).border_title is not None
        assert "more lines" in str(log(lab).border_title)
        await lab.press("0")
        assert NEXT.replace("┃", "│") in lab.seen
        await lab.press("end")
        assert "  quit  " in lab.seen


@pytest.mark.asyncio
async def test_error_is_answered_with_the_command_that_asked(enter: Enter) -> None:
    async with enter((80, 24)) as lab:
        await command(lab, "break 999")
        assert ": break 999  ✗ no instruction on line 999" in lab.seen
        assert not toasts(lab)


@pytest.mark.asyncio
async def test_notice_is_answered_with_the_key_that_asked(enter: Enter) -> None:
    async with enter((80, 24)) as lab:
        await lab.press("x")
        assert "x Base  Integers are unsigned now." in lab.seen
        await lab.press("plus")
        assert "+ Search again  ✗ nothing was looked for yet" in lab.seen
        await lab.press("g")
        await lab.press("escape", "F")
        assert "F Branches\n    There is one history so far" in lab.seen
        assert not toasts(lab)


@pytest.mark.asyncio
async def test_answer_that_comes_late_names_who_asked(enter: Enter) -> None:
    endless = '(module (func (export "_start") (loop $l (br $l))))'
    app = LabApp(OpenProgram("endless.wat", Session(assemble(endless), stdin=None)))
    async with enter((100, 30), app) as lab:
        await lab.pilot.press("colon", "u", "space", "1", "full_stop", "5", "enter")
        await lab.app.workers.wait_for_complete()  # pyright: ignore[reportUnknownMemberType] - Worker of any result
        await lab.pilot.press("c")
        while not lab.screen.bridge.running:
            await lab.pilot.pause(0.02)
        await lab.pilot.press("q")
        await lab.pilot.press("p")
        await lab.app.workers.wait_for_complete()  # pyright: ignore[reportUnknownMemberType] - Worker of any result
        assert [answer.asked for answer in log(lab).answers] == [": u 1.5", ""]


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_both_halves_of_a_comparison_can_be_read(size: tuple[int, int], enter: Enter) -> None:
    async with enter(size) as lab:
        await lab.press("S", "3", "e", "7", "enter")
        await command(lab, "compare 1 2")
        assert "branch 1 | branch 2" in lab.seen
        assert "$n: 8 | 7" in lab.seen


@pytest.mark.asyncio
async def test_command_that_runs_says_why_it_stopped(enter: Enter) -> None:
    async with enter((80, 24)) as lab:
        await command(lab, "continue")
        assert ": continue  the program ended" in lab.seen


@pytest.mark.asyncio
async def test_key_copies_the_answer_as_it_was_given(enter: Enter) -> None:
    async with enter((60, 24)) as lab:
        await command(lab, "help break")
        whole = log(lab).answers[-1].lines
        assert max(map(len, whole)) > 60
        await command(lab, "bt")
        await lab.press("0", "y")
        assert "$main(8)" in lab.app.clipboard
        await lab.press("up", "up", "up", "up", "y")
        assert lab.app.clipboard == "\n".join(whole)


@pytest.mark.asyncio
async def test_log_is_closed_until_the_next_answer(enter: Enter) -> None:
    async with enter((80, 24)) as lab:
        assert not log(lab).display
        await lab.press("x")
        assert log(lab).region.height == 1
        await lab.press("0", "escape")
        assert not log(lab).display
        assert lab.focused == "source"
        await lab.press("0")
        assert lab.focused == "log"
        await lab.press("1", "escape", "x")
        assert "x Base  Integers are hex now." in lab.seen


@pytest.mark.asyncio
async def test_log_is_bounded(enter: Enter) -> None:
    async with enter((80, 24)) as lab:
        for number in range(5):
            log(lab).add(LogEntry(f": {number}", ("text",) * (LONGEST // 3)))
        assert [answer.asked for answer in log(lab).answers] == [": 3", ": 4"]
        assert log(lab).count <= LONGEST
        log(lab).add(LogEntry(": much", ("text",) * (LONGEST + 5)))
        assert [answer.asked for answer in log(lab).answers] == [": much"]
        assert log(lab).answers[0].lines[-1] == "... and 5 lines more"


@pytest.mark.asyncio
async def test_log_is_wrapped_anew_on_another_screen(enter: Enter) -> None:
    async with enter((60, 24)) as lab:
        await command(lab, "help break")
        narrow = log(lab).count
        await lab.pilot.resize_terminal(200, 40)
        await lab.press()
        assert log(lab).count < narrow
        assert all(line.text in lab.seen for line in log(lab).lines)


@pytest.mark.asyncio
async def test_keys_that_are_typed_do_nothing_else(enter: Enter) -> None:
    async with enter((80, 24)) as lab:
        await lab.press("colon", *"sqb?0 1E:", "[", "]", "<")
        assert lab.typed == "sqb?0 1E:[]<"
        assert lab.app.screen is lab.screen
        assert lab.asked == []
        assert "s Step" not in lab.seen
        assert NEXT in lab.seen
        await lab.press("escape")
        assert lab.focused == "source"
        assert "s Step" in lab.seen


@pytest.mark.asyncio
async def test_lines_are_recalled_as_they_were_given(enter: Enter) -> None:
    async with enter((80, 24)) as lab:
        for text in ("print 1", "print 2", "print 2"):
            await command(lab, text)
        await lab.press("colon", "x", "up", "up")
        assert lab.typed == "print 1"
        await lab.press("down", "down")
        assert lab.typed == "x"
        await lab.press("up", "enter")
        assert [answer.lines for answer in log(lab).answers] == [("1",), *[("2",)] * 3]


@pytest.mark.asyncio
async def test_focus_returns_to_where_it_was(enter: Enter) -> None:
    async with enter((160, 50)) as lab:
        await lab.press("3")
        await command(lab, "bt")
        assert lab.focused == "variables"
        await lab.press("colon")
        await lab.pilot.click("#memory", offset=(14, 2))
        assert lab.focused == "memory"
        assert "s Step" in lab.seen


@pytest.mark.asyncio
async def test_answer_is_seen_beside_a_pane_that_has_the_whole_screen(enter: Enter) -> None:
    async with enter((80, 24)) as lab:
        await lab.press("z")
        await command(lab, "print 6 * 7")
        assert ": print 6 * 7  42" in lab.seen


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["colon", "g"])
async def test_what_is_below_a_line_that_is_typed_keeps_its_colours(key: str, enter: Enter) -> None:
    async with enter((80, 24)) as lab:
        await lab.press("2")
        before = colours_of_the_status(lab)
        await lab.press(key)
        assert lab.focused == "command-line" or isinstance(lab.app.screen, PromptScreen)
        assert colours_of_the_status(lab) == before


@pytest.mark.asyncio
@pytest.mark.parametrize("size", SIZES)
async def test_log_that_is_maximized_fills_the_screen_above_the_lines_at_the_bottom(
    size: tuple[int, int], enter: Enter
) -> None:
    async with enter(size) as lab:
        await command(lab, "help")
        await lab.press("0", "z")
        timeline = lab.screen.timeline.region
        assert (timeline.height, log(lab).outer_size.height >= size[1] - 5) == (1, True)
        assert log(lab).region.y == 0
        assert "////" not in lab.seen


@pytest.mark.asyncio
@pytest.mark.parametrize("key", ["y", "ctrl+c"])
async def test_text_that_is_selected_with_the_mouse_is_copied(key: str, enter: Enter) -> None:
    async with enter() as lab:
        await command(lab, "print $n + 1")
        await command(lab, "print 0x1234")
        while "0x1234" not in lab.seen:  # the answer is painted in its own time
            await lab.pilot.pause()
        row = next(n for n, text in enumerate(lab.seen.split("\n")) if "0x1234" in text)
        first = lab.seen.split("\n")[row].index("print")
        await lab.pilot.mouse_down(offset=(first, row))
        await lab.pilot.hover(offset=(first + 11, row))
        await lab.pilot.mouse_up(offset=(first + 11, row))
        assert lab.focused == "source"
        marked = strips_of(lab.app)[row].crop(first, first + 12)
        plain = strips_of(lab.app)[row].crop(0, first)
        assert {s.style and s.style.bgcolor for s in marked}.isdisjoint(
            {s.style and s.style.bgcolor for s in plain}
        )
        await lab.press(key)
        assert lab.app.clipboard == "print 0x1234"
        assert "Copied." in lab.said


@pytest.mark.asyncio
async def test_lines_that_are_selected_are_copied_as_they_are_shown(enter: Enter) -> None:
    async with enter() as lab:
        await command(lab, "info breakpoints")
        await command(lab, "info stack")
        rows = [text.strip() for text in lab.pane("log")]
        pane = log(lab)
        pane.text_select_all()
        assert [text.strip() for text in lab.screen.marked.split("\n")] == rows
        await lab.pilot.click("#log", offset=(4, 1))
        assert (lab.screen.marked, lab.focused) == ("", "log")
        assert pane.copied()


@pytest.mark.asyncio
async def test_selection_of_answers_that_were_dropped_is_none(enter: Enter) -> None:
    async with enter() as lab:
        await command(lab, "info stack")
        lab.screen.selections = {log(lab): Selection(Offset(3, 10_000), Offset(4, 10_000))}
        assert lab.screen.marked == ""
