"""What a program is given on the command line: the options that run, debug and trace share."""

from __future__ import annotations

import os
import sys

from wasmlab.engine.grants import INTERACTIVE, Grants
from wasmlab.engine.tier import ENGINES
from wasmlab.errors import UsageError, WasmlabError
from wasmlab.hints import TYPE_CHECKING, Any, cast
from wasmlab.host.wasi.faults import parse_fault
from wasmlab.host.wasi.quotas import parse_quota, with_quotas
from wasmlab.opening.arguments import Option
from wasmlab.opening.files import STDIN, load_module, sample_of
from wasmlab.opening.inputs import MODULE_FILE, RECORDING_FILE
from wasmlab.records import fields, replace

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence
    from io import BufferedReader
    from pathlib import Path

    from wasmlab.host.wasi.fs.mount import Dir
    from wasmlab.module import Module
    from wasmlab.opening.parser import Parser
    from wasmlab.samples import Sample

STUBS = ("trap", "zero", "ask")


def _directories(texts: Sequence[str]) -> dict[str, Dir]:
    return dict(_directory(text) for text in texts)


def _directory(text: str) -> tuple[str, Dir]:
    parts = text.split("::")
    readonly = len(parts) > 1 and parts[-1] == "ro"
    if readonly:
        parts.pop()
    if len(parts) > 2 or not all(parts):  # noqa: PLR2004 - host and guest
        raise UsageError(f"not a directory to grant: {text!r}", hint="write --dir HOST::GUEST")
    host, guest = parts[0], parts[-1]
    if not os.path.isdir(host):
        raise UsageError(f"--dir: there is no folder {host}", hint="write --dir HOST::GUEST")
    from wasmlab.host.wasi.fs.mount import Dir  # with all file systems

    return guest, Dir(host, readonly=readonly)


MOST_INPUT = 256 << 20
"""Bytes of a file that is standard input as a whole."""


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            found = file.read(MOST_INPUT + 1)
    except OSError as error:
        raise WasmlabError(f"cannot read {path}: {error.strerror}") from error
    if len(found) > MOST_INPUT:
        raise WasmlabError(
            f"{path} has more than {MOST_INPUT >> 20} MiB",
            hint="wasmlab run reads larger input as it is needed: run FILE < INPUT",
        )
    return found


_UNITS = {"K": 10, "M": 20, "G": 30, "T": 40}


def parse_size(text: str) -> int:
    """Return a size in bytes: ``512M``, ``1.5G``; without a unit in megabytes; UsageError else."""
    import re  # most starts have no size to read

    written = re.fullmatch(r"(\d{1,19})(?:\.(\d{1,19}))?([KMGT]?)", text.upper(), re.ASCII)
    whole, part, unit = ("0", "", "") if written is None else written.groups(default="")
    size = (int(whole + part) << _UNITS[unit or "M"]) // 10 ** len(part)
    if size < 1:
        raise UsageError(f"not a size: {text!r}", hint="write a number and K, M, G or T, like 1.5G")
    return min(size, 1 << 62)


# fmt: off
PROGRAM_OPTIONS: tuple[Option, ...] = (
    Option(("--invoke",), "enter this exported function instead of _start; its arguments follow FILE", "NAME"),
    Option(("--dir",), "grant a directory; the program sees it as GUEST (default: HOST); ro: for reading only", "HOST[::GUEST][::ro]", many=True, dest="dirs", grant=_directories),
    Option(("--env",), "set a variable; without a value it is taken from this environment", "NAME[=VALUE]", many=True),
    Option(("--inherit-env",), "grant all variables of this environment"),
    Option(("--stdin",), "standard input of the program", "FILE", grant=_content),
    Option(("--preload",), "instantiate FILE first; its exports serve imports from NAME", "NAME=FILE", many=True),
    Option(("--host",), "Python functions that serve as imports: module.name is def module_name or def name", "FILE.py"),
    Option(("--stub-imports",), "stand-ins for unknown imports: trap when called, return zero, or ask", "|".join(STUBS), choices=STUBS),
    Option(("--fault",), "let WASI calls fail: fd_write:3=ENOSPC, fd_read=short:1", "CALL[:N]=ERRNO", many=True, read=parse_fault, dest="faults", grant=tuple),
    Option(("--quota",), "limit what the program may use: descriptors, output, written, storage, files", "NAME=N", many=True, read=parse_quota, dest="quotas", grant=with_quotas),
    Option(("--max-memory",), "how much its memories, tables, objects and files in memory may take (default: half of the machine's memory, of which objects 128M; given SIZE, objects up to 1G)", "SIZE", read=parse_size),
    Option(("--max-address-space",), "how much its memories with 64-bit addresses may declare (default: 64G)", "SIZE", read=parse_size),
    Option(("--seed",), "where its random numbers begin, if they are not the system's", "N", read=int),
    Option(("--engine",), "what executes instructions; results are the same with all of them", "|".join(ENGINES), choices=ENGINES),
    Option(("--deterministic",), "virtual clock and seeded random numbers (the default of debug and trace)"),
    Option(("--no-deterministic",), "real clock and real random numbers (the default of run)"),
)
# fmt: on


