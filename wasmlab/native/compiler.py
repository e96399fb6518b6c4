"""The loop compiled by LLVM: an image for a platform, or code in this process where none fits."""

from __future__ import annotations

from llvmlite import binding  # pyright: ignore[reportMissingTypeStubs] - it ships no types

from wasmlab.hints import TYPE_CHECKING
from wasmlab.native.handlers.emitter import byte_lookup
from wasmlab.native.handlers.handler import Style
from wasmlab.native.handlers.loop_ir import handler_names, loop_ir
from wasmlab.native.handlers.processor_ir import processor_ir
from wasmlab.native.handlers.relocate_ir import HANDLERS
from wasmlab.native.image.image import EXPORTS, packed
from wasmlab.native.image.linker import linked

if TYPE_CHECKING:
    from wasmlab.native.handlers.emitter import Ir
    from wasmlab.native.image.platforms import Platform

_BINDING: Ir = binding
_LEVEL = 2
_FIRST_WITH_PRESERVE_NONE = (19, 0, 0)


def compiled_image(platform: Platform, *, tail_calls: bool) -> bytes:
    """Return the file of the loop's image for a platform, which need not be this one.

    Raises ValueError if the object cannot be linked, RuntimeError if LLVM lacks the platform.
    """
    _BINDING.initialize_all_targets()
    _BINDING.initialize_all_asmprinters()
    target: Ir = _BINDING.Target.from_triple(platform.triple)
    machine: Ir = target.create_target_machine(
        cpu=platform.cpu, features=platform.features, opt=_LEVEL, reloc="pic", codemodel="small"
    )
    source = loop_ir(_style(platform.byte_lookup, tail_calls=tail_calls))
    module = _parsed(source + processor_ir(platform.cpu), platform.triple)
    return packed(linked(machine.emit_object(module), EXPORTS, HANDLERS, handler_names()))


def _style(lookup: str, *, tail_calls: bool) -> Style:
    """Return how handlers go on: tail calls that keep most registers, if LLVM has them."""
    if tail_calls and _BINDING.llvm_version_info >= _FIRST_WITH_PRESERVE_NONE:
        return Style(tail_calls=True, convention="preserve_nonecc", byte_lookup=lookup)
    return Style(tail_calls=False, convention="ccc", byte_lookup=lookup)


def _parsed(source: str, triple: str) -> Ir:
    module: Ir = _BINDING.parse_assembly(source)
    module.triple = triple
    module.verify()
    return module


class LoadedByLlvm:
    """The loop, compiled for this very machine and loaded by LLVM's own linker."""

    def __init__(self) -> None:
        _BINDING.initialize_native_target()
        _BINDING.initialize_native_asmprinter()
        triple = _BINDING.get_process_triple()
        machine: Ir = _BINDING.Target.from_triple(triple).create_target_machine(
            cpu=_BINDING.get_host_cpu_name(),
            features=_BINDING.get_host_cpu_features().flatten(),
            opt=_LEVEL,
            jit=True,
        )
        source = loop_ir(_style(byte_lookup(), tail_calls=False)) + processor_ir("")
        module = _parsed(source, triple)
        self._engine: Ir = _BINDING.create_mcjit_compiler(module, machine)
        self._engine.finalize_object()
        self.exports: dict[str, int] = {
            name: self._engine.get_function_address(name) for name in EXPORTS
        }
        self.table: int = self._engine.get_global_value_address(HANDLERS)
        """Address of the table of handlers, see ``Image.table``."""
        self.handlers = handler_names()
