"""One lab in a tab of a browser: what ``wasmlab serve`` starts for each, with Textual's web driver.

Usage: python -m wasmlab_tui.served WORDS, as after ``wasmlab serve``.
"""

from __future__ import annotations

import sys

from wasmlab.errors import WasmlabError
from wasmlab.opening.request import parse_request
from wasmlab_tui.app import LabApp
from wasmlab_tui.main import first_program, show


def main(words: list[str]) -> int:
    """Show the lab in the tab; return the exit status."""
    try:
        first = first_program(parse_request(words))
    except WasmlabError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return show(LabApp(*first))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
