"""Other engines in Python, as far as running the suite's scripts needs them.

What they return is compared as bit patterns. Whatever they raise counts as the error that a script
expects: they are judged by what they accept and compute, not by their words.
"""

from __future__ import annotations

import io
import struct
from importlib import import_module
from typing import Any, Protocol

from wasmlab.errors import Unsupported

Value = dict[str, Any]
_FLOATS = {"f32": "<f", "f64": "<d"}
_INTS = {"f32": "<I", "f64": "<Q"}
_WIDTHS = {"i32": 32, "i64": 64, "f32": 32, "f64": 64, "v128": 128}
_LANES = {"i8": 8, "i16": 16, "i32": 32, "i64": 64, "f32": 32, "f64": 64}


class Peer(Protocol):
    """An engine with a registry of instances by name."""

    def load(self, data: bytes) -> Any:  # noqa: ANN401 - peers have no types
        """Return an instance."""
        ...

    def register(self, name: str, instance: Any) -> None:  # noqa: ANN401 - likewise
        """Make an instance's exports importable."""
        ...

    def call(self, instance: Any, name: str, args: list[Value]) -> list[tuple[str, Any]]:  # noqa: ANN401 - likewise
        """Return the results: type, and bits, or for references None or a number."""
        ...

    def get(self, instance: Any, name: str) -> tuple[str, Any]:  # noqa: ANN401 - likewise
        """Return the value of a global."""
        ...


def bits_of(value: Value) -> int | None:
    """Return an argument's bits, or a host object's number; None for null."""
    if value["type"] == "v128":
        width = _LANES[value["lane_type"]]
        mask = (1 << width) - 1
        return sum((int(lane) & mask) << i * width for i, lane in enumerate(value["value"]))
    found = value.get("value", "null")
    if found == "null":
        return None
    return int(found) & (1 << _WIDTHS.get(value["type"], 64)) - 1


class Pywasm:
    """pywasm: values are sixteen bytes and a type."""

    def __init__(self) -> None:
        self.core: Any = import_module("pywasm.core")
        self.runtime: Any = self.core.Runtime()

    def load(self, data: bytes) -> Any:  # noqa: ANN401 - see Peer
        self.runtime.machine.stack = self.core.Stack()
        return self.runtime.instance(self.core.ModuleDesc.from_reader(io.BytesIO(data)))

    def register(self, name: str, instance: Any) -> None:  # noqa: ANN401 - see Peer
        self.runtime.imports[name] = {export.name: export.data for export in instance.exps}

    def call(self, instance: Any, name: str, args: list[Value]) -> list[tuple[str, Any]]:  # noqa: ANN401 - see Peer
        self.runtime.machine.stack = self.core.Stack()
        addr = self._extern(instance, name).data
        types = self.runtime.machine.store.func[addr].type.args
        values = [self._value(t, bits_of(v)) for t, v in zip(types, args, strict=True)]
        return [self._result(v) for v in self.runtime.machine.invocate(addr, values)]

    def get(self, instance: Any, name: str) -> tuple[str, Any]:  # noqa: ANN401 - see Peer
        return self._result(self.runtime.machine.store.glob[self._extern(instance, name).data].data)

    def _extern(self, instance: Any, name: str) -> Any:  # noqa: ANN401 - see Peer
        return next(export.data for export in instance.exps if export.name == name)

    def _value(self, t: Any, bits: int | None) -> Any:  # noqa: ANN401 - see Peer
        if bits is not None and str(t).startswith("ref"):
            return self.core.ValInst.from_ref(t, bits)
        return self.core.ValInst(t, bytearray((bits or 0).to_bytes(16, "little")))

    def _result(self, value: Any) -> tuple[str, Any]:  # noqa: ANN401 - see Peer
        t = str(value.type)
        if t in _WIDTHS:
            return t, int.from_bytes(value.data, "little") & (1 << _WIDTHS[t]) - 1
        return t, int.from_bytes(value.data[:4], "little") if value.data[4] else None


class Pwasm:
    """pwasm: values are Python's; vectors it has none."""

    def __init__(self) -> None:
        self.pwasm: Any = import_module("pwasm")
        self.imports: dict[str, dict[str, Any]] = {}

    def load(self, data: bytes) -> Any:  # noqa: ANN401 - see Peer
        return self.pwasm.instantiate(self.pwasm.decode_module(data), self.imports)

    def register(self, name: str, instance: Any) -> None:  # noqa: ANN401 - see Peer
        names = [export.name for export in instance.module.exports]
        self.imports[name] = {n: getattr(instance.exports, n) for n in names}

    def call(self, instance: Any, name: str, args: list[Value]) -> list[tuple[str, Any]]:  # noqa: ANN401 - see Peer
        exported = getattr(instance.exports, name)
        found = exported(*[self._value(value) for value in args])
        types = exported.func.type.results
        results = found if isinstance(found, tuple) else [found] * len(types)  # pyright: ignore[reportUnknownVariableType] - the peer has no types
        return [self._result(t, value) for t, value in zip(types, results, strict=True)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - likewise

    def get(self, instance: Any, name: str) -> tuple[str, Any]:  # noqa: ANN401 - see Peer
        found = getattr(instance.exports, name)
        return self._result(found.type.valtype, found.value)

    def _value(self, value: Value) -> Any:  # noqa: ANN401 - see Peer
        t, bits = value["type"], bits_of(value)
        if t == "v128":
            raise Unsupported("vectors")
        if t in _FLOATS and bits is not None:
            return struct.unpack(_FLOATS[t], struct.pack(_INTS[t], bits))[0]
        return bits

    def _result(self, t: str, value: Any) -> tuple[str, Any]:  # noqa: ANN401 - see Peer
        if t in _FLOATS:
            bits = getattr(value, "bits", None)
            if bits is None:
                bits = struct.unpack(_INTS[t], struct.pack(_FLOATS[t], value))[0]
            return t, bits
        return t, value & (1 << _WIDTHS[t]) - 1 if t in _WIDTHS else value
