"""``wasmlab inspect``: the kind of a file, its needs, and the next commands to type."""

from __future__ import annotations

from shlex import quote
from textwrap import wrap

from wasmlab.binary.custom import producers, target_features
from wasmlab.binary.decode import decode, decode_body
from wasmlab.cli.command import Command, Plain
from wasmlab.cli.missing_memory import missing_memory
from wasmlab.cli.origin import COMPONENT, Facts, abi, language
from wasmlab.cli.terminal import say
from wasmlab.counted import counted
from wasmlab.errors import Malformed
from wasmlab.escape import shortened
from wasmlab.hints import TYPE_CHECKING
from wasmlab.host.wasi.abi import ROWS
from wasmlab.host.wasi.quote import escape
from wasmlab.opening.files import name_of, naming, read
from wasmlab.opening.inputs import BINARY, MODULE_FILE, module_of
from wasmlab.records import dataclass
from wasmlab.syntax.module import CODE_SECTION, ExternKind
from wasmlab.syntax.types import F32, F64, I64, FuncType, NumType, RefType

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from wasmlab.cli.origin import Abi
    from wasmlab.opening.parser import Parser
    from wasmlab.syntax.module import Export, Module
    from wasmlab.syntax.types import DefType, GlobalType, MemType

COMPONENT_PREAMBLE = b"\0asm\x0d\x00\x01\x00"
SECTION_NAMES = (
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
    "tag",
)
SHOWN_NAMES = 12
"""How many imports of a module, or exports, the text lists."""
SCANNED_CODE = 4 << 20
"""Bytes of code up to which all instructions are looked at."""
FIRST_VERSION = "1.0"
LABEL_WIDTH = 11
WIDTH = 100
KIB = 1024


