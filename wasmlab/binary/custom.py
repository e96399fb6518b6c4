"""Contents of custom sections that tools write. A malformed one never breaks loading.

``read_customs`` serves loading: names, and a warning for each malformed section. The typed
functions give the contents, empty or None if the section is missing or malformed.
``check_customs`` is the strict check.

Sources: core spec, appendix/custom.html; WebAssembly tool-conventions (producers, dynamic linking,
linking, debugging); the branch hinting proposal.
"""

from __future__ import annotations

from wasmlab.errors import Invalid, Malformed
from wasmlab.hints import TYPE_CHECKING, TypeVar
from wasmlab.records import dataclass, field
from wasmlab.syntax.module import CODE_SECTION, Names
from wasmlab.syntax.row import Condition

from .body import decode_body
from .names import read_names
from .reader import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wasmlab.syntax.module import Custom, Module

T = TypeVar("T")
Pair = tuple[str, str]

NAME = "name"
PRODUCERS = "producers"
TARGET_FEATURES = "target_features"
DYLINK = "dylink.0"
SOURCE_MAPPING_URL = "sourceMappingURL"
EXTERNAL_DEBUG_INFO = "external_debug_info"
BUILD_ID = "build_id"
BRANCH_HINT = "metadata.code.branch_hint"

_FEATURE_PREFIXES = "+-="


@dataclass(slots=True)
class Dylink:
    """What the dynamic linker needs to know: sizes in bytes and elements, alignments in bytes."""

    memory_size: int = 0
    memory_align: int = 1
    table_size: int = 0
    table_align: int = 1
    needed: tuple[str, ...] = ()
    """Libraries to load first."""
    exports: dict[str, int] = field(default_factory=dict[str, int])
    """Symbol flags of exports."""
    imports: dict[Pair, int] = field(default_factory=dict[Pair, int])
    """Symbol flags of imports, by module and name."""
    runtime_path: tuple[str, ...] = ()


def producers(module: Module) -> dict[str, tuple[Pair, ...]]:
    """Return by field (language, processed-by, sdk) the tools and their versions."""
    return _first(module, PRODUCERS, _producers) or {}


def target_features(module: Module) -> tuple[Pair, ...]:
    """Return pairs of a prefix (``+`` used, ``-`` not allowed, ``=`` required) and a feature."""
    return _first(module, TARGET_FEATURES, _target_features) or ()


def dylink(module: Module) -> Dylink | None:
    """Return the dynamic linking information."""
    return _first(module, DYLINK, _dylink)


def source_mapping_url(module: Module) -> str | None:
    """Return the URL of the source map."""
    return _first(module, SOURCE_MAPPING_URL, Reader.name)


def external_debug_info(module: Module) -> str | None:
    """Return the URL of the module with the debug information."""
    return _first(module, EXTERNAL_DEBUG_INFO, Reader.name)


def build_id(module: Module) -> bytes | None:
    """Return the bytes that identify the build."""
    return _first(module, BUILD_ID, _build_id)


def branch_hints(module: Module) -> dict[int, dict[int, bool]]:
    """Return by function index and byte offset in the module whether a branch is likely taken."""
    hints = _first(module, BRANCH_HINT, _branch_hints) or {}
    shift = module.imported_funcs
    found: dict[int, dict[int, bool]] = {}
    for func, inside in hints.items():
        if shift <= func < shift + len(module.funcs):
            start = module.funcs[func - shift].body.start
            found[func] = {start + offset: likely for offset, likely in inside.items()}
    return found


def read_customs(data: bytes, customs: Iterable[Custom]) -> tuple[Names, tuple[str, ...]]:
    """Return the names (of the first name section) and the errors in the sections."""
    names: Names | None = None
    warnings: list[str] = []
    for custom in customs:
        wrong: list[Malformed] = []
        if custom.name == NAME:
            if names is None:
                names, wrong = read_names(data, custom.payload)
            else:
                wrong = [Malformed("multiple name sections", custom.payload.start)]
        elif custom.name in _CONTENTS:
            wrong = _complaints(data, custom)
        warnings.extend(_warnings(custom.name, wrong))
    return names or Names(), tuple(warnings)


def check_customs(module: Module) -> None:
    """Raise Malformed, or Invalid for hints at other instructions, for any known section."""
    seen: set[str] = set()
    for custom in module.customs:
        if custom.name != NAME and custom.name not in _CONTENTS:
            continue
        start = custom.payload.start
        if custom.name in seen:
            raise Malformed(f"multiple {custom.name} sections", start)
        seen.add(custom.name)
        if custom.name == NAME:
            wrong = read_names(module.data, custom.payload)[1]
        else:
            wrong = _complaints(module.data, custom)
        if wrong:
            raise wrong[0]
        if custom.name == BRANCH_HINT:
            _check_hints(module, custom)


def _check_hints(module: Module, custom: Custom) -> None:
    start = custom.payload.start
    if custom.after in (CODE_SECTION, CODE_SECTION + 1):
        raise Malformed(f"@{BRANCH_HINT} section: after the code section", start)
    hints = branch_hints(module)
    for func in _parse(module.data, custom, _branch_hints):
        if func not in hints:
            raise Invalid(f"@{BRANCH_HINT} annotation: unknown function {func}", start)
        body = decode_body(module, module.funcs[func - module.imported_funcs])
        conditions = {instr.offset: instr.row.condition for instr in body.instrs}
        for offset in hints[func]:
            if conditions.get(offset) is not Condition.NON_ZERO:
                raise Invalid(f"@{BRANCH_HINT} annotation: invalid target", offset, func=func)


