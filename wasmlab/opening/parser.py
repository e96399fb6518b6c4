"""The parser of the command line, for help and for what is wrong with the words."""

from __future__ import annotations

import argparse

from wasmlab.errors import UsageError
from wasmlab.hints import TYPE_CHECKING

if TYPE_CHECKING:
    from wasmlab.hints import NoReturn


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError in place of leaving the process."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with how to get help."""
        raise UsageError(message, hint=f"{self.prog} --help shows what there is")