@dataclass(frozen=True, slots=True)
class Inspection:
    """What ``inspect`` found; all text is safe to show on a terminal."""

    size: int
    """Bytes of the file."""
    abi: Abi
    language: str
    """Source language; empty if nothing tells."""
    tools: tuple[str, ...] = ()
    """What the producers section lists: ``clang 19.1.5``."""
    imports: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Imported names by module, in order."""
    exports: tuple[str, ...] = ()
    """``func $name [i32] -> [i32]``, ``memory "memory"``."""
    callable: tuple[tuple[str, FuncType], ...] = ()
    """Exported functions by name, without those that start the program."""
    memories: tuple[str, ...] = ()
    funcs: int = 0
    """Functions that the module defines."""
    imported_funcs: int = 0
    code_size: int = 0
    """Bytes of the code section."""
    data_size: int = 0
    """Bytes of all data segments."""
    debug: tuple[str, ...] = ()
    """What there is to debug with: names, DWARF, a source map."""
    features: tuple[str, ...] = ()
    """Versions and proposals beyond the first version that it uses or declares."""
    sections: tuple[tuple[str, int], ...] = ()
    """Names and bytes of the sections in order, custom sections by their own names."""
    warnings: tuple[str, ...] = ()
    is_served: bool = True
    """Whether WASI provides all its imports."""
    is_misspelt: bool = False
    """Whether an import looks like a function of WASI and is none."""
    can_link: bool = True
    """Whether its imports from WASI have the types that WASI has."""


def inspect_bytes(data: bytes) -> Inspection:
    """Return the report of a file: a module, or a component (told by its preamble only).

    Raises Malformed if it is neither.
    """
    if data.startswith(COMPONENT_PREAMBLE):
        return Inspection(size=len(data), abi=COMPONENT, language="")
    return inspect_module(decode(data))


def inspect_module(module: Module) -> Inspection:
    """Return the report of a decoded module."""
    facts = _facts(module)
    warnings, foreign = list(module.warnings), tuple(_of_another_type(module))
    misspelt = tuple(_misspelt(module))
    try:
        used = _used(module)
    except Malformed as error:
        used = set[str]()
        warnings.append(f"a function cannot be read: {error}")
    return Inspection(
        size=len(module.data),
        abi=abi(facts),
        language=language(facts),
        tools=tuple(
            escape(f"{name} {version}".strip())
            for field, values in facts.tools.items()
            if field != "language"
            for name, version in values
        ),
        imports=tuple(
            (escape(name), tuple(map(escape, names))) for name, names in facts.imports.items()
        ),
        exports=tuple(_exports(module)),
        callable=tuple(_callable(module)),
        memories=tuple(map(_memory, module.mem_types)),
        funcs=len(module.funcs),
        imported_funcs=module.imported_funcs,
        code_size=code_size(module),
        data_size=sum(segment.init.end - segment.init.start for segment in module.datas),
        debug=tuple(_debug(module, facts)),
        features=tuple(_features(module, used)),
        sections=tuple(_sections(module)),
        warnings=(
            *map(escape, warnings),
            *misspelt,
            *foreign,
            *filter(None, [missing_memory(module)]),
        ),
        is_served=all((i.module, i.name) in ROWS for i in module.imports),
        is_misspelt=bool(misspelt),
        can_link=not foreign,
    )


def _misspelt(module: Module) -> Iterator[str]:
    """Yield what is to be said of imports that look like functions of WASI and are none."""
    for wanted in module.imports:
        key = wanted.module, wanted.name
        if key in ROWS:
            continue
        from wasmlab.host.linker import similar  # loads the store

        like = similar(key, ROWS)
        if like:
            name = f'"{escape(wanted.module)}" "{escape(wanted.name)}"'
            yield f"nothing provides {name}; did you mean {like}?"


def _of_another_type(module: Module) -> Iterator[str]:
    """Yield what is to be said of imports that have the name of a function of WASI only."""
    for wanted in module.imports:
        row = ROWS.get((wanted.module, wanted.name))
        if row is None or getattr(wanted.type, "comp", None) == row.type:
            continue
        yield (
            f'"{wanted.module}" "{wanted.name}" is {wanted.kind.value} {wanted.type} here and func '
            f"{row.type} in WASI: it cannot be linked, nor replaced by a stub"
        )


def code_size(module: Module) -> int:
    """Return how many bytes the code section has."""
    return sum(span.end - span.start for number, span in module.sections if number == CODE_SECTION)


def next_commands(report: Inspection, file: str) -> tuple[tuple[str, str], ...]:
    """Return the next commands to type for a file, each with its effect."""
    file = quote(file)
    if report.abi is COMPONENT:
        return (
            (
                f"wasm-tools component unbundle --module-dir modules {file}",
                "take the core modules out; wasmlab runs these",
            ),
        )
    reading = (f"wasmlab dis {file}", "read it as text")
    if report.is_misspelt or not report.can_link:  # a stub would hide the mistake
        return (reading,)
    stubs = "" if report.is_served else " --stub-imports ask"
    if any(name.startswith('func "_start"') for name in report.exports):
        return (
            (f"wasmlab {file}{stubs}", "step through it"),
            (f"wasmlab run {file}{stubs}", "run it"),
        )
    typed = [(name, t) for name, t in report.callable if _can_be_typed(name)]
    if typed:
        name, functype = typed[0]
        words = " ".join([quote(name), *(_argument(t) for t in functype.params)])
        return (
            (f"wasmlab {file}{stubs} --invoke {words}", "step through a call"),
            (f"wasmlab {file}{stubs}", "choose what to call"),
        )
    if any(name == "start" for name, _ in report.sections) or report.exports:
        return ((f"wasmlab {file}{stubs}", "step through it"), reading)
    return (reading,)


def _can_be_typed(name: str) -> bool:
    """Return whether a name is good as a word of a command: short, printable, no option."""
    return bool(name) and escape(name) == shortened(name) == name and not name.startswith("-")


def render(report: Inspection, file: str) -> str:
    """Return the report as text, a fact a line, ending with the commands to type next."""
    kind = "component" if report.abi is COMPONENT else "module"
    lines = [f"{escape(file)}: WebAssembly {kind}, {report.size:,} bytes"]
    for label, text in _facts_shown(report):
        start = f"  {label:<{LABEL_WIDTH}} "
        indent = " " * len(start)
        lines += wrap(
            text,
            WIDTH,
            initial_indent=start,
            subsequent_indent=indent,
            break_on_hyphens=False,
        )
    lines += ["", "Next:"]
    commands = next_commands(report, escape(file))
    width = max(len(command) for command, _ in commands)
    lines += [f"  {command:<{width}}   {purpose}" for command, purpose in commands]
    return "\n".join(lines) + "\n"


def _facts_shown(report: Inspection) -> Iterator[tuple[str, str]]:
    made = " with ".join(filter(None, (report.language, ", ".join(report.tools))))
    yield "made by", made or "unknown: it does not say"
    yield "kind", f"{report.abi.name}. {report.abi.meaning}"
    if report.abi is COMPONENT:
        return
    for module, names in report.imports:
        yield "imports", f"{shortened(module)}: {_listed(names)}"
    yield "exports", _listed(report.exports)
    for memory in report.memories:
        yield "memory", memory
    imported = f", {report.imported_funcs} imported" if report.imported_funcs else ""
    yield "functions", f"{report.funcs:,} in {_bytes(report.code_size)} of code{imported}"
    if report.data_size:
        yield "data", _bytes(report.data_size)
    yield "debug info", ", ".join(report.debug) or "none"
    yield "features", ", ".join(report.features) or "those of the first version"
    yield "sections", ", ".join(f"{name} {size:,}" for name, size in report.sections)
    for warning in report.warnings:
        yield "warning", warning


def _facts(module: Module) -> Facts:
    imports: dict[str, list[str]] = {}
    for entry in module.imports:
        imports.setdefault(entry.module, []).append(entry.name)
    return Facts(
        imports=imports,
        exports=frozenset(export.name for export in module.exports),
        customs=frozenset(custom.name for custom in module.customs),
        funcs=tuple(module.names.funcs.values()),
        tools=producers(module),
    )


def _exports(module: Module) -> Iterator[str]:
    for export in module.exports:
        shown = f'{export.kind.value} "{escape(export.name)}"'
        if export.kind is ExternKind.FUNC:
            shown += f" {_type_of(module, export) or 'of an unknown function'}"
        yield shown


def _callable(module: Module) -> Iterator[tuple[str, FuncType]]:
    for export in module.exports:
        deftype = _type_of(module, export)
        if deftype is not None and export.name not in {"_start", "_initialize"}:
            functype = deftype.comp
            if isinstance(functype, FuncType):
                yield export.name, functype


def _type_of(module: Module, export: Export) -> DefType | None:
    """Return the type of an exported function; None for anything else, or if it is not there.

    A file that is inspected need not be valid.
    """
    if export.kind is not ExternKind.FUNC or export.index >= len(module.func_types):
        return None
    return module.func_types[export.index]


def _memory(memory: MemType) -> str:
    minimum, maximum = memory.limits.minimum, memory.limits.maximum
    shown = f"{_pages(minimum)} ({_bytes(minimum * memory.page_size)})"
    if maximum is None:
        shown += ", may grow"
    elif maximum != minimum:
        shown += f", may grow to {_pages(maximum)} ({_bytes(maximum * memory.page_size)})"
    if memory.addr is I64:
        shown += ", 64-bit addresses"
    return f"{shown}, shared" if memory.shared else shown


def _pages(count: int) -> str:
    return counted(count, "page")


def _bytes(size: int) -> str:
    """Return a size in bytes below a KiB, otherwise in the unit that keeps it short."""
    if size < KIB:
        return counted(size, "byte")
    amount, units = size / KIB, ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
    while amount >= KIB and len(units) > 1:
        amount /= KIB
        units.pop(0)
    return f"{amount:,.1f} {units[0]}".replace(".0 ", " ")


def _debug(module: Module, facts: Facts) -> Iterator[str]:
    if module.names.funcs:
        yield "names of functions"
    if module.names.locals:
        yield "names of locals"
    if ".debug_line" in facts.customs:
        yield "DWARF (source lines)"
    if "external_debug_info" in facts.customs:
        yield "DWARF in another file"
    if "sourceMappingURL" in facts.customs:
        yield "a source map"


def _features(module: Module, used: set[str]) -> Iterator[str]:
    """Yield features that types and instructions show, then those of target_features."""
    visible = tuple(dict.fromkeys((*_visible_features(module), *sorted(used))))
    yield from visible
    for prefix, name in target_features(module):
        if prefix == "+" and name not in visible:
            yield escape(name)


def _used(module: Module) -> set[str]:
    """Return the proposals whose instructions the bodies use; none for very large modules."""
    if code_size(module) > SCANNED_CODE:
        return set()
    bodies = (decode_body(module, func) for func in module.funcs)
    return {instr.row.feature for body in bodies for instr in body.instrs} - {FIRST_VERSION}


def _visible_features(module: Module) -> Iterator[str]:
    memories, tables = module.mem_types, module.table_types
    evidence = (
        ("multivalue", any(map(_multivalue, module.types))),
        ("bulk-memory", module.data_count is not None),
        ("reference-types", len(tables) > 1 or any(map(_holds_reference, module.global_types))),
        ("gc", any(not isinstance(t.comp, FuncType) for t in module.types)),
        ("exception-handling", bool(module.tag_types)),
        ("memory64", any(m.addr is I64 for m in (*memories, *tables))),
        ("multimemory", len(memories) > 1),
        ("threads", any(m.shared for m in memories)),
    )
    yield from (name for name, found in evidence if found)


def _multivalue(t: DefType) -> bool:
    return isinstance(t.comp, FuncType) and len(t.comp.results) > 1


def _holds_reference(t: GlobalType) -> bool:
    return isinstance(t.value, RefType)


def _sections(module: Module) -> Iterator[tuple[str, int]]:
    """Yield names and payload sizes; a custom section's name counts as payload."""
    customs = {custom.payload.end: custom.name for custom in module.customs}
    for number, span in module.sections:
        name = (
            SECTION_NAMES[number] if number else escape(shortened(customs.get(span.end, "custom")))
        )
        yield name, span.end - span.start


def _argument(t: object) -> str:
    """Return an example argument of a type."""
    return "1.5" if t in (F32, F64) else "1" if isinstance(t, NumType) else "null"


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - SHOWN_NAMES
    shown = ", ".join(map(shortened, names[:SHOWN_NAMES]))
    return (f"{shown} and {more} more" if more > 0 else shown) or "nothing"


def _add_arguments(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help=f"{MODULE_FILE}; - for standard input")


def _run(found: argparse.Namespace) -> int:
    data = read(found.file)
    name = name_of(found.file)
    with naming(name):
        if data.startswith(BINARY.magic):
            result = inspect_bytes(data)
        else:
            result = inspect_module(module_of(data, name).syntax)
    say(render(result, found.file).removesuffix("\n"), whole=True)
    return 0


COMMAND = Command(_add_arguments, _run, plain=Plain("file"))