_WARNINGS_SHOWN = 3


def _warnings(name: str, wrong: list[Malformed]) -> list[str]:
    shown = [f'custom section "{name}": {error}' for error in wrong[:_WARNINGS_SHOWN]]
    if len(wrong) > _WARNINGS_SHOWN:
        shown.append(f'custom section "{name}": {len(wrong) - _WARNINGS_SHOWN} more like these')
    return shown


def _parse(data: bytes, custom: Custom, read: Callable[[Reader], T]) -> T:
    reader = Reader(data, custom.payload.start, custom.payload.end)
    content = read(reader)
    if reader.pos != reader.end:
        raise Malformed("section size mismatch", reader.pos)
    return content


def _complaints(data: bytes, custom: Custom) -> list[Malformed]:
    try:
        _parse(data, custom, _CONTENTS[custom.name])
    except Malformed as error:
        return [error]
    return []


def _first(module: Module, name: str, read: Callable[[Reader], T]) -> T | None:
    custom = next((c for c in module.customs if c.name == name), None)
    if custom is None:
        return None
    try:
        return _parse(module.data, custom, read)
    except Malformed:
        return None


def _names(reader: Reader) -> tuple[str, ...]:
    return tuple([reader.name() for _ in range(reader.length())])


def _producers(reader: Reader) -> dict[str, tuple[Pair, ...]]:
    fields: dict[str, tuple[Pair, ...]] = {}
    for _ in range(reader.length()):
        name = reader.name()
        fields[name] = tuple([(reader.name(), reader.name()) for _ in range(reader.length())])
    return fields


def _target_features(reader: Reader) -> tuple[Pair, ...]:
    return tuple([_target_feature(reader) for _ in range(reader.length())])


def _target_feature(reader: Reader) -> Pair:
    prefix = chr(reader.byte())
    if prefix not in _FEATURE_PREFIXES:
        raise Malformed("malformed feature prefix", reader.pos - 1)
    return prefix, reader.name()


def _build_id(reader: Reader) -> bytes:
    return reader.take(reader.length())


def _memory_info(reader: Reader, into: Dylink) -> None:
    into.memory_size, into.memory_align = reader.u32(), _power(reader)
    into.table_size, into.table_align = reader.u32(), _power(reader)


def _power(reader: Reader) -> int:
    start = reader.pos
    exponent = reader.u32()
    if exponent >= 32:  # noqa: PLR2004 - bits of an address
        raise Malformed("malformed alignment", start)
    return 1 << exponent


def _needed(reader: Reader, into: Dylink) -> None:
    into.needed = _names(reader)


def _export_info(reader: Reader, into: Dylink) -> None:
    into.exports.update([(reader.name(), reader.u32()) for _ in range(reader.length())])


def _import_info(reader: Reader, into: Dylink) -> None:
    for _ in range(reader.length()):
        symbol = reader.name(), reader.name()
        into.imports[symbol] = reader.u32()


def _runtime_path(reader: Reader, into: Dylink) -> None:
    into.runtime_path = _names(reader)


_DYLINK_PARTS = {
    1: _memory_info,
    2: _needed,
    3: _export_info,
    4: _import_info,
    5: _runtime_path,
}


def _dylink(reader: Reader) -> Dylink:
    found = Dylink()
    while reader.pos < reader.end:
        number = reader.byte()
        size = reader.length()
        end = reader.pos + size
        read = _DYLINK_PARTS.get(number)
        if read is None:  # from a later version: the convention is to pass over it
            reader.skip(size)
        else:
            read(reader, found)
        if reader.pos != end:
            raise Malformed(f"section size mismatch: dylink subsection {number}", end - size)
    return found


def _branch_hints(reader: Reader) -> dict[int, dict[int, bool]]:
    funcs: dict[int, dict[int, bool]] = {}
    last = -1
    for _ in range(reader.length()):
        start = reader.pos
        func = reader.u32()
        if func <= last:
            raise Malformed(f"@{BRANCH_HINT} section: functions out of order", start)
        last = func
        funcs[func] = _hints(reader)
    return funcs


def _hints(reader: Reader) -> dict[int, bool]:
    hints: dict[int, bool] = {}
    last = -1
    for _ in range(reader.length()):
        start = reader.pos
        offset = reader.u32()
        if offset <= last:
            raise Malformed(f"@{BRANCH_HINT} annotation: duplicate annotation", start)
        last = offset
        if reader.u32() != 1 or (likely := reader.byte()) > 1:
            raise Malformed(f"@{BRANCH_HINT} annotation: malformed hint", start)
        hints[offset] = likely == 1
    return hints


_CONTENTS: dict[str, Callable[[Reader], object]] = {
    PRODUCERS: _producers,
    TARGET_FEATURES: _target_features,
    DYLINK: _dylink,
    SOURCE_MAPPING_URL: Reader.name,
    EXTERNAL_DEBUG_INFO: Reader.name,
    BUILD_ID: _build_id,
    BRANCH_HINT: _branch_hints,
}
"""Readers of the known sections by name, without the name section."""