FORCE = Option(("--force",), "replace a file that wasmlab did not write, or that is read")


def add_force(parser: Parser) -> None:
    """Declare ``--force``."""
    FORCE.add_to(parser)


def files_read(*words: str) -> list[Path]:
    """Return the files that words name, as far as there are any; ``-`` is standard input."""
    from pathlib import Path

    found = [Path("/dev/stdin") if word == STDIN else Path(word) for word in words]
    samples = (sample_of(word) for word in words)
    return [*found, *(sample.path for sample in samples if sample is not None)]


def files_given(found: argparse.Namespace) -> list[Path]:
    """Return the files that a command line with a program's options reads."""
    preloaded = (text.partition("=")[2] for text in found.preload or ())
    others = (word for word in (found.stdin, found.host) if word)
    return files_read(found.file, *preloaded, *others)


def add_program_arguments(parser: Parser, options: tuple[Option, ...]) -> None:
    """Declare FILE, the program's arguments and the options, those of a program in their group."""
    parser.add_argument(
        "file",
        metavar="FILE",
        help=f"{MODULE_FILE}, a sample's name, or {RECORDING_FILE} to debug or trace",
    )
    parser.add_argument(
        "arguments",
        metavar="ARGS",
        nargs="*",
        default=(),  # without one, argparse says that ARGS is required
        help="arguments of the program, or of --invoke",
    )
    own = [option for option in options if option not in PROGRAM_OPTIONS]
    for option in own:
        option.add_to(parser)
    group = parser.add_argument_group("what the program is given")
    for option in PROGRAM_OPTIONS:
        option.add_to(group)


_PLAIN = frozenset(field.name for field in fields(Grants)) - {"env", "preload", "deterministic"}
"""Fields of ``Grants`` whose options need nothing but themselves."""


def given(
    found: argparse.Namespace, module: Module, usual: Grants = INTERACTIVE, *, to_end: bool = False
) -> Grants:
    """Return the grants of the options to a module; usual: its grants without options.

    An option whose name is a field of ``Grants`` fills it. A sample gets the grants of its header: the
    modules it is linked with, and, if it is run to its end and nothing else is named, the call.

    Raises UsageError for options that make no sense, WasmlabError for files that cannot be read.
    """
    sample = sample_of(found.file)
    preload = _sample_preload(sample)
    invoke, arguments = found.invoke, tuple(found.arguments)
    if to_end and sample is not None and not invoke and not arguments:
        invoke, arguments = _sample_call(sample)
    call = {
        "args": () if invoke else arguments,
        "invoke": invoke,
        "invoke_args": arguments if invoke else (),
    }
    return replace(usual, **({"preload": preload} | said(found, module, preload) | call))


