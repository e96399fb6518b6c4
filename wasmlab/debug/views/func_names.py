"""The names that functions of a store go by, so that each is found at once."""

from __future__ import annotations

import re
from itertools import islice

from wasmlab.debug.views.demangled import demangled, is_mangled
from wasmlab.debug.views.symbols import func_name, func_symbol, inst_name, inst_symbol, shown_name
from wasmlab.escape import LONGEST, escaped, escaped_name
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.syntax.module import ExternKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.runtime.store import FuncInst, ModuleInst, Store
    from wasmlab.syntax.module import Module


@dataclass(slots=True)
class FuncNames:
    """Functions by name, of as many functions and instances of a store as were seen."""

    defined: dict[str, list[FuncInst]] = field(default_factory=dict[str, "list[FuncInst]"])
    """Those of modules, by ``$name``, by what is shown of it (``$name#2``), and ``func[3]``."""
    imported: dict[str, FuncInst] = field(default_factory=dict[str, "FuncInst"])
    """Host functions, by every name that an import of them has."""
    funcs: int = 0
    instances: int = 0

    def read(self, store: Store) -> None:
        """Add the names of what the store has beyond what was seen."""
        for func in store.funcs[self.funcs :]:
            if func.func is not None:
                for name in dict.fromkeys((inst_symbol(func), f"func[{func.index}]", *_own(func))):
                    self.defined.setdefault(name, []).append(func)
        for instance in store.instances[self.instances :]:
            for name, func in _imports(instance):
                self.imported.setdefault(name, func)
        self.funcs, self.instances = len(store.funcs), len(store.instances)


def _imports(instance: ModuleInst) -> Iterator[tuple[str, FuncInst]]:
    imports = (i for i in instance.module.imports if i.kind is ExternKind.FUNC)
    for index, entry in enumerate(imports):
        func = instance.funcs[index]
        if func.host is not None:
            shown = func_symbol(instance.module, index)
            own = shown_name(instance.module.names.funcs.get(index), shown)
            yield entry.name, func
            yield f"{entry.module}.{entry.name}", func
            for name in (shown, own):
                yield name, func
                yield name.removeprefix("$"), func
            yield inst_symbol(func), func
            yield inst_name(func), func
            yield func_name(instance.module, index), func


def _own(func: FuncInst) -> Iterator[str]:
    """Yield the name that the module gives a function, also where it is too long to be shown."""
    name = "" if func.instance is None else func.instance.module.names.funcs.get(func.index, "")
    if name:
        yield shown_name(name, "")
    if len(name) > LONGEST:
        yield f"${escaped(name)}"


_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ABBREVIATED = re.compile(
    r"std|allocator|basic_string|string|basic_istream|istream|basic_ostream|ostream|"
    r"basic_iostream|iostream|char_traits|traits|operator|const|volatile|unsigned|"
    r"signed|char|short|int|long|float|double|bool|void|wchar_t|auto|decltype|"
    r"nullptr_t|__int128|anonymous|namespace|lambda|closure|true|false|dyn|as|impl|for|"
    r"mut|str|usize|isize|u8|i8|u16|i16|u32|i32|u64|i64|u128|i128|f32|f64"
)
"""Words that a mangled name may say with other letters."""


def funcs_written(module: Module, text: str) -> list[int]:
    """Return the functions of a module whose mangled name was written so, with parameters or not.

    Only names that hold the words of the text are read: there may be tens of thousands.
    """
    text = text.removeprefix("$")
    words = {word for word in _WORD.findall(text) if not _ABBREVIATED.fullmatch(word)}
    likely = (
        (index, name)
        for index, name in module.names.funcs.items()
        if is_mangled(name) and all(word in name for word in words)
    )
    return [index for index, name in likely if words and text in _ways_to_write(name)]


def _ways_to_write(name: str) -> set[str]:
    written = demangled(name)
    return set() if written is None else {*written, *map(escaped, written)}


_LIKE = 3


def written_like(module: Module, text: str) -> list[str]:
    """Return names as they were written that have the longest word of a text in them; a few."""
    longest = max(_WORD.findall(text), key=len, default="")
    names = (name for name in module.names.funcs.values() if is_mangled(name) and longest in name)
    read = (demangled(name) for name in names if longest)
    return [escaped_name(found.whole) for found in islice(filter(None, read), _LIKE)]
