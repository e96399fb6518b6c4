"""The table of actions is the only place that knows keys, and every row works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import wasmlab_tui
from wasmlab_tui.actions import ACTIONS, Action, Scope, actions_of, key_names
from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.call import CallScreen
from wasmlab_tui.dialogues.chooser import BranchesScreen, ChooserScreen, OriginsScreen
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.dialogues.question import KeptScreen, RebuiltScreen, RecordingScreen, UnsavedScreen
from wasmlab_tui.dialogues.reader import ReaderScreen
from wasmlab_tui.dialogues.stdin import StdinLine
from wasmlab_tui.dialogues.waiting import WaitingScreen
from wasmlab_tui.editor import EditorScreen
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.panes.breakpoints import BreakpointsPane
from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.panes.command_line import CommandLine
from wasmlab_tui.panes.frames import FramesPane
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.panes.values import ValuesPane
from wasmlab_tui.render.help import help_lines
from wasmlab_tui.start import StartScreen

Enter = Any
"""The fixture ``enter``, see conftest."""

OWNERS: dict[Scope, tuple[type, ...]] = {
    Scope.APP: (LabApp,),
    Scope.START: (StartScreen,),
    Scope.LAB: (LabScreen,),
    Scope.SOURCE: (SourcePane,),
    Scope.FRAMES: (FramesPane,),
    Scope.VALUES: (ValuesPane,),
    Scope.MEMORY: (MemoryPane,),
    Scope.BREAKPOINTS: (BreakpointsPane,),
    Scope.LIST: (ChoicePane,),
    Scope.CHOOSER: (ChooserScreen,),
    Scope.ORIGINS: (OriginsScreen,),
    Scope.BRANCHES: (BranchesScreen,),
    Scope.EDITOR: (EditorScreen,),
    Scope.UNSAVED: (UnsavedScreen,),
    Scope.RECORDING: (RecordingScreen,),
    Scope.KEPT: (KeptScreen,),
    Scope.REBUILT: (RebuiltScreen,),
    Scope.DIALOGUE: (PromptScreen, CallScreen, WaitingScreen),
    Scope.COMMAND: (CommandLine,),
    Scope.STDIN: (StdinLine,),
    Scope.READER: (ReaderScreen, ChooserScreen),
}


def test_action_ids_are_unique() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("scope", Scope, ids=lambda s: s.name)
def test_action_keys_are_unique_in_their_scope(scope: Scope) -> None:
    keys = [key for action in actions_of(scope) for key in action.keys.split(",")]
    assert len(set(keys)) == len(keys)


def test_action_keys_of_lab_and_app_do_not_clash() -> None:
    lab = {key for action in actions_of(Scope.LAB) for key in action.keys.split(",")}
    app = {key for action in actions_of(Scope.APP) for key in action.keys.split(",")}
    assert not lab & app


@pytest.mark.asyncio
async def test_action_has_its_method_on_every_owner(enter: Enter) -> None:
    async with enter() as lab:
        for action in ACTIONS:
            part, dot, name = action.method.partition(".")
            if dot and part != "app":
                assert callable(getattr(getattr(lab.screen, part), name)), action
            else:
                method = f"action_{(name or part).partition('(')[0]}"
                assert all(callable(getattr(o, method, None)) for o in OWNERS[action.scope]), action


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)
def test_action_is_in_the_help(action: Action) -> None:
    assert any(key_names(action) in line.text and action.doc in line.text for line in help_lines())


TYPED = {"call.py"}
"""Files that take text typed elsewhere, which is no key that an action could have."""


def test_bindings_are_made_in_the_table_only() -> None:
    root = Path(wasmlab_tui.__file__).parent
    for path in root.rglob("*.py"):
        if path.name not in {"actions.py", "bindings.py"}:
            text = path.read_text("utf-8")
            assert "Binding(" not in text, path
            assert "def key_" not in text, path
            assert path.name in TYPED or "def on_key" not in text, path
