"""Names of functions, locals, globals and labels, as the text format writes them."""

from __future__ import annotations

from wasmlab.debug.views.demangled import demangled
from wasmlab.escape import escaped_name
from wasmlab.hints import TYPE_CHECKING
from wasmlab.syntax.types import ArrayType

if TYPE_CHECKING:
    from wasmlab.runtime.store import FuncInst, Store
    from wasmlab.syntax.module import Module
    from wasmlab.syntax.types import DefType


def shown_name(name: str | None, otherwise: str) -> str:
    """Return ``$name``, or what stands for it if there is none, or an empty one."""
    return f"${escaped_name(name)}" if name else otherwise


def _numbered(name: str | None, number: int | None, otherwise: str) -> str:
    """Return ``$name``, of those that share it ``$name#2``, or what stands for it."""
    if number is None:
        return shown_name(name, otherwise)
    return f"{shown_name(name, otherwise)}#{number}" if name and number else otherwise


def func_name(module: Module, index: int, *, qualified: bool = False) -> str:
    """Return the name of a function as it is shown: a mangled one as it was written, without ``$``.

    Else ``func_symbol``. qualified: without types of parameters and results, where values follow.
    """
    name = module.names.funcs.get(index)
    if name is None and index < module.imported_funcs:
        wanted = module.func_imports[index]
        return _imported(wanted.module, wanted.name, qualified=qualified)
    written = demangled(name) if name else None
    if written is None:
        return func_symbol(module, index)
    number = module.namesakes.get(index)
    shown = escaped_name(written.qualified if qualified else written.whole)
    return f"{shown}#{number}" if number else shown


def _imported(module: str, name: str, *, qualified: bool) -> str:
    written = demangled(name)
    if written is not None:
        name = written.qualified if qualified else written.whole
    return escaped_name(f"{module}.{name}")


def func_symbol(module: Module, index: int) -> str:
    """Return ``$name`` as the module has it, or ``func[3]`` if it gives the function no name.

    Of functions that share a name, the second is ``$name#2``. No two functions of a module have
    the same one, unlike the names that are shown.
    """
    is_import = index < module.imported_funcs
    otherwise = import_name(module, index) if is_import else f"func[{index}]"
    return _numbered(module.names.funcs.get(index), module.namesakes.get(index), otherwise)


def import_name(module: Module, index: int) -> str:
    """Return ``module.name`` of an imported function."""
    wanted = module.func_imports[index]
    return escaped_name(f"{wanted.module}.{wanted.name}")


def inst_name(func: FuncInst, *, qualified: bool = False) -> str:
    """Return the name of a function instance, as ``func_name``; of the host's ``module.name``."""
    if func.host is not None:
        return _imported(func.host.module, func.host.name, qualified=qualified)
    if func.instance is None:
        return f"func[{func.index}]"
    return func_name(func.instance.module, func.index, qualified=qualified)


def inst_symbol(func: FuncInst) -> str:
    """Return the name of a function instance as its module has it, as ``func_symbol``."""
    if func.host is not None:
        return escaped_name(f"{func.host.module}.{func.host.name}")
    if func.instance is None:
        return f"func[{func.index}]"
    return func_symbol(func.instance.module, func.index)


def local_name(module: Module, func: int, index: int) -> str:
    """Return ``$name``, or the index if the module gives it no name; ``$name#2`` as functions."""
    number = module.local_namesakes.get(func, {}).get(index)
    return _numbered(module.names.locals.get(func, {}).get(index), number, str(index))


def global_name(module: Module, index: int) -> str:
    """Return ``$name``, an exported or imported name, or the index; ``$name#2`` as functions."""
    name = module.names.globals.get(index) or module.global_exports.get(index)
    return _numbered(name, module.global_namesakes.get(index), str(index))


def label_name(module: Module, func: int, ordinal: int, depth: int) -> str:
    """Return ``$name``, or the depth that a branch would use."""
    return shown_name(module.names.labels.get(func, {}).get(ordinal), str(depth))


def declared_type(store: Store, t: DefType) -> tuple[Module | None, int]:
    """Return a module with that type and its index there, one that names it if there is one."""
    found: tuple[Module | None, int] = (None, 0)
    for instance in store.instances:
        for index, declared in enumerate(instance.module.types):
            if declared is t:
                if index in instance.module.names.types:
                    return instance.module, index
                found = (found[0] or instance.module, index if found[0] is None else found[1])
    return found


def type_name(module: Module | None, index: int, t: DefType) -> str:
    """Return ``$name``, or ``type[3]`` if the module gives it no name; without module, the type."""
    if module is None:
        return f"{'array' if isinstance(t.comp, ArrayType) else 'struct'} {t}"
    return shown_name(module.names.types.get(index), f"type[{index}]")
