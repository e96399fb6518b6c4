"""Every file that is named by the user is written through one function."""

import ast
from collections.abc import Iterator

from tests.hygiene.tree import PACKAGES, parsed, place, sources

WRITERS = {"write_text", "write_bytes", "mkstemp", "NamedTemporaryFile", "copyfile"}
OWN_PLACES = {
    "wasmlab/output_file.py": "the function",
    "wasmlab/notes.py": "notes of its own",
    "wasmlab/cli/main.py": "the null device",
    "wasmlab/cli/terminal.py": "the null device",
    "wasmlab/cli/debug_on_trap.py": "recordings of traps, in the user's state",
    "wasmlab/cache.py": "the cache",
    "wasmlab/script/convert.py": "a folder for the moment",
    "wasmlab/text/assemble.py": "a folder for the moment",
    "wasmlab/tools.py": "a folder for the moment",
    "tui/wasmlab_tui/terminal_driver.py": "the null device",
    "tui/wasmlab_tui/state/": "the lab's own state",
    "notebooks/wasmlab_widgets/folder.py": "copies that replace nothing",
    "notebooks/wasmlab_widgets/writing.py": "the project's own lessons",
}
"""Where files are written that no user names, and which."""


def writes(call: ast.Call) -> bool:
    """Return whether a call makes or changes a file."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in WRITERS:
        return not isinstance(call.func, ast.Name)  # the heap has a function write_bytes
    if name != "open":
        return False
    said = [*call.args, *(keyword.value for keyword in call.keywords)]
    modes = [arg.value for arg in said if isinstance(arg, ast.Constant)]
    flags = {n.attr for arg in said for n in ast.walk(arg) if isinstance(n, ast.Attribute)}
    marks = {mark for mode in modes if isinstance(mode, str) and len(mode) < 4 for mark in mode}
    return bool(marks & set("wax+")) or bool(flags & {"O_WRONLY", "O_RDWR", "O_CREAT"})


def places() -> Iterator[str]:
    for path in sources(*PACKAGES):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and writes(node):
                yield place(path, node.lineno)


def test_files_that_users_name_are_written_by_one_function() -> None:
    found = [at for at in places() if not at.startswith(tuple(OWN_PLACES))]
    assert not found, "use wasmlab.output_file"


def test_places_with_files_of_their_own_are_there() -> None:
    found = list(places())
    assert not [at for at in OWN_PLACES if not any(where.startswith(at) for where in found)]
