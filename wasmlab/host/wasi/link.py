"""From rows of the ABI table to host functions: lift the arguments, call, lower the results."""

from __future__ import annotations

from collections.abc import Mapping

from wasmlab.errors import OutOfFuel, Trap, TrapCode, WouldBlock
from wasmlab.hints import TYPE_CHECKING, Any, cast
from wasmlab.host.wasi.abi import ROWS, AbiRow
from wasmlab.host.wasi.errno import Errno, ErrnoError, from_os_error
from wasmlab.host.wasi.preview1 import NUMBERS, call_of
from wasmlab.host.wasi.values import MOVING, WHOLE, Buffer, check_range
from wasmlab.runtime.host import Caller, HostFunc, HostMemory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from wasmlab.host.wasi.faults import Fault
    from wasmlab.host.wasi.wasi import Wasi
    from wasmlab.syntax.module import Module


NO_MEMORY = 'WASI needs the memory exported as "memory"'


class HostFunctions(Mapping[tuple[str, str], HostFunc]):
    """Every function of preview 1 by (module, name), bound to wasi; wasi_unstable's too.

    They are bound when they are asked for: a program needs few.
    """

    def __init__(self, wasi: Wasi) -> None:
        self._wasi = wasi

    def __getitem__(self, key: tuple[str, str]) -> HostFunc:
        row = ROWS[key]
        bound = _bind(self._wasi, row, call_of(row.name))
        return HostFunc(row.module, row.name, row.type, bound, row.param_names, snapshotted=True)

    def __contains__(self, key: object) -> bool:
        return key in ROWS

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(ROWS)

    def __len__(self) -> int:
        return len(ROWS)


def _bind(wasi: Wasi, row: AbiRow, call: Callable[..., object]) -> Callable[..., Sequence[int]]:
    number = NUMBERS[row.name]
    needs_memory = _needs_memory(row)

    def run(caller: Caller, *args: int) -> Sequence[int]:
        wasi.begin_call(caller.tick)
        calls = wasi.calls
        memory = _memory(caller) if needs_memory else cast("HostMemory", None)
        try:
            fault = _count(wasi, row.name, number)
            values = _lift(memory, row, args)
            if fault is not None and fault.errno is not None:
                raise ErrnoError(fault.errno)  # noqa: TRY301 - the one place that answers errors
            if fault is not None and fault.short is not None:
                values = _shorten(row, values, fault.short)
            caller.need_fuel(_certain(row, values))
            _lower(memory, row, args, call(wasi, memory, *values))
        except ErrnoError as error:
            return (int(error.errno),)
        except BrokenPipeError:
            raise
        except OSError as error:
            return (int(from_os_error(error).errno),)
        except (WouldBlock, OutOfFuel):
            wasi.calls = calls
            raise
        return (int(Errno.SUCCESS),) if row.returns else ()

    return run


def _needs_memory(row: AbiRow) -> bool:
    return bool(row.params or row.results) and row.returns


def _memory(caller: Caller) -> HostMemory:
    memory = caller.exported_memory
    if memory is None:
        raise Trap(TrapCode.HOST, f"missing required memory export: {NO_MEMORY}")
    return memory


def memory_warning(module: Module) -> str:
    """Return what is wrong with a module without an exported memory; empty if WASI needs none."""
    wanted = [row for i in module.imports if (row := ROWS.get((i.module, i.name))) is not None]
    needy = [row.name for row in wanted if _needs_memory(row)]
    return "" if not needy else f"{NO_MEMORY}: {needy[0]} will trap"


def _count(wasi: Wasi, name: str, number: int) -> Fault | None:
    """Count the call if faults are asked for; return the one that hits it."""
    if not wasi.faults:
        return None
    count = wasi.calls.get(number, 0) + 1
    wasi.calls = wasi.calls.put(number, count)
    return next((fault for fault in wasi.faults if fault.hits(name, count)), None)


def _lift(memory: HostMemory, row: AbiRow, args: tuple[int, ...]) -> list[Any]:
    # Bad result addresses trap before the call has any effect, so that it can be undone.
    for place, result in row.result_places():
        check_range(memory, args[place], result.layout.size)
    values: list[Any] = []
    at = 0
    for param in row.params:
        values.append(param.type.lift(memory, args, at))
        at += len(param.type.wasm)
    return values


def _shorten(row: AbiRow, values: list[Any], limit: int) -> list[Any]:
    """Cut what the call moves to limit bytes."""
    return [
        _cut(value, limit) if param.type in MOVING else value
        for param, value in zip(row.params, values, strict=True)
    ]


def _certain(row: AbiRow, values: list[Any]) -> int:
    """Return how many bytes a call will move, as far as its arguments say that."""
    moving = (value for p, value in zip(row.params, values, strict=True) if p.type in WHOLE)
    return sum(b.size for v in moving for b in ((v,) if isinstance(v, Buffer) else v))


def _cut(value: Buffer | tuple[Buffer, ...], limit: int) -> Buffer | tuple[Buffer, ...]:
    if isinstance(value, Buffer):
        return Buffer(value.addr, min(value.size, limit))
    short: list[Buffer] = []
    for buffer in value:
        short.append(Buffer(buffer.addr, min(buffer.size, limit)))
        limit -= short[-1].size
    return tuple(short)


def _lower(memory: HostMemory, row: AbiRow, args: tuple[int, ...], returned: object) -> None:
    results = row.result_places()
    values = (returned,) if len(results) == 1 else cast("tuple[object, ...]", returned or ())
    for (place, result), value in zip(results, values, strict=True):
        memory.write(args[place], result.layout.lower(value))
