"""The program ``wasmlab``, also as ``python -m wasmlab``; ctrl+c is quiet while it loads too."""

from __future__ import annotations

import gc
import sys


def main() -> int:
    """Carry out the command line and return the exit status."""
    gc.disable()  # all that is made while a command loads stays; ``cli.main`` goes on with it
    try:
        from wasmlab.cli import main as command_line  # loading may be interrupted

        return command_line.main()
    except KeyboardInterrupt:
        import signal  # with enumerations

        sys.stderr.write("wasmlab: interrupted\n")
        return 128 + signal.SIGINT
    finally:
        gc.freeze()  # what is there at the end is not looked through once more


if __name__ == "__main__":
    sys.exit(main())
