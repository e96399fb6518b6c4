"""The table of actions is the only place that knows keys, and every row works."""

from __future__ import annotations

from pathlib import Path

import pytest

import wasmlab_tui
from wasmlab_tui.actions import ACTIONS, Action, Scope, actions_of, key_names
from wasmlab_tui.app import LabApp
from wasmlab_tui.dialogues.branches import BranchesScreen
from wasmlab_tui.dialogues.call import PickerScreen
from wasmlab_tui.dialogues.chooser import ChooserScreen
from wasmlab_tui.dialogues.origins import OriginsScreen
from wasmlab_tui.dialogues.prompt import PromptScreen
from wasmlab_tui.dialogues.reader import ReaderScreen
from wasmlab_tui.editor import EditorScreen
from wasmlab_tui.lab.screen import LabScreen
from wasmlab_tui.panes.breakpoints import BreakpointsPane
from wasmlab_tui.panes.choice import ChoicePane
from wasmlab_tui.panes.frames import FramesPane
from wasmlab_tui.panes.memory import MemoryPane
from wasmlab_tui.panes.source import SourcePane
from wasmlab_tui.panes.values import ValuesPane
from wasmlab_tui.render.help import help_lines
from wasmlab_tui.start import StartScreen

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
    Scope.DIALOGUE: (PromptScreen, PickerScreen),
    Scope.PROMPT: (PromptScreen,),
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


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)
def test_action_has_its_method_on_every_owner(action: Action) -> None:
    name = action.method.removeprefix("app.").removeprefix("screen.").partition("(")[0]
    owners = (LabScreen,) if action.method.startswith("screen.") else OWNERS[action.scope]
    for owner in owners:
        assert callable(getattr(owner, f"action_{name}", None)), owner


@pytest.mark.parametrize("action", ACTIONS, ids=lambda a: a.id)
def test_action_is_in_the_help(action: Action) -> None:
    assert any(key_names(action) in line.text and action.doc in line.text for line in help_lines())


def test_bindings_are_made_in_the_table_only() -> None:
    root = Path(wasmlab_tui.__file__).parent
    for path in root.rglob("*.py"):
        if path.name != "actions.py":
            text = path.read_text("utf-8")
            assert "Binding(" not in text, path
            assert "def key_" not in text, path
            assert "def on_key" not in text, path
