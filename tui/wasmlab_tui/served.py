"""One lab in a tab of a browser: what ``wasmlab serve`` starts for each, with Textual's web driver.

Usage: python -m wasmlab_tui.served WORDS, as behind ``wasmlab debug``.
"""

from __future__ import annotations

import sys

from wasmlab.cli.command import parse
from wasmlab.cli.debug import COMMAND, lab_request
from wasmlab.errors import WasmlabError
from wasmlab_tui.app import LabApp
from wasmlab_tui.main import first_program, show


def main(words: list[str]) -> int:
    """Show the lab in the tab; return the exit status."""
    try:
        first = first_program(lab_request(parse(COMMAND, words)))
    except WasmlabError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return show(LabApp(*first))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
