"""The names that functions of a store go by, so that each is found at once."""

from __future__ import annotations

from wasmlab.debug.views.symbols import func_name, inst_name, shown_name
from wasmlab.escape import LONGEST, escaped
from wasmlab.hints import TYPE_CHECKING
from wasmlab.records import dataclass, field
from wasmlab.syntax.module import ExternKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.runtime.store import FuncInst, ModuleInst, Store


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
                for name in dict.fromkeys((inst_name(func), f"func[{func.index}]", *_own(func))):
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
            shown = func_name(instance.module, index)
            own = shown_name(instance.module.names.funcs.get(index), shown)
            yield entry.name, func
            yield f"{entry.module}.{entry.name}", func
            for name in (shown, own):
                yield name, func
                yield name.removeprefix("$"), func
            yield inst_name(func), func


def _own(func: FuncInst) -> Iterator[str]:
    """Yield the name that the module gives a function, also where it is too long to be shown."""
    name = "" if func.instance is None else func.instance.module.names.funcs.get(func.index, "")
    if name:
        yield shown_name(name, "")
    if len(name) > LONGEST:
        yield f"${escaped(name)}"
