"""The names that functions of a store go by, so that each is found at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wasmlab.debug.views.symbols import func_name, inst_name
from wasmlab.escape import LONGEST, escaped
from wasmlab.syntax.module import ExternKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wasmlab.runtime.store import FuncInst, ModuleInst, Store


@dataclass(slots=True)
class FuncNames:
    """Functions by name, of as many functions and instances of a store as were seen."""

    defined: dict[str, FuncInst] = field(default_factory=dict[str, "FuncInst"])
    """Those of modules, by ``$name`` and ``func[3]``; of several, the one made first."""
    imported: dict[str, FuncInst] = field(default_factory=dict[str, "FuncInst"])
    """Host functions, by every name that an import of them has."""
    funcs: int = 0
    instances: int = 0

    def read(self, store: Store) -> None:
        """Add the names of what the store has beyond what was seen."""
        for func in store.funcs[self.funcs :]:
            if func.func is not None:
                for name in (inst_name(func), f"func[{func.index}]", *_whole(func)):
                    self.defined.setdefault(name, func)
        for instance in store.instances[self.instances :]:
            for name, func in _imports(instance):
                self.imported.setdefault(name, func)
        self.funcs, self.instances = len(store.funcs), len(store.instances)


def _imports(instance: ModuleInst) -> Iterator[tuple[str, FuncInst]]:
    imports = (i for i in instance.module.imports if i.kind is ExternKind.FUNC)
    for index, entry in enumerate(imports):
        func = instance.funcs[index]
        if func.host is not None:
            name = func_name(instance.module, index)
            yield entry.name, func
            yield f"{entry.module}.{entry.name}", func
            yield name, func
            yield name.removeprefix("$"), func
            yield inst_name(func), func


def _whole(func: FuncInst) -> Iterator[str]:
    """Yield the name of a function that is too long to be shown whole."""
    name = "" if func.instance is None else func.instance.module.names.funcs.get(func.index, "")
    if len(name) > LONGEST:
        yield f"${escaped(name)}"