def said(
    found: argparse.Namespace, module: Module, preload: Mapping[str, Module]
) -> dict[str, Any]:
    """Return the fields of ``Grants`` that options say, those of options that were given only.

    preload: what the module is linked with otherwise. Raises UsageError for options that make no
    sense, WasmlabError for files that cannot be read.
    """
    if found.deterministic and found.no_deterministic:
        raise UsageError("--deterministic and --no-deterministic contradict each other")
    make = {option.name: option.grant for option in PROGRAM_OPTIONS if option.grant is not None}
    values = {k: v for k, v in vars(found).items() if k in _PLAIN and v is not None}
    fields_ = {name: make[name](value) if name in make else value for name, value in values.items()}
    if found.env or found.inherit_env:
        fields_["env"] = _environment(found.env or (), inherit=found.inherit_env)
    if found.preload:
        preload = {**preload, **dict(_preloaded(text) for text in found.preload)}
        fields_["preload"] = preload
    if found.host:
        from pathlib import Path

        fields_["imports"] = host_imports(Path(found.host), [module, *preload.values()])
    if found.deterministic or found.no_deterministic:
        fields_["deterministic"] = found.deterministic
    return fields_


class OwnInput:
    """Our own standard input, as a program reads it."""

    def __call__(self, size: int) -> bytes:
        """Return up to size bytes, as soon as there are any."""
        return cast("BufferedReader", sys.stdin.buffer).read1(size)

    def wait(self, seconds: float | None, /) -> bool:
        """Wait until a read would not, so long at most (None: for ever); return if it would not.

        True at once where the system can't tell: on Windows, and for a stream in memory.
        """
        try:
            import select

            return bool(select.select([sys.stdin.buffer], [], [], seconds)[0])
        except (OSError, ValueError):
            return True


def _environment(words: list[str] | tuple[()], *, inherit: bool) -> dict[str, str]:
    env = dict(os.environ) if inherit else {}
    for word in words:
        name, equals, value = word.partition("=")
        if not name:
            raise UsageError(f"no variable name in --env {word!r}", hint="write NAME=VALUE")
        if equals:
            env[name] = value
        elif name in os.environ:
            env[name] = os.environ[name]
        else:
            hint = f"write --env {name}=VALUE"
            raise UsageError(f"{name} is not set in this environment", hint=hint)
    return env


def _sample_call(sample: Sample) -> tuple[str | None, tuple[str, ...]]:
    """Return the call in a sample's header, with its arguments; None if it has a _start."""
    flag = "--invoke"
    if flag not in sample.args:
        return None, ()
    name, *arguments = sample.args[sample.args.index(flag) + 1 :]
    return name, tuple(arguments)


def _sample_preload(sample: Sample | None) -> dict[str, Module]:
    """Return the modules that a sample is linked with, as its header says; none for other files."""
    found = {} if sample is None else sample.preload
    return {name: load_module(str(path)) for name, path in found.items()}


def _preloaded(text: str) -> tuple[str, Module]:
    name, equals, file = text.partition("=")
    if not equals or not name or not file:
        raise UsageError(f"not a module to preload: {text!r}", hint="write --preload NAME=FILE")
    return name, load_module(file)


class HostFile(dict[str, dict[str, object]]):
    """Functions of a Python file, by module and name of the imports that they serve."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path


def host_imports(path: Path, modules: Sequence[Module]) -> HostFile:
    """Return the functions of a Python file that serve the imports of modules, by module and name.

    An import ``"env" "log"`` is served by ``env_log``, else by ``log``; a variable ``IMPORTS``, a
    dictionary by module of dictionaries by name, comes first. Raises WasmlabError if the file fails.
    """
    if not path.is_file():
        raise WasmlabError(f"no such file: {path}", hint="--host takes a Python file")
    names = _executed(path)
    declared = names.get("IMPORTS", {})
    provided = HostFile(path)
    for wanted in (entry for module in modules for entry in module.imports):
        found = _named(names, declared, wanted.module, wanted.name)
        if found is not None:
            provided.setdefault(wanted.module, {})[wanted.name] = found
    return provided


def _named(
    names: Mapping[str, object],
    declared: Mapping[str, Mapping[str, object]],
    module: str,
    name: str,
) -> object | None:
    if name in declared.get(module, {}):
        return declared[module][name]
    return names.get(f"{module}_{name}", names.get(name))


def _executed(path: Path) -> dict[str, Any]:
    import runpy

    run: Callable[[str], dict[str, Any]] = runpy.run_path
    try:
        return run(str(path))
    except Exception as error:
        line = f"{path}: {type(error).__name__}: {error}"
        raise WasmlabError(line, hint="--host runs this file to find functions in it") from error
