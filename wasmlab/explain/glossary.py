"""What the words of WebAssembly, of WASI and of this debugger mean; one sentence or two each."""

from __future__ import annotations

from wasmlab.errors import TrapCode
from wasmlab.host.wasi.errno import Errno
from wasmlab.records import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A word with its explanation."""

    name: str
    text: str
    also: tuple[str, ...] = ()
    """Other words for the same thing."""
    see: str = ""
    """Page of the core specification, relative to ``wasmlab.syntax.row.SPEC``, or a full address."""


_WASI = "https://github.com/WebAssembly/WASI/blob/main/legacy/preview1/docs.md"

TRAPS: dict[TrapCode, str] = {
    TrapCode.UNREACHABLE: (
        "An unreachable instruction was reached: compilers put it where a panic or an abort ends."
    ),
    TrapCode.INTEGER_DIVIDE_BY_ZERO: "The divisor of an integer division or remainder is 0.",
    TrapCode.INTEGER_OVERFLOW: (
        "The quotient has no place in the type (the lowest integer divided by -1), or a float is"
        " too large for the integer type."
    ),
    TrapCode.INVALID_CONVERSION_TO_INTEGER: "A NaN was to be made an integer.",
    TrapCode.OUT_OF_BOUNDS_MEMORY: (
        "An access touches bytes beyond the end of the memory; the effective address is the"
        " operand plus the instruction's offset, without wrapping around."
    ),
    TrapCode.OUT_OF_BOUNDS_TABLE: "An access touches elements beyond the end of the table.",
    TrapCode.UNDEFINED_ELEMENT: "An indirect call names an element beyond the end of the table.",
    TrapCode.UNINITIALIZED_ELEMENT: "An indirect call names an element of the table that is null.",
    TrapCode.INDIRECT_CALL_TYPE_MISMATCH: (
        "The function in the table has another type than the call expects, as after a wrong cast"
        " of a function pointer."
    ),
    TrapCode.NULL_REFERENCE: "A reference is null where an object is needed.",
    TrapCode.NULL_FUNCTION_REFERENCE: "A call through a function reference that is null.",
    TrapCode.NULL_STRUCTURE_REFERENCE: "A field of a structure was wanted, the reference is null.",
    TrapCode.NULL_ARRAY_REFERENCE: "An element of an array was wanted, the reference is null.",
    TrapCode.NULL_I31_REFERENCE: "The number in an i31 was wanted, the reference is null.",
    TrapCode.NULL_EXCEPTION_REFERENCE: "A null exception reference was to be thrown.",
    TrapCode.OUT_OF_BOUNDS_ARRAY: "An access touches elements beyond the end of an array.",
    TrapCode.CAST_FAILURE: "A reference is not of the type that it was cast to.",
    TrapCode.UNALIGNED_ATOMIC: "The address of an atomic access is no multiple of its size.",
    TrapCode.EXPECTED_SHARED_MEMORY: "Waiting is possible in shared memories only.",
    TrapCode.INVALID_BODY: (
        "The body of the function called breaks a validation rule; large modules are checked"
        " function by function. wasmlab validate checks all of them."
    ),
    TrapCode.CALL_STACK_EXHAUSTED: (
        "Too many calls are open at once, as in a recursion without end."
    ),
    TrapCode.OPERAND_STACK_EXHAUSTED: "Locals and operands of the open calls take too much room.",
    TrapCode.MEMORY_EXHAUSTED: "Memories and tables together would take more than the limit of this run.",
    TrapCode.HOST_QUOTA_EXHAUSTED: (
        "The program used up what WASI grants it: open descriptors, bytes written, output kept."
    ),
    TrapCode.STEPS_EXHAUSTED: (
        "A call from Python took more instructions than it may, as in a loop without end."
    ),
    TrapCode.HOST: "A function that the host provides could not do its work.",
}
"""Every reason to trap, by what the program did."""

# fmt: off
_CONCEPTS: tuple[Topic, ...] = (
    Topic("stack", "The operand stack: instructions pop their operands from its top and push their results; every call starts with an empty one of its own. stack[0] is the top.", ("operand stack", "value stack", "operands"), "exec/runtime.html#stack"),
    Topic("label", "What a branch names: block, loop and if open one. br 0 means the innermost; a branch to a loop goes to its start, to any other to its end.", ("labels",), "exec/runtime.html#labels"),
    Topic("frame", "One call that has not returned: its function, its locals, its operands and where it goes on. Frame 0 is the innermost.", ("frames", "call stack", "activation"), "exec/runtime.html#activations-and-frames"),
    Topic("local", "A variable of one call: the parameters come first, the declared ones start at zero.", ("locals", "param"), "syntax/modules.html#functions"),
    Topic("global", "A variable of a module instance, mutable or not; the compiler's shadow stack pointer is usually one.", ("globals",), "syntax/modules.html#globals"),
    Topic("memory", "Linear memory: an array of bytes that loads and stores address from 0. Numbers lie in it with the lowest byte first.", ("linear memory",), "exec/runtime.html#memory-instances"),
    Topic("page", "The unit of memory sizes: 65,536 bytes. A memory grows by whole pages and never shrinks.", ("pages",), "exec/runtime.html#memory-instances"),
    Topic("effective address", "The address that a load or store uses: the operand popped plus the constant offset= of the instruction, with no wrapping around.", ("memarg", "offset", "align"), "exec/instructions.html#memory-instructions"),
    Topic("table", "An array of references; call_indirect picks functions from it by number, as function pointers do.", ("tables", "element"), "exec/runtime.html#table-instances"),
    Topic("module", "What a .wasm file holds: types, imports, functions, memories, data. It does nothing until it is instantiated.", ("modules",), "syntax/modules.html"),
    Topic("instance", "A module with its imports filled in and its memories, tables and globals made.", ("instantiation", "instantiate"), "exec/modules.html#instantiation"),
    Topic("import", 'Something that the module uses and its host or another module provides, under two names: import "module" "name".', ("imports",), "syntax/modules.html#imports"),
    Topic("export", "Something of the module under a name for others; exported functions can be entered with --invoke.", ("exports",), "syntax/modules.html#exports"),
    Topic("start function", "A function that instantiation calls; a WASI program's own beginning is the export _start instead.", ("_start", "_initialize"), "syntax/modules.html#start-function"),
    Topic("data segment", "Bytes in the module that are copied into memory: at instantiation if it is active, by memory.init if it is passive.", ("data", "active", "passive"), "syntax/modules.html#data-segments"),
    Topic("reference", "A value that names a function or an object and cannot be made from a number; null names nothing.", ("funcref", "externref", "null"), "syntax/types.html#reference-types"),
    Topic("validation", "The check before anything runs: at every place, the types on the operand stack are known and fit the instructions.", ("typed stack", "type checking"), "valid/conventions.html"),
    Topic("trap", "The end of a program that may not go on. A trap cannot be caught inside WebAssembly; the debugger stops at the instruction, its operands still there.", ("traps",), "exec/runtime.html#results"),
    Topic("folded expression", "A way to write WAT: (i32.add (local.get 0) (i32.const 1)) stands for the operands first and then the instruction.", ("folding", "wat"), "text/instructions.html#folded-instructions"),
    Topic("sign extension", "A number made wider so that its value stays: the new high bits are copies of its sign bit. Instructions that do it end in _s, or are called extend8_s and so on; those with _u fill in zeros.", ("sign-extension", "zero extension"), "exec/numerics.html#op-extend-s"),
    Topic("little-endian", "The order of bytes in memory: the lowest byte of a number lies at the lowest address.", ("endianness", "byte order"), "exec/runtime.html#memory-instances"),
    Topic("leb128", "How the binary format writes numbers: seven bits a byte, lowest first; the top bit says that more bytes follow.", ("leb", "varint"), "binary/values.html#integers"),
    Topic("name section", "A custom section that gives functions and locals their names; without it they are func[3] and local 0.", ("names", "custom section"), "appendix/custom.html#name-section"),
    Topic("wasi", "The system interface: the module imports functions such as fd_write from wasi_snapshot_preview1, and the host gives it the directories and variables that it may use.", ("preview 1", "wasi_snapshot_preview1"), _WASI),
    Topic("iovec", "What fd_read and fd_write take a list of: eight bytes in memory, the address of a buffer and its length, both i32.", ("iovecs", "ciovec", "iovs"), _WASI + "#-ciovec-record"),
    Topic("file descriptor", "A small number for an open file: 0 is standard input, 1 standard output, 2 standard error, preopened directories begin at 3.", ("fd", "descriptor"), _WASI + "#-fd-handle"),
    Topic("preopen", "A directory that the program has been given with --dir; everything it opens lies below one.", ("preopens", "capability"), _WASI + "#-fd_prestat_getfd-fd---resultprestat-errno"),
    Topic("errno", "What a WASI function returns: 0 is success, every other number is the reason why it failed.", ("error number",), _WASI + "#-errno-variant"),
    Topic("command", "A WASI program with _start: it runs once, from its beginning to its end.", ("reactor",), _WASI),
    Topic("tick", "The clock of the debugger: the number of instructions completed so far. block, loop, else and inner end do not count.", ("ticks", "time"), ""),
    Topic("breakpoint", "A place where running stops, before the instruction there: a function, an offset in the file or a line of the text, perhaps with a condition.", ("breakpoints",), ""),
    Topic("host call", "A call of an imported function that Python provides; WASI calls are shown with their arguments decoded.", ("host function",), "exec/runtime.html#function-instances"),
)

_ERRORS: tuple[Topic, ...] = (
    Topic("malformed", "The bytes are not a module: cut off, or something that the binary format does not allow. The offset is where reading stopped.", (), "binary/conventions.html"),
    Topic("invalid", "The module can be read but breaks a rule of validation, most often a type that does not fit. wasmlab validate shows the operand types there.", (), "valid/conventions.html"),
    Topic("unlinkable", "An import is not provided, or has another type than the module declares. --preload, --host and --stub-imports provide imports.", ("unknown import", "incompatible import type"), "exec/modules.html#instantiation"),
    Topic("exhaustion", "A limit was reached: open calls, room for operands, memory. The limits belong to this program and not to the module.", (), "appendix/implementation.html"),
    Topic("exception", "Something thrown by throw with a tag and values; try_table catches it. Uncaught, it ends the program.", ("uncaught exception", "tag"), "exec/runtime.html#exception-instances"),
    Topic("unsupported", "WebAssembly that is valid, but that wasmlab does not run, such as a component.", ("component",), ""),
    Topic("host error", "A Python function that the module imports raised an error.", (), ""),
    Topic("exit status", "wasmlab run ends with the program's own status; 134 after a trap, 1 for a file that is no good, 2 for a command line that makes no sense, 130 after ctrl-C.", ("exit code",), ""),
)
# fmt: on


def _trap_topics() -> tuple[Topic, ...]:
    return tuple(
        Topic(code.value, f"A trap. {text}", (), "exec/runtime.html#results")
        for code, text in TRAPS.items()
    )


_WHY: dict[Errno, str] = {
    Errno.EBADF: "The number is not that of an open file, or it was closed.",
    Errno.ENOENT: "Programs see only what --dir grants, under the guest's names.",
    Errno.ENOSYS: "wasmlab does not carry out this function.",
    Errno.ENOTCAPABLE: "The path leads out of the directories granted, or a right was given away;"
    " --dir grants a directory.",
}
"""The causes of the errors that users meet most."""


def _errno_topics() -> tuple[Topic, ...]:
    return tuple(
        Topic(
            number.name.lower(),
            f"Error {int(number)} of WASI: {number.text}. {_WHY.get(number, '')}".rstrip(),
            (f"errno {int(number)}",),
            _WASI + "#-errno-variant",
        )
        for number in Errno
        if number
    )


TOPICS: tuple[Topic, ...] = (*_CONCEPTS, *_ERRORS, *_trap_topics(), *_errno_topics())
"""Every word there is; names are unique and in small letters."""
