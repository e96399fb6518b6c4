"""The report of an error that is wasmlab's own fault."""

from __future__ import annotations

import os

TRACEBACK = "WASMLAB_TRACEBACK"
"""The environment variable with which a report begins with the traceback."""
DEFECT = 70
"""Exit status after a defect: EX_SOFTWARE of sysexits.h."""


def defect_text(error: BaseException) -> str:
    """Return the report of a defect, unescaped: one line, after the traceback if it is wanted."""
    line = f"{type(error).__name__}: {' '.join(str(error).split())}".removesuffix(": ")
    report = f"wasmlab: a defect of wasmlab: {line}; please report it with what {TRACEBACK}=1 shows"
    if not os.environ.get(TRACEBACK):
        return report
    import traceback  # with the tokenizer

    return "".join(traceback.format_exception(error)) + report
