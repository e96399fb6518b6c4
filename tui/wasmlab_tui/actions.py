"""Everything that can be done in the terminal, one row each.

Key bindings, footer, help screen and command palette are made from this table; no other module
binds a key. The keys can be remapped by ``id`` (Textual's keymap).
"""

from __future__ import annotations

from wasmlab.errors import UsageError
from wasmlab.records import Enum, dataclass
from wasmlab_tui.layout import BY_KEY
from wasmlab_tui.state.keymap import chosen_keys, read_keys


class Scope(Enum):
    """Where an action can be had; the value is its heading in the help."""

    APP = "Everywhere"
    START = "Start screen"
    LAB = "Lab"
    SOURCE = "Source pane"
    FRAMES = "Frames pane"
    VALUES = "Stack and variables"
    MEMORY = "Memory pane"
    BREAKPOINTS = "Breakpoints pane"
    DISPLAYS = "Displays pane"
    LIST = "Lists"
    CHOOSER = "Module and memory map"
    ORIGINS = "Who wrote"
    BRANCHES = "Branches"
    EDITOR = "Editor"
    UNSAVED = "Text that is not saved"
    RECORDING = "Recording that took long"
    KEPT = "Text of an earlier visit"
    REBUILT = "A file that changed on disk"
    DIALOGUE = "Dialogues"
    COMMAND = "Command line"
    STDIN = "Standard input"
    READER = "Help and tour"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do, and who does it."""

    id: str
    keys: str
    """As Textual names them, separated by commas; the first is shown."""
    label: str
    doc: str
    method: str
    """``zoom`` is ``action_zoom`` of the screen or pane that has the scope; ``history.step_back`` is
    a method of a part of the lab; ``app.quit`` is an action of the application."""
    scope: Scope
    footer: int = 0
    """1: among the keys at the bottom; 2: there too, where there is room."""
    argument: str = ""
    """What the method of a part is called with, if with anything."""

    @property
    def command(self) -> str:
        """The action in Textual's notation: the lab's screen passes on what a part does."""
        part, dot, name = self.method.partition(".")
        if not dot or part == "app":
            return self.method
        argument = f", {self.argument!r}" if self.argument else ""
        return f"screen.do({part!r}, {name!r}{argument})"


_PANE_ACTIONS = tuple(
    Action(
        f"pane_{row.tab.lower()}",
        row.keys,
        row.id.capitalize(),
        row.doc,
        "panes.go_to",
        Scope.LAB,
        argument=row.id,
    )
    for row in BY_KEY
)

# fmt: off
ACTIONS: tuple[Action, ...] = (
    #      id                  keys                      label             doc                                                                         method                     scope              footer
    Action("step",             "s,f11",                  "Step",           "Run one instruction; enter the function if it is a call.",                 "commands.step",           Scope.LAB,         footer=1),
    Action("step_over",        "n,f10",                  "Over",           "Run one instruction, a call as a whole.",                                  "commands.step_over",      Scope.LAB,         footer=1),
    Action("step_out",         "o,shift+f11",            "Out",            "Run until the current function has returned.",                             "commands.step_out",       Scope.LAB,         footer=2),
    Action("step_line",        "l",                      "Line",           "Go on to the next line of the text; into the function that is called.",     "commands.step_line",      Scope.LAB,         footer=2),
    Action("continue",         "c,f5",                   "Continue",       "Run to the next breakpoint or to the end.",                                "commands.run",            Scope.LAB,         footer=1),
    Action("run_to_cursor",    "t",                      "To cursor",      "Run until the instruction under the cursor is next.",                      "commands.run_to_cursor",  Scope.LAB),
    Action("step_back",        "S",                      "Back",           "Take back one instruction.",                                               "history.step_back",       Scope.LAB,         footer=1),
    Action("back_over",        "N,shift+f10",            "Back over",      "Take back one instruction, a call as a whole.",                            "history.back_over",       Scope.LAB),
    Action("back_out",         "O",                      "Back out",       "Go back to the call that entered the current function.",                   "history.back_out",        Scope.LAB),
    Action("back_line",        "L",                      "Line back",      "Go back to the line before.",                                              "history.back_line",       Scope.LAB),
    Action("back_run",         "C,shift+f5",             "Run back",       "Run back to the breakpoint before, or to the first step.",                 "history.back_run",        Scope.LAB),
    Action("back_to_cursor",   "T",                      "Back to cursor", "Run back until the instruction under the cursor is next.",                 "history.back_to_cursor",  Scope.LAB),
    Action("to_start",         "less_than_sign",         "Start of time",  "Go to the first recorded step.",                                           "history.to_start",        Scope.LAB),
    Action("to_end",           "greater_than_sign",      "End of time",    "Go to the last recorded step.",                                            "history.to_end",          Scope.LAB),
    Action("previous_event",   "left_square_bracket,comma", "Earlier event",  "Go back to the event before: a call, output, a hit, an end.",              "history.previous_event",  Scope.LAB,         footer=2),
    Action("next_event",       "right_square_bracket,full_stop", "Later event",    "Go on to the next event that is recorded.",                                "history.next_event",      Scope.LAB,         footer=2),
    Action("who_wrote",        "W",                      "Who wrote",      "Show who wrote a value, and where that came from, back to its origin.",    "history.who_wrote",       Scope.LAB,         footer=2),
    Action("last_write",       "left_curly_bracket",     "Last write",     "Go back to the instruction that last wrote a value.",                      "history.last_write",      Scope.LAB),
    Action("next_write",       "right_curly_bracket",    "Next write",     "Run until a value is written.",                                            "history.next_write",      Scope.LAB),
    Action("change",           "e",                      "Change",         "Change the selected value; in the past that begins a branch.",             "editing.change",          Scope.LAB,         footer=1),
    Action("branches",         "F",                      "Branches",       "Show the futures that there are, and go to one.",                          "branches.choose",         Scope.LAB),
    Action("watch",            "w",                      "Watch",          "Stop where memory, a variable or a global is written.",                    "breakpoints.watch",       Scope.LAB,         footer=2),
    Action("display",          "D",                      "Display",        "Show an expression at every stop, with what it was before.",               "displays.add",            Scope.LAB),
    Action("pause",            "p,ctrl+c",               "Stop",           "Stop a running program where it is.",                                      "commands.pause",          Scope.LAB),
    Action("restart",          "r",                      "Restart",        "Begin the program again, breakpoints stay.",                               "rebuilding.restart",      Scope.LAB),
    Action("breakpoint",       "b,f9",                   "Break",          "Set a breakpoint at the cursor, or remove it.",                            "breakpoints.toggle",      Scope.LAB,         footer=1),
    Action("logpoint",         "P",                      "Log",            "Say something at the cursor without stopping, and what it would have said before.", "breakpoints.log",     Scope.LAB),
    Action("condition",        "B",                      "Break if",       "Set a breakpoint with a condition, such as $n > 3.",                       "breakpoints.condition",   Scope.LAB),
    Action("call",             "f",                      "Call",           "Choose an exported function and call it.",                                 "commands.call",           Scope.LAB),
    Action("input",            "i",                      "Input",          "Type a line for the program's standard input.",                            "commands.input",          Scope.LAB,         footer=2),
    Action("end_input",        "I,ctrl+d",               "End of input",   "Close the program's standard input.",                                      "commands.end_input",      Scope.LAB),
    Action("no_input",         "j",                      "No input yet",   "Let the time pass until the program goes on without input.",               "commands.no_input",       Scope.LAB),
    Action("edit",             "E",                      "Edit",           "Edit the text of the program, then step the new one.",                     "text_edits.edit",         Scope.LAB,         footer=1),
    Action("frame_up",         "u",                      "Caller",         "Select the calling function: keys and commands mean it then.",             "selection.frame_up",      Scope.LAB),
    Action("frame_down",       "d",                      "Callee",         "Select the function that was called.",                                     "selection.frame_down",    Scope.LAB),
    Action("goto",             "g",                      "Go to",          "Show a line, $function or 0xoffset; in memory, an address.",               "search.goto",             Scope.LAB),
    Action("function",         "G",                      "Function",       "Find a function by letters of its name, and show it.",                     "browsing.function",       Scope.LAB),
    Action("here",             "h",                      "Here",           "Show the next instruction again.",                                         "search.here",             Scope.LAB),
    Action("command",          "colon",                  "Command",        "Type a debugger command, such as break $main or x/4 0x10.",                "typed_commands.type",     Scope.LAB,         footer=2),
    Action("search",           "slash",                  "Search",         "Find text in the source; in memory, text or bytes.",                       "search.search",           Scope.LAB),
    Action("search_memory",    "backslash",              "Search memory",  "Find text or bytes in memory.",                                            "search.search_memory",    Scope.LAB),
    Action("search_next",      "plus",                   "Search again",   "Find the same text further down.",                                         "search.search_next",      Scope.LAB),
    Action("module",           "v",                      "Module",         "Browse types, imports, functions, data and all else in the module.",       "browsing.module",         Scope.LAB,         footer=2),
    Action("copy",             "y",                      "Copy",           "Copy the value or line under the cursor, or what the pane shows.",         "selection.copy",          Scope.LAB),
    Action("copy_trace",       "Y",                      "Copy trace",     "Copy what the last 100 steps did, a line each.",                           "history.copy_trace",      Scope.LAB),
    Action("base",             "x",                      "Base",           "Show integers signed, unsigned or in hexadecimal.",                        "selection.next_base",     Scope.LAB),
    Action("calls",            "k",                      "Host calls",     "Show or hide host calls in the console.",                                  "panes.toggle_host_calls", Scope.LAB),
    *_PANE_ACTIONS,
    Action("next_pane",        "tab",                    "Next pane",      "Go to the next pane.",                                                     "panes.next_pane",              Scope.LAB),
    Action("previous_pane",    "shift+tab",              "Previous pane",  "Go to the pane before.",                                                   "panes.previous_pane",          Scope.LAB),
    Action("close_log",        "escape",                 "Close log",      "Close the log; the next answer opens it again.",                           "panes.close_log",         Scope.LAB),
    Action("zoom",             "z",                      "Zoom",           "Give the whole screen to a pane, or take it back.",                        "panes.zoom",              Scope.LAB),

    Action("line_up",          "up",                     "Up",             "Move the cursor a line up.",                                               "move(-1)",                Scope.SOURCE),
    Action("line_down",        "down",                   "Down",           "Move the cursor a line down.",                                             "move(1)",                 Scope.SOURCE),
    Action("page_up",          "pageup",                 "Page up",        "Move the cursor a page up.",                                               "page(-1)",                Scope.SOURCE),
    Action("page_down",        "pagedown",               "Page down",      "Move the cursor a page down.",                                             "page(1)",                 Scope.SOURCE),
    Action("first_line",       "home",                   "First line",     "Move the cursor to the first line.",                                       "first",                   Scope.SOURCE),
    Action("last_line",        "end",                    "Last line",      "Move the cursor to the last line.",                                        "last",                    Scope.SOURCE),

    Action("unfold",           "enter",                  "Unfold",         "Show the function that a line of a long disassembly stands for.",          "unfold",                  Scope.SOURCE),

    Action("frame_above",      "up",                     "Inner frame",    "Select the frame above.",                                                  "select(-1)",              Scope.FRAMES),
    Action("frame_below",      "down",                   "Outer frame",    "Select the frame below.",                                                  "select(1)",               Scope.FRAMES),

    Action("value_read",       "space",                  "Read",           "Show the value in every base; of a reference, its object too.",            "browsing.value_read",     Scope.VALUES),
    Action("value_follow",     "M",                      "To memory",      "Go to the address, or the function, that the value points at.",                                     "browsing.value_follow",   Scope.VALUES),

    Action("byte_left",        "left",                   "Byte left",      "Move to the byte before.",                                                 "move(-1)",                Scope.MEMORY),
    Action("byte_right",       "right",                  "Byte right",     "Move to the next byte.",                                                   "move(1)",                 Scope.MEMORY),
    Action("byte_up",          "up",                     "Row up",         "Move a row of bytes back.",                                                "move_row(-1)",            Scope.MEMORY),
    Action("byte_down",        "down",                   "Row down",       "Move a row of bytes on.",                                                  "move_row(1)",             Scope.MEMORY),
    Action("memory_page_up",   "pageup",                 "Page up",        "Move a screen back.",                                                      "page(-1)",                Scope.MEMORY),
    Action("memory_page_down", "pagedown",               "Page down",      "Move a screen on.",                                                        "page(1)",                 Scope.MEMORY),
    Action("memory_first",     "home",                   "First byte",     "Move to address 0.",                                                       "first",                   Scope.MEMORY),
    Action("memory_last",      "end",                    "Last byte",      "Move to the last byte.",                                                   "last",                    Scope.MEMORY),
    Action("memory_follow",    "enter",                  "Follow",         "Go to the address that the cell holds (i32).",                             "follow",                  Scope.MEMORY),
    Action("memory_map",       "v",                      "Map",            "Show what lies where: data segments, C stack, heap.",                      "browsing.memory_map",     Scope.MEMORY),
    Action("memory_read",      "space",                  "Read",           "Say what the bytes at the cursor mean, in every type.",                    "browsing.memory_read",    Scope.MEMORY),
    Action("memory_hold",      "H",                      "Hold still",     "Stay here, or follow again what the program reads and writes.",            "hold",                    Scope.MEMORY),
    Action("memory_next",      "M",                      "Next memory",    "Show the next memory of the module.",                                      "next_memory",             Scope.MEMORY),

    Action("memory_back",      "backspace",              "Back",           "Go back to where the cursor was before it followed an address.",           "browsing.memory_back",    Scope.MEMORY),

    Action("display_edit",     "e",                      "Edit",           "Show another expression in its place.",                                    "displays.edit",           Scope.DISPLAYS),
    Action("display_remove",   "delete,backspace",       "Remove",         "Show the expression no more.",                                             "displays.remove",         Scope.DISPLAYS),

    Action("break_switch",     "space",                  "On or off",      "Switch the breakpoint on or off.",                                         "switch",                  Scope.BREAKPOINTS),
    Action("break_remove",     "delete,backspace",       "Remove",         "Remove the breakpoint.",                                                   "remove",                  Scope.BREAKPOINTS),

    Action("break_edit",       "e",                      "Condition",      "Change when it stops: condition, hits, once; what it logs, and commands.",  "amend",                   Scope.BREAKPOINTS),

    Action("list_up",          "up",                     "Up",             "Move the cursor a line up.",                                               "move(-1)",                Scope.LIST),
    Action("list_down",        "down",                   "Down",           "Move the cursor a line down.",                                             "move(1)",                 Scope.LIST),
    Action("list_page_up",     "pageup",                 "Page up",        "Move the cursor a page up.",                                               "page(-1)",                Scope.LIST),
    Action("list_page_down",   "pagedown",               "Page down",      "Move the cursor a page down.",                                             "page(1)",                 Scope.LIST),
    Action("list_first",       "home",                   "First",          "Move the cursor to the first line.",                                       "first",                   Scope.LIST),
    Action("list_last",        "end",                    "Last",           "Move the cursor to the last line.",                                        "last",                    Scope.LIST),
    Action("list_take",        "enter",                  "Go there",       "Show what the line stands for.",                                           "take",                    Scope.LIST,        footer=1),

    Action("list_find",        "slash",                  "Find",           "Find text in the list.",                                                   "find",                    Scope.CHOOSER,     footer=1),

    Action("follow",           "W",                      "Follow",         "Go on to where the value was copied from.",                                "follow",                  Scope.ORIGINS,     footer=1),

    Action("compare",          "c",                      "Compare",        "Say what a branch and the present one have differently first.",            "compare",                 Scope.BRANCHES,    footer=1),

    Action("assemble",         "ctrl+s",                 "Assemble",       "Save the text, assemble it and step it; without a file, ask for a name.",  "assemble",                Scope.EDITOR,      footer=1),
    Action("replay",           "ctrl+r",                 "Replay",         "Assemble the text, run it with the recorded input, and go to what differs first.", "replay",                  Scope.EDITOR,      footer=1),
    Action("save_as",          "ctrl+o",                 "Save as",        "Write the text to a file.",                                                "save_as",                 Scope.EDITOR,      footer=1),
    Action("leave_editor",     "escape",                 "Back",           "Back to the lab; the text stays as it is until it is saved.",                    "leave",                   Scope.EDITOR,      footer=1),

    Action("unsaved_save",            "s",                      "Save",           "Write the text to its file, whether it assembles or not.",                  "answer('save')",          Scope.UNSAVED),
    Action("unsaved_discard",         "d",                      "Discard",        "Throw away what was typed.",                                                "answer('discard')",       Scope.UNSAVED),
    Action("unsaved_stay",            "escape",                 "Stay",           "Go back to the text.",                                                      "answer('')",              Scope.UNSAVED),

    Action("recording_save",          "s",                      "Save",           "Write the recording to a file, which wasmlab opens again.",                 "answer('save')",          Scope.RECORDING),
    Action("recording_discard",       "d",                      "Discard",        "Give the recording up.",                                                    "answer('discard')",       Scope.RECORDING),
    Action("recording_stay",          "escape",                 "Stay",           "Go back to the program.",                                                   "answer('')",              Scope.RECORDING),

    Action("rebuilt_reload",          "r",                      "Reload",         "Run what the file holds now.",                                              "answer('reload')",        Scope.REBUILT),
    Action("rebuilt_replay",          "p",                      "Replay",         "Run it with the recorded input, and go to what differs first.",             "answer('replay')",        Scope.REBUILT),
    Action("rebuilt_old",             "o",                      "Old one",        "Begin again what was read; ask no more until the file changes.",            "answer('old')",           Scope.REBUILT),
    Action("rebuilt_stay",            "escape",                 "Stay",           "Leave the program where it stands.",                                        "answer('')",              Scope.REBUILT),

    Action("kept_edit",               "e",                      "Edit",           "Go on with the text.",                                                      "answer('edit')",          Scope.KEPT),
    Action("kept_discard",            "d",                      "Discard",        "Throw it away.",                                                            "answer('discard')",       Scope.KEPT),
    Action("kept_later",              "escape",                 "Later",          "Keep it; in the lab, the key that edits shows it.",                         "answer('')",              Scope.KEPT),

    Action("choose_file",      "o",                      "Open file",      "Open a .wat or .wasm file by its name.",                                   "choose_file",             Scope.START,       footer=1),

    Action("complete",         "tab",                    "Complete",       "Take the completion that is shown.",                                       "complete",                Scope.COMMAND),
    Action("recall_earlier",   "up",                     "Earlier line",   "Show the command that was given before.",                                  "recall(-1)",              Scope.COMMAND),
    Action("leave_line",       "escape",                 "Leave",          "Leave the line without a command.",                                        "leave",                   Scope.COMMAND),
    Action("recall_later",     "down",                   "Later line",     "Go on to the command that was given after.",                               "recall(1)",               Scope.COMMAND),

    Action("cancel",           "escape",                 "Cancel",         "Close without doing anything.",                                            "cancel",                  Scope.DIALOGUE,    footer=1),

    Action("end_stdin",        "ctrl+d",                 "End of input",   "In an empty line: close the program's standard input.",                    "end_input",               Scope.STDIN,       footer=1),

    Action("close",            "escape,q,question_mark", "Close",          "Back to where you were.",                                                  "close",                   Scope.READER,      footer=1),

    Action("help",             "question_mark,f1",       "Help",           "Show keys and signs.",                                                     "app.show_keys",           Scope.APP,         footer=1),
    Action("palette",          "ctrl+p",                 "All actions",    "Search everything that can be done.",                                      "app.command_palette",     Scope.APP,         footer=2),
    Action("start",            "ctrl+n",                 "Start screen",   "Open another program: samples, recent files, templates.",                  "app.start",               Scope.APP),
    Action("suspend",          "ctrl+z",                 "Suspend",        "Back to the shell for a while; fg comes back here.",                       "app.suspend_process",     Scope.APP),
    Action("quit",             "q,ctrl+q",               "Quit",           "Leave wasmlab.",                                                           "app.quit",                Scope.APP,         footer=1),
)
# fmt: on


def actions_of(scope: Scope) -> list[Action]:
    """Return the rows of one scope, in the order of the table."""
    return [action for action in ACTIONS if action.scope is scope]


def asking_key(method: str, argument: str = "") -> str:
    """Return the key and the label of the action that calls a method; empty if none does."""
    found = (a for a in ACTIONS if a.method == method and a.argument in {"", argument})
    return next((f"{key_names(action).split(' ')[0]} {action.label}" for action in found), "")


def key_of(method: str) -> str:
    """Return the key of the action that calls a method; empty if none does."""
    return asking_key(method).partition(" ")[0]


_NAMES = {
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "comma": ",",
    "full_stop": ".",
    "slash": "/",
    "plus": "+",
    "colon": ":",
    "equals_sign": "=",
    "escape": "esc",
    "question_mark": "?",
}


def key_names(action: Action) -> str:
    """Return the keys of an action as they are written for readers: ``s or F11``."""
    return " or ".join(key_name(key.strip()) for key in keys_of(action).split(","))


def keys_of(action: Action) -> str:
    """Return the keys of an action: those that were chosen, else those of the table."""
    return chosen_keys().get(action.id, action.keys)


def keymap() -> dict[str, str]:
    """Return the chosen keys by the ids of actions; ids that are no action's are left out."""
    ids = {action.id for action in ACTIONS}
    return {name: keys for name, keys in chosen_keys().items() if name in ids}


def problem_with_keys() -> str:
    """Return what is wrong with the file of chosen keys, or nothing."""
    try:
        found = read_keys()
    except UsageError as error:
        return str(error)
    unknown = found.keys() - {action.id for action in ACTIONS}
    return f"keys.toml: there is no action {min(unknown)!r}" if unknown else ""


def key_name(key: str) -> str:
    """Return a key of Textual as it is written for readers: ``shift+F11``, ``esc``, ``?``."""
    if key in _NAMES:
        return _NAMES[key]
    parts = key.split("+")
    return "+".join(p.upper() if p[0] == "f" and p[1:].isdigit() else p for p in parts)
